package pull

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/libp2p/go-libp2p/core/peer"

	"metanet/content/record"
	"metanet/identity"
	"metanet/node/ingest"
	"metanet/p2p"
)

var quiet = slog.New(slog.DiscardHandler)

type signer struct{ ed25519.PrivateKey }

func (s signer) Public() identity.Key {
	return identity.Key(s.PrivateKey.Public().(ed25519.PublicKey))
}
func (s signer) Sign(message []byte) ([]byte, error) {
	return ed25519.Sign(s.PrivateKey, message), nil
}

// bundle is the n-th of a peer's records: a tombstone will do.
func bundle(t testing.TB, n int) []byte {
	t.Helper()
	path := record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(fmt.Sprint("r", n))}
	key := signer{ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}
	b, err := record.Sign(identity.Network{1}, identity.NewDID(31337, identity.Address{1}), path, syntax.NewTID(int64(n+1), 1), nil, key)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// source is a peer's store; it answers pulls as p2p does.
type source struct {
	t      testing.TB
	id     p2p.StoreID
	newest uint64                      // its changes are 1…newest, each with a frame unless in gaps
	gaps   map[uint64]bool             // changes with nothing to send
	fail   func(p2p.PullRequest) error // before the header
	cut    func(seq uint64) error      // instead of a frame
	asked  []p2p.PullRequest           // all requests
	events chan p2p.PeerEvent          // for Run
	mu     sync.Mutex
}

func (s *source) PeerEvents(context.Context) <-chan p2p.PeerEvent { return s.events }

func (s *source) requests() []p2p.PullRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]p2p.PullRequest(nil), s.asked...)
}

func (s *source) Pull(_ context.Context, _ peer.ID, req p2p.PullRequest, take func(p2p.Frame) error) (p2p.PullResult, error) {
	s.mu.Lock()
	s.asked = append(s.asked, req)
	s.mu.Unlock()
	if s.fail != nil {
		if err := s.fail(req); err != nil {
			return p2p.PullResult{}, err
		}
	}
	from := req.After
	if req.Store != s.id {
		from = 0
	}
	res := p2p.PullResult{Store: s.id, From: from, Last: from, Newest: s.newest}
	for seq := from + 1; seq <= s.newest && seq-from <= uint64(req.Limit); seq++ {
		if s.cut != nil {
			if err := s.cut(seq); err != nil {
				return res, err
			}
		}
		if !s.gaps[seq] {
			if err := take(p2p.Frame{Seq: seq, Payload: bundle(s.t, int(seq))}); err != nil {
				return res, err
			}
			res.Frames++
		}
		res.Last = seq
	}
	return res, nil
}

// door notes what was submitted, by record; fail decides about each call.
type door struct {
	mu    sync.Mutex
	calls int
	seen  map[string]int
	fail  func(call int) error
}

func (d *door) Submit(_ context.Context, candidates []ingest.Candidate) ([]ingest.Result, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if d.fail != nil {
		if err := d.fail(d.calls); err != nil {
			return nil, err
		}
	}
	for _, c := range candidates {
		b, err := record.Decode(c.Raw)
		if err != nil || c.Origin != ingest.Sync {
			return nil, fmt.Errorf("candidate %+v: %w", c, err)
		}
		d.seen[string(b.Path.Key)]++
	}
	return make([]ingest.Result, len(candidates)), nil
}

// cursors is a space in memory that counts writes.
type cursors struct {
	mu     sync.Mutex
	values map[string][]byte
	writes int
}

func (c *cursors) Get(key []byte) ([]byte, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.values[string(key)]
	return v, ok, nil
}

func (c *cursors) Put(key, value []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values[string(key)], c.writes = bytes.Clone(value), c.writes+1
	return nil
}

func (c *cursors) Scan(_ []byte, fn func(key, value []byte) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, value := range c.values {
		if err := fn([]byte(key), value); err != nil {
			return err
		}
	}
	return nil
}

func (c *cursors) Apply(_ map[string][]byte, deletes [][]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range deletes {
		delete(c.values, string(key))
	}
	return nil
}

type pulling struct {
	*Records
	source  *source
	door    *door
	cursors *cursors
}

const other = peer.ID("other")

func newPulling(t testing.TB, newest uint64) *pulling {
	p := &pulling{
		source:  &source{t: t, id: p2p.StoreID{1}, newest: newest, events: make(chan p2p.PeerEvent)},
		door:    &door{seen: map[string]int{}},
		cursors: &cursors{values: map[string][]byte{}},
	}
	p.Records = &Records{Wire: p.source, Door: p.door, Cursors: p.cursors, Logger: quiet}
	return p
}

// at is the stored cursor.
func (p *pulling) at(t testing.TB) (p2p.StoreID, uint64) {
	t.Helper()
	req, err := p.request(other)
	if err != nil {
		t.Fatal(err)
	}
	return req.Store, req.After
}

// all wants the door to have seen the records first…last, none more often than
// times.
func (p *pulling) all(t testing.TB, first, last uint64, times int) {
	t.Helper()
	for seq := first; seq <= last; seq++ {
		if n := p.door.seen[fmt.Sprint("r", seq)]; (n < 1 || n > times) && !p.source.gaps[seq] {
			t.Fatalf("the door saw record %d %d times", seq, n)
		}
	}
}

