package p2p

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// Catch-up, protocol /metanet/1/<network>/pull/1 (bytes: frame.go). The client opens a stream, sends one request and
// closes its side. A request names a cursor: a change sequence and the random id of the store that counts it. If that
// is the server's store the server goes on after the sequence, else (it has lost its store, or the client has never
// asked it) from 0, and its header says so. Frames follow in rising order of sequence, then an end message with the
// last sequence that was looked at, which is beyond the last frame's where changes had nothing to send. The client
// stores that as its cursor. A stream that is cut is no loss: the client asks again after the last frame it took.

const (
	// MaxPayload is the most bytes in one frame.
	MaxPayload = 1 << 20

	// pullTimeout is the time for one step: to open a stream, to send the request, to move one message. A frame
	// of 1 MiB in this time is 280 kbit/s, so an honest slow line can, while a peer that trickles is cut off.
	pullTimeout = 30 * time.Second

	// pullBuffer is what each side of a stream buffers.
	pullBuffer = 64 << 10
)

// StoreID tells a server's store from another, so that a cursor is never used with the wrong one. 16 random bytes,
// made with the store.
type StoreID [16]byte

// PullRequest asks for changes.
type PullRequest struct {
	Store StoreID // the store that After belongs to; zero if none is known
	After uint64  // changes with a higher sequence are wanted
	Limit int     // the most frames wanted; 0: as many as the server likes to send
}

// start is where a server whose store is id goes on.
func (r PullRequest) start(id StoreID) uint64 {
	if r.Store == id {
		return r.After
	}
	return 0
}

// Frame is one change: its sequence in the server's store and bytes that only the node understands.
type Frame struct {
	Seq     uint64
	Payload []byte // 1 byte to MaxPayload
}

// PullResult tells how far a pull came; it holds also when Pull failed after the header.
type PullResult struct {
	Store  StoreID // the server's store; with Last the cursor for the next request
	From   uint64  // where it went on: the request's After, or 0 if the store is another
	Last   uint64  // all changes up to this were taken
	Newest uint64  // the server's newest sequence when it began
	Frames int     // frames taken
}

// More reports whether the server had more changes than were asked for.
func (r PullResult) More() bool { return r.Last < r.Newest }

func (n *Node) pullProtocol() protocol.ID { return n.cfg.prefix() + "/pull/1" }

// Pull asks a peer for changes and calls take with each, in order; take owns the payload. It returns when the server
// has sent all that it will in this request, take fails (with take's error), ctx ends or the server breaks the
// protocol. Whatever the error, the result tells where to go on. A slow take holds back the server, whose patience
// is 30 seconds.
func (n *Node) Pull(ctx context.Context, from peer.ID, req PullRequest, take func(Frame) error) (PullResult, error) {
	if n.isClosing() {
		return PullResult{}, ErrClosed
	}
	res, err := n.pull(ctx, from, req, take)
	n.metrics.framesTaken.Add(float64(res.Frames))
	n.metrics.pullsMade.WithLabelValues(pullOutcome(err)).Inc()
	return res, err
}

func (n *Node) pull(ctx context.Context, from peer.ID, req PullRequest, take func(Frame) error) (res PullResult, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(n.ctx, cancel)()
	s, err := n.openPull(ctx, from)
	if err != nil {
		return res, err
	}
	defer s.Reset() // a no-op when both sides have ended
	defer context.AfterFunc(ctx, func() { s.Reset() })()
	defer func() {
		// The stream breaks because ctx ended, and that is the reason to tell.
		if err != nil && ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
			err = fmt.Errorf("p2p: pull: %w", context.Cause(ctx))
		}
	}()
	if err := sendRequest(s, req); err != nil {
		return res, err
	}
	// Only now: what the buffer and one payload may take is known to the resource manager, which can say no.
	if err := s.Scope().ReserveMemory(pullBuffer+MaxPayload, network.ReservationPriorityHigh); err != nil {
		return res, fmt.Errorf("p2p: pull: %w", err)
	}
	defer s.Scope().ReleaseMemory(pullBuffer + MaxPayload)
	return readPull(s, req, take)
}

func (n *Node) openPull(ctx context.Context, from peer.ID) (network.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, pullTimeout)
	defer cancel()
	s, err := n.host.NewStream(ctx, from, n.pullProtocol())
	if isNotSupported(err) {
		return nil, fmt.Errorf("%w: %w", ErrNotServed, err)
	}
	if err != nil {
		return nil, fmt.Errorf("p2p: pull: %w", err)
	}
	return s, nil
}

func sendRequest(s network.Stream, req PullRequest) error {
	err := s.SetWriteDeadline(time.Now().Add(pullTimeout))
	if err == nil {
		_, err = s.Write(appendRequest(nil, req))
	}
	if err == nil {
		err = s.CloseWrite()
	}
	if err != nil {
		return fmt.Errorf("p2p: pull: send request: %w", err)
	}
	return nil
}

func readPull(s network.Stream, req PullRequest, take func(Frame) error) (res PullResult, err error) {
	patience := deadline{set: s.SetReadDeadline}
	pr := &pullReader{r: bufio.NewReaderSize(s, pullBuffer), limit: req.Limit}
	if err := patience.renew(); err != nil {
		return res, err
	}
	h, err := pr.header(req)
	if err != nil {
		return res, err
	}
	res = PullResult{Store: h.store, From: h.from, Last: h.from, Newest: h.newest}
	for {
		if err := patience.renew(); err != nil {
			return res, err
		}
		f, err := pr.next()
		if err == io.EOF {
			res.Last = pr.last
			return res, nil
		}
		if err != nil {
			return res, err
		}
		if err := take(f); err != nil {
			return res, err
		}
		res.Last = f.Seq
		res.Frames++
	}
}

// deadline renews a stream's deadline before each message, but not more often than it matters: renewing arms a timer.
type deadline struct {
	set     func(time.Time) error
	renewed time.Time
}

func (d *deadline) renew() error {
	now := time.Now()
	if now.Sub(d.renewed) < time.Second {
		return nil
	}
	d.renewed = now
	if err := d.set(now.Add(pullTimeout)); err != nil {
		return fmt.Errorf("p2p: pull: %w", err)
	}
	return nil
}

// pullOutcome is the result label of metrics.
func pullOutcome(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, ErrBusy):
		return "busy"
	case errors.Is(err, ErrFrame):
		return "malformed"
	case errors.Is(err, ErrNotServed):
		return "not_served"
	default:
		return "failed"
	}
}
