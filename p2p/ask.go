package p2p

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// Comparing, protocol /metanet/1/<network>/compare/1: one question a stream, which is all that the client sends before
// it closes its side, and any number of frames in answer, then an end message; or a refusal in place of all or of the
// rest. Messages are those of the pull protocol (frame.go), without sequences. What is asked and answered, the node
// knows.

const (
	// MaxQuestion is the most bytes of a question.
	MaxQuestion = 64 << 10

	// asksMax and asksMaxPeer bound the questions being answered, over all peers and for one.
	asksMax, asksMaxPeer = 32, 4

	// A peer may ask askBurst questions at once and then askRate a second. One that lists what it misses brings
	// some 2,000 records.
	askRate, askBurst = 50, 400

	// askTime is how long one question may take to answer and to send.
	askTime = time.Minute
)

// Answerer answers a question from a peer by calling send, for many peers at once. send copies. An error tells the peer
// that this node failed.
type Answerer func(ctx context.Context, from peer.ID, question []byte, send func([]byte) error) error

// ServeAnswers answers peers' questions by a from now on; nil ends it.
func (n *Node) ServeAnswers(a Answerer) {
	n.asks.mu.Lock()
	defer n.asks.mu.Unlock()
	n.asks.answerer = a
}

func (n *Node) askProtocol() protocol.ID { return n.cfg.prefix() + "/compare/1" }

// Ask asks a peer and calls take with each frame of its answer, in order; take owns it. Its errors are those of Pull.
func (n *Node) Ask(ctx context.Context, from peer.ID, question []byte, take func([]byte) error) error {
	if n.isClosing() {
		return ErrClosed
	}
	if len(question) == 0 || len(question) > MaxQuestion {
		return fmt.Errorf("%w: a question of %d bytes", ErrTooLarge, len(question))
	}
	ctx, cancel := context.WithTimeout(ctx, askTime+pullTimeout)
	defer cancel()
	defer context.AfterFunc(n.ctx, cancel)()
	s, err := n.host.NewStream(ctx, from, n.askProtocol())
	if isNotSupported(err) {
		return fmt.Errorf("%w: %w", ErrNotServed, err)
	}
	if err != nil {
		return fmt.Errorf("p2p: ask: %w", err)
	}
	defer s.Reset() // a no-op when both sides have ended
	defer context.AfterFunc(ctx, func() { s.Reset() })()
	if err := s.Scope().ReserveMemory(pullBuffer+MaxPayload, network.ReservationPriorityHigh); err != nil {
		return fmt.Errorf("p2p: ask: %w", err)
	}
	defer s.Scope().ReleaseMemory(pullBuffer + MaxPayload)
	err = sendQuestion(s, question)
	if err == nil {
		err = readAnswer(s, take)
	}
	if err != nil && ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("p2p: ask: %w", context.Cause(ctx))
	}
	return err
}

func sendQuestion(s network.Stream, question []byte) error {
	err := s.SetDeadline(time.Now().Add(askTime))
	if err == nil {
		_, err = s.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(question))), question...))
	}
	if err == nil {
		err = s.CloseWrite()
	}
	if err != nil {
		return fmt.Errorf("p2p: ask: %w", err)
	}
	return nil
}

func readAnswer(s io.Reader, take func([]byte) error) error {
	pr := &pullReader{r: bufio.NewReaderSize(s, pullBuffer)}
	for {
		kind, size, err := pr.prefix()
		switch {
		case err != nil:
			return err
		case kind == kindRefusal:
			return pr.refusal(size)
		case kind == kindEnd && size == 0:
			return nil
		case kind != kindFrame || size == 0 || size > MaxPayload:
			return fmt.Errorf("%w: kind %d of %d bytes", ErrFrame, kind, size)
		}
		payload := make([]byte, size)
		if _, err := io.ReadFull(pr.r, payload); err != nil {
			return cutShort(err)
		}
		if err := take(payload); err != nil {
			return err
		}
	}
}

// readQuestion reads what a client sends, to its end.
func readQuestion(s io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(s, head[:]); err != nil {
		return nil, cutShort(err)
	}
	size := binary.BigEndian.Uint32(head[:])
	if size == 0 || size > MaxQuestion {
		return nil, fmt.Errorf("%w: a question of %d bytes", ErrFrame, size)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(s, b); err != nil {
		return nil, cutShort(err)
	}
	return b, nil
}

// askServer answers questions within the limits above.
type askServer struct {
	turnstile
	node     *Node
	answerer Answerer // guarded by mu
}

func newAskServer(n *Node) *askServer {
	as := &askServer{turnstile: newTurnstile(asksMax, asksMaxPeer, askRate, askBurst), node: n}
	n.host.SetStreamHandler(n.askProtocol(), as.handle)
	return as
}

func (as *askServer) handle(s network.Stream) {
	if err := as.answer(s); err != nil {
		s.Reset()
		as.node.log.Debug("question not answered", "peer", s.Conn().RemotePeer(), "err", err)
		return
	}
	s.Close()
}

func (as *askServer) answer(s network.Stream) error {
	p := s.Conn().RemotePeer()
	if err := s.SetReadDeadline(time.Now().Add(requestTimeout)); err != nil {
		return err
	}
	if err := s.Scope().ReserveMemory(pullBuffer+MaxQuestion, network.ReservationPriorityMedium); err != nil {
		return refuse(s, pullRefusal{reason: refusedBusy, wait: busyWait})
	}
	defer s.Scope().ReleaseMemory(pullBuffer + MaxQuestion)
	question, err := readQuestion(s)
	if err != nil {
		return err
	}
	answerer, refusal := as.begin(p)
	if refusal != nil {
		return refuse(s, *refusal)
	}
	defer as.end(p)
	ctx, cancel := context.WithTimeout(as.node.ctx, askTime)
	defer cancel()
	defer context.AfterFunc(ctx, func() { s.Reset() })()
	w := bufio.NewWriterSize(s, pullBuffer)
	patience := deadline{set: s.SetWriteDeadline}
	put := func(head, body []byte) error {
		err := patience.renew()
		if err == nil {
			_, err = w.Write(head)
		}
		if err == nil {
			_, err = w.Write(body)
		}
		return err
	}
	failure := answerer(ctx, p, question, func(b []byte) error {
		if len(b) == 0 || len(b) > MaxPayload {
			return fmt.Errorf("%w: a frame of %d bytes", ErrTooLarge, len(b))
		}
		return put(appendPrefix(nil, kindFrame, len(b)), b)
	})
	if failure != nil {
		as.node.log.Debug("question not answered", "peer", p, "err", failure)
		err = put(appendRefusal(nil, pullRefusal{reason: refusedFailed}), nil)
	} else {
		err = put(appendPrefix(nil, kindEnd, 0), nil)
	}
	return errors.Join(err, w.Flush())
}

func (as *askServer) begin(p peer.ID) (Answerer, *pullRefusal) {
	as.mu.Lock()
	defer as.mu.Unlock()
	if as.answerer == nil {
		return nil, &pullRefusal{reason: refusedNone}
	}
	return as.answerer, as.enter(p)
}
