package p2p

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/prometheus/client_golang/prometheus"
)

// changes is a PullServer over a slice: change i+1 has payload payload(i+1), every tenth has nothing to send.
type changes struct {
	id     StoreID
	newest uint64
	pad    int                                         // bytes added to each payload
	before func(ctx context.Context, seq uint64) error // called before each frame
}

func payload(seq uint64) []byte { return fmt.Appendf(nil, "change %d", seq) }

func (c *changes) Head(context.Context) (PullHead, error) {
	return PullHead{Store: c.id, Newest: c.newest}, nil
}

func (c *changes) Changes(ctx context.Context, _ peer.ID, after uint64, limit int, send func(Frame) error) (uint64, error) {
	for seq, sent := after+1, 0; seq <= c.newest; seq++ {
		if seq%10 == 0 {
			after = seq
			continue
		}
		if limit > 0 && sent == limit {
			break
		}
		if c.before != nil {
			if err := c.before(ctx, seq); err != nil {
				return after, err
			}
		}
		if err := send(Frame{Seq: seq, Payload: append(payload(seq), make([]byte, c.pad)...)}); err != nil {
			return after, err
		}
		after = seq
		sent++
	}
	return after, nil
}

var storeA, storeB = StoreID{'a'}, StoreID{'b'}

// serving starts a client connected with a server of s.
func serving(tb testing.TB, s PullServer, change ...func(*Config)) (client, server *Node) {
	client, server = startNode(tb, change...), startNode(tb, change...)
	if s != nil {
		server.ServePull(s)
	}
	connect(tb, client, server)
	return client, server
}

// taker checks that frames come once, in order, with their payloads.
type taker struct {
	tb   testing.TB
	last uint64
	n    int
}

func (k *taker) take(f Frame) error {
	if f.Seq <= k.last || f.Seq%10 == 0 {
		k.tb.Errorf("frame %d after %d", f.Seq, k.last)
	}
	if !bytes.Equal(bytes.TrimRight(f.Payload, "\x00"), payload(f.Seq)) {
		k.tb.Errorf("frame %d: %.40q", f.Seq, f.Payload)
	}
	k.last = f.Seq
	k.n++
	return nil
}

func TestPull(t *testing.T) {
	client, server := serving(t, &changes{id: storeA, newest: 1000})
	for _, c := range []struct {
		name string
		req  PullRequest
		want PullResult
	}{
		{"everything", PullRequest{}, PullResult{storeA, 0, 1000, 1000, 900}},
		{"after a cursor", PullRequest{storeA, 985, 0}, PullResult{storeA, 985, 1000, 1000, 13}},
		{"nothing new", PullRequest{storeA, 1000, 0}, PullResult{storeA, 1000, 1000, 1000, 0}},
		{"a page", PullRequest{storeA, 5, 3}, PullResult{storeA, 5, 8, 1000, 3}},
		{"a page that ends with nothing to send", PullRequest{storeA, 7, 2}, PullResult{storeA, 7, 10, 1000, 2}},
		{"cursor of another store", PullRequest{storeB, 985, 4}, PullResult{storeA, 0, 4, 1000, 4}},
		{"cursor of the future", PullRequest{storeA, 2000, 0}, PullResult{storeA, 2000, 2000, 1000, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := &taker{tb: t}
			got, err := client.Pull(t.Context(), server.ID(), c.req, k.take)
			if err != nil || got != c.want || k.n != got.Frames {
				t.Errorf("got %+v, %v; want %+v", got, err, c.want)
			}
		})
	}
}

func TestPullPages(t *testing.T) {
	client, server := serving(t, &changes{id: storeA, newest: 1000})
	k := &taker{tb: t}
	var req PullRequest
	for pages := 1; ; pages++ {
		req.Limit = 100
		res, err := client.Pull(t.Context(), server.ID(), req, k.take)
		if err != nil {
			t.Fatal(err)
		}
		req.Store, req.After = res.Store, res.Last
		if !res.More() {
			if pages != 9 || k.n != 900 {
				t.Errorf("%d frames in %d pages", k.n, pages)
			}
			return
		}
	}
}

