package p2p

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/multiformats/go-multistream"
)

// Limits of the pull server.
const (
	// pullsMax and pullsMaxPeer bound the pulls being served, over all peers and for one. Each holds a buffer of
	// 64 KiB and whatever the PullServer holds (a snapshot, an iterator).
	pullsMax, pullsMaxPeer = 32, 2

	// A peer may ask pullBurst times at once and then pullRate times a second: an honest one takes thousands of
	// frames with each request.
	pullRate, pullBurst = 5, 50

	// requestTimeout is the time to send the request, which fits one packet, and to take a refusal.
	requestTimeout = 10 * time.Second

	// pullTime is how long one pull may take altogether, so that none holds a snapshot for hours. The client
	// goes on with another.
	pullTime = 5 * time.Minute

	// limitersMax bounds the memory for peers' request rates.
	limitersMax = 4096

	// busyWait is what a peer that is refused for too many streams is asked to wait.
	busyWait = 2 * time.Second
)

// PullHead is where a server's changes stand.
type PullHead struct {
	Store  StoreID
	Newest uint64 // the highest sequence; 0 when there is no change yet
}

// PullServer is what a node offers to peers that catch up. Both methods are called for many peers at once.
type PullServer interface {
	// Head returns the store's id and its newest sequence.
	Head(ctx context.Context) (PullHead, error)

	// Changes calls send for changes after the sequence, in rising order, for at most limit frames if limit isn't
	// 0. It returns the last sequence that it looked at, which may be beyond the last frame's where changes have
	// nothing to send to this peer. An error of send ends it and is returned as it is. send copies the payload.
	Changes(ctx context.Context, to peer.ID, after uint64, limit int, send func(Frame) error) (last uint64, err error)
}

// ServePull offers s to peers from now on; before it, peers are told that nothing is served. nil ends it.
func (n *Node) ServePull(s PullServer) {
	n.pulls.mu.Lock()
	defer n.pulls.mu.Unlock()
	n.pulls.source = s
}

// pullServer answers pull streams within the limits above.
type pullServer struct {
	turnstile
	node   *Node
	source PullServer // guarded by mu
}

func newPullServer(n *Node) *pullServer {
	ps := &pullServer{turnstile: newTurnstile(pullsMax, pullsMaxPeer, pullRate, pullBurst), node: n}
	n.host.SetStreamHandler(n.pullProtocol(), ps.handle)
	return ps
}

// handle serves one stream, on the goroutine that libp2p made for it.
func (ps *pullServer) handle(s network.Stream) {
	outcome, err := ps.answer(s)
	if err != nil {
		s.Reset()
		ps.node.log.Debug("pull not served", "peer", s.Conn().RemotePeer(), "err", err)
	} else {
		s.Close()
	}
	ps.node.metrics.pullsServed.WithLabelValues(outcome).Inc()
}

// answer reads the request before it counts the pull, so that streams which never send one occupy no place; those are
// bounded by the resource manager and requestTimeout. An error means that the stream is of no more use.
func (ps *pullServer) answer(s network.Stream) (outcome string, err error) {
	p := s.Conn().RemotePeer()
	if err := s.SetReadDeadline(time.Now().Add(requestTimeout)); err != nil {
		return "failed", err
	}
	req, err := readRequest(s)
	if err != nil {
		return "failed", err
	}
	source, refusal := ps.begin(p)
	if refusal != nil {
		return "refused", refuse(s, *refusal)
	}
	defer ps.end(p)
	return ps.serve(s, p, req, source)
}

// begin admits a pull, or says why not.
func (ps *pullServer) begin(p peer.ID) (PullServer, *pullRefusal) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.source == nil {
		return nil, &pullRefusal{reason: refusedNone}
	}
	return ps.source, ps.enter(p)
}

func refuse(s network.Stream, r pullRefusal) error {
	if err := s.SetWriteDeadline(time.Now().Add(requestTimeout)); err != nil {
		return err
	}
	_, err := s.Write(appendRefusal(nil, r))
	return err
}

