package xrpc

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// maxStreamRead bounds what a subscriber may send us: nothing but control
// frames is expected.
const maxStreamRead = 4 << 10

// pingEvery keeps middleboxes from forgetting an idle stream and finds callers
// that vanished without a word; one that doesn't answer within pingWait is gone.
const (
	pingEvery = 30 * time.Second
	pingWait  = 15 * time.Second
)

// Each stream costs a connection, two goroutines and a follower of the feed.
const (
	maxStreams          = 1024
	maxStreamsByAddress = 32
)

// streams counts the open ones.
type streams struct {
	mu        sync.Mutex
	open      sync.WaitGroup
	all       int            // guarded by mu
	byAddress map[string]int // guarded by mu
}

// enter makes room for one more stream of a caller, or says that there is none.
func (s *streams) enter(c *Call) (leave func(), err error) {
	key := AddressKey(c.Client)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= maxStreams || s.byAddress[key] >= maxStreamsByAddress {
		e := Errorf(http.StatusTooManyRequests, CodeRateLimited, "too many open streams")
		e.RetryAfter = pingEvery
		return nil, e
	}
	if s.byAddress == nil {
		s.byAddress = make(map[string]int)
	}
	s.all++
	s.byAddress[key]++
	s.open.Add(1)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all--
		if s.byAddress[key]--; s.byAddress[key] == 0 {
			delete(s.byAddress, key)
		}
		s.open.Done()
	}, nil
}

// Stream is an open subscription. Send is for one goroutine, the handler's.
type Stream struct {
	conn *websocket.Conn
}

// ErrSlow is what Send returns when the caller didn't take a frame in time.
var ErrSlow = errors.New("xrpc: the subscriber is too slow")

// Send writes one binary frame, waiting no longer than within for a caller
// that doesn't read. A frame that is begun is finished, even if ctx ends meanwhile:
// a write that is cancelled tears the connection down, and the caller would not
// read why it is closed.
func (s *Stream) Send(ctx context.Context, frame []byte, within time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	sendCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	err := s.conn.Write(sendCtx, websocket.MessageBinary, frame)
	if err != nil && sendCtx.Err() != nil {
		return ErrSlow
	}
	return err
}

// StreamHandler runs a subscription until it returns; the text of its error is
// the close reason when it is an *Error. ctx ends when the caller leaves or the
// server closes.
type StreamHandler[P any] func(ctx context.Context, c *Call, params P, s *Stream) error

// Subscription registers a WebSocket endpoint. Pages of any origin may connect:
// the stream is public and a browser cannot add a token to it.
func Subscription[P any](s *Server, rt Route, h StreamHandler[P]) {
	Raw(s, http.MethodGet, rt, func(w http.ResponseWriter, r *http.Request, c *Call) error {
		var p P
		if err := DecodeParams(r.URL.Query(), &p); err != nil {
			return err
		}
		if r.Header.Get("Sec-WebSocket-Key") == "" {
			return Errorf(http.StatusUpgradeRequired, CodeInvalidRequest, "this is a WebSocket stream")
		}
		leave, err := s.streams.enter(c)
		if err != nil {
			return err
		}
		defer leave()
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
			InsecureSkipVerify: true, // see above: the check guards cookies, and there are none
			CompressionMode:    websocket.CompressionDisabled,
		})
		if err != nil {
			return nil // Accept has answered
		}
		conn.SetReadLimit(maxStreamRead)
		return s.runStream(r.Context(), conn, func(ctx context.Context) error {
			return h(ctx, c, p, &Stream{conn: conn})
		})
	})
}

// runStream keeps the connection alive beside the handler and closes it with a
// reason that the caller can read.
func (s *Server) runStream(ctx context.Context, conn *websocket.Conn, h func(context.Context) error) error {
	s.metrics.streams.Inc()
	defer s.metrics.streams.Dec()
	defer conn.CloseNow()

	ctx = conn.CloseRead(ctx) // ends when the caller closes or says something
	// Below CloseRead, whose own context would tear the connection down unsaid.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ending, cancel)()

	pings := make(chan struct{})
	go func() {
		defer close(pings)
		defer cancel()
		ping(ctx, conn)
	}()
	err := h(ctx)
	status, reason := s.closeReason(err)
	conn.Close(status, reason)
	cancel()
	<-pings
	return nil
}

func ping(ctx context.Context, conn *websocket.Conn) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		pingCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pingWait) // as in Send; closing ends it
		err := conn.Ping(pingCtx)
		cancel()
		if err != nil {
			return
		}
	}
}

// closeReason is the status (RFC 6455 §7.4.1) and text, at most 123 bytes.
func (s *Server) closeReason(err error) (websocket.StatusCode, string) {
	var e *Error
	switch {
	case s.ending.Err() != nil:
		return websocket.StatusGoingAway, "the server is shutting down"
	case err == nil:
		return websocket.StatusNormalClosure, ""
	case errors.Is(err, ErrSlow):
		return websocket.StatusPolicyViolation, "ConsumerTooSlow: reconnect with the last cursor"
	case errors.As(err, &e):
		reason := e.Code + ": " + e.Message
		return websocket.StatusPolicyViolation, reason[:min(len(reason), 123)]
	case errors.Is(err, context.Canceled):
		return websocket.StatusGoingAway, ""
	}
	return websocket.StatusInternalError, "something failed here"
}