// TestPullOverCutConnections: the connection is cut again and again in the middle; going on from each result, every
// frame is taken once.
func TestPullOverCutConnections(t *testing.T) {
	for name, transport := range map[string]func(*Config){"tcp": func(*Config) {}, "quic": quicOnly} {
		t.Run(name, func(t *testing.T) {
			source := &changes{id: storeA, newest: 500, pad: 50_000} // far more than buffers and windows hold
			client, server := serving(t, source, transport)
			k := &taker{tb: t}
			cut := func(f Frame) error {
				if err := k.take(f); err != nil || f.Seq%100 != 99 {
					return err
				}
				return client.Host().Network().ClosePeer(server.ID())
			}
			var req PullRequest
			cuts := 0
			for {
				res, err := client.Pull(t.Context(), server.ID(), req, cut)
				if err == nil {
					break
				}
				cuts++
				if res.Last != k.last || errors.Is(err, ErrFrame) {
					t.Fatalf("result ends at %d, taken up to %d: %v", res.Last, k.last, err)
				}
				req.Store, req.After = res.Store, res.Last
				connect(t, client, server)
			}
			if k.n != 450 || k.last != 499 {
				t.Errorf("%d frames up to %d", k.n, k.last)
			}
			if cuts < 4 {
				t.Errorf("only %d cuts", cuts)
			}
		})
	}
}