func (ps *pullServer) serve(s network.Stream, p peer.ID, req PullRequest, source PullServer) (outcome string, err error) {
	ctx, cancel := context.WithTimeout(ps.node.ctx, pullTime)
	defer cancel()
	defer context.AfterFunc(ctx, func() { s.Reset() })()
	if s.Scope().ReserveMemory(pullBuffer, network.ReservationPriorityMedium) != nil {
		return "refused", refuse(s, pullRefusal{reason: refusedBusy, wait: busyWait})
	}
	defer s.Scope().ReleaseMemory(pullBuffer)

	head, err := source.Head(ctx)
	if err != nil {
		ps.node.log.Warn("changes cannot be served", "err", err)
		return "failed", refuse(s, pullRefusal{reason: refusedFailed})
	}
	w := &pullWriter{
		w: bufio.NewWriterSize(s, pullBuffer), patience: deadline{set: s.SetWriteDeadline},
		last: req.start(head.Store), limit: req.Limit,
	}
	defer func() { ps.node.metrics.framesSent.Add(float64(w.frames)) }()
	failure, err := w.respond(ctx, source, p, head)
	switch {
	case err != nil:
		return "failed", err
	case failure != nil:
		ps.node.log.Warn("changes cannot be served", "err", failure)
		return "failed", nil
	}
	return "ok", nil
}

// pullWriter encodes a response and holds the PullServer to the protocol.
type pullWriter struct {
	w        *bufio.Writer
	patience deadline
	head     [prefixSize + headerSize]byte // scratch, for the longest head
	limit    int
	frames   int
	last     uint64 // sequence of the last frame
}

// respond writes the whole response. failure is the source's error, which the client is told of; err is the stream's.
func (w *pullWriter) respond(ctx context.Context, source PullServer, p peer.ID, head PullHead) (failure, err error) {
	from := w.last
	if err := w.put(appendHeader(w.head[:0], pullHeader{store: head.Store, newest: head.Newest, from: from})); err != nil {
		return nil, err
	}
	last, failure := source.Changes(ctx, p, from, w.limit, w.send)
	if failure != nil {
		// The frames so far are good: the client keeps them and comes back.
		err = w.put(appendRefusal(w.head[:0], pullRefusal{reason: refusedFailed}))
	} else {
		err = w.put(appendEnd(w.head[:0], max(last, w.last)))
	}
	return failure, errors.Join(err, w.w.Flush())
}

// put writes one message, under a deadline of its own.
func (w *pullWriter) put(parts ...[]byte) error {
	if err := w.patience.renew(); err != nil {
		return err
	}
	for _, b := range parts {
		if _, err := w.w.Write(b); err != nil {
			return fmt.Errorf("p2p: pull: send: %w", err)
		}
	}
	return nil
}

// send is what a PullServer is given.
func (w *pullWriter) send(f Frame) error {
	switch {
	case len(f.Payload) > MaxPayload:
		return fmt.Errorf("%w: payload of %d bytes, limit %d", ErrTooLarge, len(f.Payload), MaxPayload)
	case len(f.Payload) == 0 || f.Seq <= w.last:
		return fmt.Errorf("%w: frame %d of %d bytes after %d", ErrFrame, f.Seq, len(f.Payload), w.last)
	case w.limit > 0 && w.frames >= w.limit:
		return fmt.Errorf("%w: more than the %d frames asked for", ErrFrame, w.limit)
	}
	if err := w.put(appendFrameHead(w.head[:0], f), f.Payload); err != nil {
		return err
	}
	w.last = f.Seq
	w.frames++
	return nil
}

// isNotSupported reports whether a stream could not be opened because the peer doesn't speak its protocol.
func isNotSupported(err error) bool {
	var e multistream.ErrNotSupported[protocol.ID]
	return errors.As(err, &e)
}