func TestCatchUpPages(t *testing.T) {
	const newest = 2*pageFrames + 100
	p := newPulling(t, newest)
	p.source.gaps = map[uint64]bool{1: true, 700: true, newest: true}
	if err := p.CatchUp(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	p.all(t, 1, newest, 1)
	if store, after := p.at(t); store != p.source.id || after != newest {
		t.Errorf("cursor %x/%d, want %x/%d", store, after, p.source.id, newest)
	}
	if n := len(p.source.asked); n != 3 {
		t.Errorf("%d requests for 3 pages", n)
	}
	// Nothing new: asked once, nothing written.
	writes := p.cursors.writes
	if err := p.CatchUp(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if p.cursors.writes != writes {
		t.Error("a cursor that had not moved was written")
	}
	p.source.newest++
	if err := p.CatchUp(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if req := p.source.asked[len(p.source.asked)-1]; req.After != newest || req.Store != p.source.id {
		t.Errorf("asked for %+v, want after %d", req, newest)
	}
}

// A door that fails (disk full) has answered for what was submitted before, and
// for nothing after.
func TestCursorStopsAtTheDoor(t *testing.T) {
	full := errors.New("no space")
	for call := 1; call <= 4; call++ {
		p := newPulling(t, 3*batch+10)
		p.door.fail = func(n int) error {
			if n == call {
				return full
			}
			return nil
		}
		if err := p.CatchUp(t.Context(), other); !errors.Is(err, full) {
			t.Fatalf("call %d: CatchUp: %v, want %v", call, err, full)
		}
		if _, after := p.at(t); after != uint64(call-1)*batch {
			t.Errorf("call %d failed: cursor %d, want %d", call, after, (call-1)*batch)
		}
		if p.door.calls != call {
			t.Errorf("the door was asked %d times, though call %d failed", p.door.calls, call)
		}
		if err := p.CatchUp(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		p.all(t, 1, p.source.newest, 1)
	}
}

// What came before a stream was cut is kept.
func TestStreamCut(t *testing.T) {
	cut := errors.New("stream reset")
	p := newPulling(t, 2*batch)
	p.source.cut = func(seq uint64) error {
		if seq == batch+7 {
			return cut
		}
		return nil
	}
	if err := p.CatchUp(t.Context(), other); !errors.Is(err, cut) {
		t.Fatalf("CatchUp: %v, want %v", err, cut)
	}
	if _, after := p.at(t); after != batch+6 {
		t.Errorf("cursor %d, want %d", after, batch+6)
	}
	p.source.cut = nil
	if err := p.CatchUp(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	p.all(t, 1, p.source.newest, 1)
}

// A peer that has lost its store is read from the beginning of its new one, also
// if the door fails just then.
func TestStoreReplaced(t *testing.T) {
	p := newPulling(t, 1000)
	if err := p.CatchUp(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	p.source.id, p.source.newest = p2p.StoreID{2}, 600
	clear(p.door.seen)
	full := errors.New("no space")
	p.door.fail = func(int) error { return full }
	if err := p.CatchUp(t.Context(), other); !errors.Is(err, full) {
		t.Fatalf("CatchUp: %v, want %v", err, full)
	}
	if store, after := p.at(t); store == p.source.id && after != 0 {
		t.Fatalf("cursor %d in the new store, of which nothing was taken", after)
	}
	p.door.fail = nil
	if err := p.CatchUp(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	p.all(t, 1, 600, 1)
	if store, after := p.at(t); store != p.source.id || after != 600 {
		t.Errorf("cursor %x/%d", store, after)
	}
}

func TestPeerThatHasNothingLeavesNothing(t *testing.T) {
	p := newPulling(t, 0)
	if err := p.CatchUp(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if len(p.cursors.values) != 0 {
		t.Errorf("stored %v", maps.Collect(maps.All(p.cursors.values)))
	}
}

func TestDamagedCursor(t *testing.T) {
	p := newPulling(t, 1)
	p.cursors.values[string(other)] = []byte{1, 2, 3}
	if err := p.CatchUp(t.Context(), other); err == nil {
		t.Error("a cursor of three bytes was taken")
	}
}

// How soon a peer is asked again, by what it answered.
func TestWhenAskedAgain(t *testing.T) {
	for name, row := range map[string]struct {
		fail error
		want time.Duration
	}{
		"all is well":                {nil, interval},
		"failed":                     {errors.New("failed"), retry},
		"busy":                       {&p2p.BusyError{RetryAfter: 20 * time.Second}, 20 * time.Second},
		"busy, and wants it at once": {&p2p.BusyError{}, retry},
		"busy for hours":             {&p2p.BusyError{RetryAfter: 18 * time.Hour}, patience},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPulling(t, 0)
				p.source.fail = func(p2p.PullRequest) error { return row.fail }
				done := make(chan error, 1)
				go func() { done <- p.Run(t.Context()) }()
				p.source.events <- p2p.PeerEvent{Peer: other, Connected: true}
				synctest.Wait()
				for i := 1; i <= 3; i++ {
					if n := len(p.source.requests()); n != i {
						t.Fatalf("%d requests, want %d", n, i)
					}
					time.Sleep(row.want - time.Millisecond)
					synctest.Wait()
					if n := len(p.source.requests()); n != i {
						t.Fatalf("asked again before %v", row.want)
					}
					time.Sleep(time.Millisecond)
					synctest.Wait()
				}
				p.source.events <- p2p.PeerEvent{Peer: other}
				synctest.Wait()
				n := len(p.source.requests())
				time.Sleep(time.Hour)
				if len(p.source.requests()) != n {
					t.Error("a peer that left was asked")
				}
				close(p.source.events)
				if err := <-done; err != nil {
					t.Errorf("Run: %v", err)
				}
			})
		})
	}
}