// TestPullFails: whoever is at fault, the error tells, and the result is good up to it.
func TestPullFails(t *testing.T) {
	broken := errors.New("broken disk")
	source := &changes{id: storeA, newest: 1000, before: func(_ context.Context, seq uint64) error {
		if seq == 8 {
			return broken
		}
		return nil
	}}
	client, server := serving(t, source)
	k := &taker{tb: t}
	res, err := client.Pull(t.Context(), server.ID(), PullRequest{}, k.take)
	if !errors.Is(err, ErrRemote) || res != (PullResult{storeA, 0, 7, 1000, 7}) {
		t.Errorf("server fails: %+v, %v", res, err)
	}

	full := errors.New("full disk")
	res, err = client.Pull(t.Context(), server.ID(), PullRequest{}, func(f Frame) error {
		if f.Seq == 3 {
			return full
		}
		return nil
	})
	if !errors.Is(err, full) || res.Last != 2 || res.Frames != 2 {
		t.Errorf("client fails: %+v, %v", res, err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	res, err = client.Pull(ctx, server.ID(), PullRequest{}, func(f Frame) error {
		if f.Seq == 3 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || res.Last < 3 {
		t.Errorf("client gives up: %+v, %v", res, err)
	}
}

// TestPullIsCancelled: neither side waits for one that does nothing once it is told to end.
func TestPullIsCancelled(t *testing.T) {
	blocked := make(chan struct{}, 2)
	source := &changes{id: storeA, newest: 10, before: func(ctx context.Context, seq uint64) error {
		blocked <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}}
	client, server := serving(t, source)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	pull := func() {
		_, err := client.Pull(ctx, server.ID(), PullRequest{}, func(Frame) error { return nil })
		done <- err
	}
	go pull()
	receive(t, "server is asked", blocked)
	cancel()
	if err := receive(t, "client returns", done); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}

	ctx = t.Context()
	go pull()
	receive(t, "server is asked again", blocked)
	client.cancel() // as Close does after draining
	if err := receive(t, "closing client returns", done); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	server.cancel() // it would wait for the source, which notices no client going
}

func TestPullNotServed(t *testing.T) {
	client, server := serving(t, nil)
	if _, err := client.Pull(t.Context(), server.ID(), PullRequest{}, nil); !errors.Is(err, ErrNotServed) {
		t.Errorf("server without changes: %v", err)
	}
	h := plainHost(t)
	if err := h.Connect(t.Context(), info(client)); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Pull(t.Context(), h.ID(), PullRequest{}, nil); !errors.Is(err, ErrNotServed) {
		t.Errorf("peer without the protocol: %v", err)
	}
}

// TestPullBusy: a peer has pullsMaxPeer streams at once, and pullBurst requests.
func TestPullBusy(t *testing.T) {
	release := make(chan struct{})
	var running, most atomic.Int64
	source := &changes{id: storeA, newest: 1, before: func(context.Context, uint64) error {
		most.Store(max(most.Load(), running.Add(1)))
		<-release
		running.Add(-1)
		return nil
	}}
	client, server := serving(t, source)
	take := func(Frame) error { return nil }
	done := make(chan error, pullsMaxPeer)
	for range pullsMaxPeer {
		go func() {
			_, err := client.Pull(t.Context(), server.ID(), PullRequest{}, take)
			done <- err
		}()
	}
	eventually(t, "all places are taken", func() bool { return running.Load() == pullsMaxPeer })
	_, err := client.Pull(t.Context(), server.ID(), PullRequest{}, take)
	var busy *BusyError
	if !errors.As(err, &busy) || busy.RetryAfter != busyWait || !errors.Is(err, ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	close(release)
	for range pullsMaxPeer {
		if err := receive(t, "pull ends", done); err != nil {
			t.Error(err)
		}
	}
	for i := 0; ; i++ {
		if _, err := client.Pull(t.Context(), server.ID(), PullRequest{}, take); errors.As(err, &busy) {
			if i < pullBurst-2*pullsMaxPeer {
				t.Errorf("refused after %d requests", i)
			}
			break
		}
		if i > 10*pullBurst {
			t.Fatal("never refused")
		}
	}
	if most.Load() > pullsMaxPeer {
		t.Errorf("%d at once", most.Load())
	}
}

// TestPullServerIsHeld: a PullServer cannot break the protocol.
func TestPullServerIsHeld(t *testing.T) {
	for name, c := range map[string]struct {
		frames []Frame
		want   error
	}{
		"empty":        {[]Frame{{1, nil}}, ErrFrame},
		"not rising":   {[]Frame{{2, []byte("a")}, {2, []byte("b")}}, ErrFrame},
		"sequence 0":   {[]Frame{{0, []byte("a")}}, ErrFrame},
		"too large":    {[]Frame{{1, make([]byte, MaxPayload+1)}}, ErrTooLarge},
		"too many":     {[]Frame{{1, []byte("a")}, {2, []byte("b")}, {3, []byte("c")}}, ErrFrame},
		"as it should": {[]Frame{{1, make([]byte, MaxPayload)}, {9, []byte("b")}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := make(chan error, 1)
			client, server := serving(t, sendFunc(func(send func(Frame) error) error {
				var err error
				for _, f := range c.frames {
					if err = send(f); err != nil {
						break
					}
				}
				got <- err
				return err
			}))
			_, err := client.Pull(t.Context(), server.ID(), PullRequest{Limit: 2}, func(Frame) error { return nil })
			if sent := <-got; !errors.Is(sent, c.want) {
				t.Errorf("send: %v, want %v", sent, c.want)
			}
			if (err == nil) != (c.want == nil) || err != nil && !errors.Is(err, ErrRemote) {
				t.Errorf("client: %v", err)
			}
		})
	}
}

type sendFunc func(send func(Frame) error) error

func (sendFunc) Head(context.Context) (PullHead, error) { return PullHead{}, nil }

func (f sendFunc) Changes(_ context.Context, _ peer.ID, _ uint64, _ int, send func(Frame) error) (uint64, error) {
	return 0, f(send)
}

// TestPullFromHostileServer: the client ends with an error on whatever isn't the protocol, having taken only what was
// good before.
func TestPullFromHostileServer(t *testing.T) {
	client := startNode(t)
	h := plainHost(t)
	if err := h.Connect(t.Context(), info(client)); err != nil {
		t.Fatal(err)
	}
	header := appendHeader(nil, pullHeader{store: storeA, newest: 9})
	frame := func(seq uint64, data string) []byte {
		return append(appendFrameHead(nil, Frame{seq, []byte(data)}), data...)
	}
	for name, c := range map[string]struct {
		response [][]byte
		taken    int
		want     error
	}{
		"nothing":                {nil, 0, io.ErrUnexpectedEOF},
		"half a header":          {[][]byte{header[:20]}, 0, io.ErrUnexpectedEOF},
		"no header":              {[][]byte{frame(1, "a")}, 0, ErrFrame},
		"two headers":            {[][]byte{header, header}, 0, ErrFrame},
		"no end":                 {[][]byte{header, frame(1, "a")}, 1, io.ErrUnexpectedEOF},
		"half a frame":           {[][]byte{header, frame(1, "abc")[:15]}, 0, io.ErrUnexpectedEOF},
		"empty frame":            {[][]byte{header, frame(1, "")}, 0, ErrFrame},
		"huge frame":             {[][]byte{header, {kindFrame, 0xff, 0xff, 0xff, 0xff}}, 0, ErrFrame},
		"frame of 1 MiB + 1":     {[][]byte{header, appendPrefix(nil, kindFrame, seqSize+MaxPayload+1)}, 0, ErrFrame},
		"not rising":             {[][]byte{header, frame(2, "a"), frame(2, "b")}, 1, ErrFrame},
		"before the cursor":      {[][]byte{header, frame(0, "a")}, 0, ErrFrame},
		"more than asked for":    {[][]byte{header, frame(1, "a"), frame(2, "b"), frame(3, "c")}, 2, ErrFrame},
		"end before the frames":  {[][]byte{header, frame(5, "a"), appendEnd(nil, 4)}, 1, ErrFrame},
		"unknown kind":           {[][]byte{header, {9, 0, 0, 0, 0}}, 0, ErrFrame},
		"unknown refusal":        {[][]byte{appendRefusal(nil, pullRefusal{reason: 99})}, 0, ErrFrame},
		"refusal of wrong size":  {[][]byte{{kindRefusal, 0, 0, 0, 200}}, 0, ErrFrame},
		"starts somewhere else":  {[][]byte{appendHeader(nil, pullHeader{store: storeA, from: 7})}, 0, ErrFrame},
		"failing after a frame":  {[][]byte{header, frame(1, "a"), appendRefusal(nil, pullRefusal{reason: refusedFailed})}, 1, ErrRemote},
		"as it should, skipping": {[][]byte{header, frame(1, "a"), frame(7, "b"), appendEnd(nil, 8)}, 2, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h.SetStreamHandler(client.pullProtocol(), func(s network.Stream) {
				io.ReadAll(s)
				s.Write(bytes.Join(c.response, nil))
				s.Close()
			})
			taken := 0
			_, err := client.Pull(t.Context(), h.ID(), PullRequest{Limit: 2}, func(Frame) error { taken++; return nil })
			if !errors.Is(err, c.want) || taken != c.taken {
				t.Errorf("%d frames, %v; want %d, %v", taken, err, c.taken, c.want)
			}
		})
	}
}

// TestPullFromHostileClient: bad requests are cut off, and no place stays taken.
func TestPullFromHostileClient(t *testing.T) {
	reg := prometheus.NewRegistry()
	server := startNode(t, func(c *Config) { c.Registerer = reg })
	server.ServePull(&changes{id: storeA, newest: 1000, pad: 100_000})
	h := plainHost(t)
	if err := h.Connect(t.Context(), info(server)); err != nil {
		t.Fatal(err)
	}
	open := func() network.Stream {
		s, err := h.NewStream(t.Context(), server.ID(), server.pullProtocol())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	good := appendRequest(nil, PullRequest{})
	for name, request := range map[string][]byte{
		"empty": {}, "short": good[:requestSize-1], "long": append(good[:requestSize:requestSize], 0),
	} {
		s := open()
		s.Write(request)
		s.CloseWrite()
		if answer, err := io.ReadAll(s); len(answer) > 0 || err == nil {
			t.Errorf("%s request: answered %d bytes, %v", name, len(answer), err)
		}
	}
	// One that asks and never reads fills a window, then waits; when it goes, its place is free.
	for range pullsMaxPeer {
		s := open()
		s.Write(good)
		s.CloseWrite()
		if _, err := io.ReadFull(s, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		defer s.Reset()
		eventually(t, "place is taken", func() bool { return server.pulls.places() > 0 })
		s.Reset()
		eventually(t, "place is free", func() bool { return server.pulls.places() == 0 })
	}
	// Streams that send nothing are bounded by the resource manager.
	var silent []network.Stream
	for len(silent) < 100 {
		s, err := h.NewStream(t.Context(), server.ID(), server.pullProtocol())
		if err != nil {
			break
		}
		if _, err := s.Write(good[:1]); err != nil {
			break
		}
		silent = append(silent, s)
	}
	opened := time.Now()
	eventually(t, "silent streams are few", func() bool {
		n := 0
		for _, c := range server.Host().Network().ConnsToPeer(h.ID()) {
			for _, s := range c.GetStreams() {
				if s.Protocol() == server.pullProtocol() {
					n++
				}
			}
		}
		return n > 0 && n <= 4*pullsMaxPeer
	})
	if took := time.Since(opened); took > requestTimeout/2 {
		t.Errorf("few only after %v, when they time out", took)
	}
	for _, s := range silent {
		s.Reset()
	}
}

func (ps *pullServer) places() int {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return ps.total
}

// TestCloseDrainsPulls: a pull in progress is finished before Close returns.
func TestCloseDrainsPulls(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	client, server := serving(t, &changes{id: storeA, newest: 5, before: func(_ context.Context, seq uint64) error {
		if seq == 3 {
			close(entered)
			<-release
		}
		return nil
	}})
	pulled := make(chan error)
	go func() {
		_, err := client.Pull(t.Context(), server.ID(), PullRequest{}, (&taker{tb: t}).take)
		pulled <- err
	}()
	receive(t, "server works", entered)
	closed := make(chan struct{})
	go func() { defer close(closed); server.Close() }()
	eventually(t, "closing", func() bool {
		server.pulls.mu.Lock()
		defer server.pulls.mu.Unlock()
		return server.pulls.draining
	})
	close(release)
	if err := receive(t, "pull ends", pulled); err != nil {
		t.Errorf("pull was cut: %v", err)
	}
	receive(t, "server is closed", closed)
}

func TestPullLimitersAreBounded(t *testing.T) {
	ps := startNode(t).pulls
	for i := range 2 * limitersMax {
		ps.mu.Lock()
		l := ps.limiter(peer.ID(binary.BigEndian.AppendUint64(nil, uint64(i))))
		ps.mu.Unlock()
		if i%2 == 0 && !l.Allow() {
			t.Fatal("a new peer is refused")
		}
	}
	if n := len(ps.limiters); n > limitersMax {
		t.Errorf("%d limiters", n)
	}
}
