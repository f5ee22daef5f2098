package outbox

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

var (
	network = identity.Network{1, 2, 3}
	epoch   = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
)

const shards = 16

type signer struct{ private ed25519.PrivateKey }

func key(n int) signer {
	seed := sha256.Sum256(fmt.Append(nil, "key", n))
	return signer{ed25519.NewKeyFromSeed(seed[:])}
}

func (s signer) Public() identity.Key                { return identity.Key(s.private.Public().(ed25519.PublicKey)) }
func (s signer) Sign(message []byte) ([]byte, error) { return ed25519.Sign(s.private, message), nil }

func person(n int) identity.DID {
	return identity.NewDID(31337, identity.Address{0xaa, byte(n >> 8), byte(n)})
}

// nameOf is the AT name that names finds n under.
func nameOf(n int) identity.ATName {
	name, err := identity.ParseATName("did:plc:" + strings.Repeat(string(rune('a'+n)), 24))
	if err != nil {
		panic(err)
	}
	return name
}

type names map[identity.ATName]identity.DID

func (n names) DIDOf(name identity.ATName) (identity.DID, bool, error) {
	did, ok := n[name]
	return did, ok, nil
}

// mesh remembers what was published; fail decides about each message.
type mesh struct {
	mu   sync.Mutex
	sent []sent
	fail func(n int) error // of the n-th message, from 1
}

type sent struct {
	shard   int
	message []byte
}

func (m *mesh) Publish(_ context.Context, shard int, message []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		if err := m.fail(len(m.sent) + 1); err != nil {
			return err
		}
	}
	m.sent = append(m.sent, sent{shard, message})
	return nil
}

// records are the ids of what went to a shard, in order; -1 is any.
func (m *mesh) records(t *testing.T, shard int) (ids []string) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.sent {
		bundles, faults, err := record.DecodeMessage(s.message)
		if err := errors.Join(append(faults, err)...); err != nil {
			t.Fatal(err)
		}
		for _, b := range bundles {
			if shard < 0 || shard == s.shard {
				ids = append(ids, b.ID.String())
			}
		}
	}
	return ids
}

type world struct {
	t    *testing.T
	db   *store.DB
	mesh *mesh
	box  *Outbox
	tick int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := store.Open("db", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w := &world{t: t, db: db, mesh: &mesh{}}
	w.box = &Outbox{Store: db, Names: names{}, Publisher: w.mesh, Shards: shards, Logger: slog.New(slog.DiscardHandler)}
	return w
}

// post stores a record of person n; a nil value deletes.
func (w *world) post(n, k int, rkey string, value map[string]any, local bool) *record.Bundle {
	w.t.Helper()
	w.tick++
	path := record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(rkey)}
	var raw []byte
	if value != nil {
		value["$type"] = string(path.Collection)
		var err error
		if raw, err = drisl.Marshal(value); err != nil {
			w.t.Fatal(err)
		}
	}
	b, err := record.Sign(network, person(n), path, syntax.NewTID(epoch.UnixMicro()+w.tick, 1), raw, key(k))
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = w.db.Commit(w.t.Context(), []store.Admission{{Bundle: b, Standing: identity.Provisional, Local: local, Received: epoch}})
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

func text(s string) map[string]any {
	return map[string]any{"text": s, "createdAt": "2026-05-01T12:00:00Z"}
}

func (w *world) flush() (more bool, err error) { return w.box.Flush(w.t.Context()) }

func (w *world) flushAll() {
	w.t.Helper()
	for more := true; more; {
		var err error
		if more, err = w.flush(); err != nil {
			w.t.Fatal(err)
		}
	}
}

func TestPublishesOwnRecordsInOrder(t *testing.T) {
	w := newWorld(t)
	var want []string
	for i := range 40 {
		b := w.post(1, 1, fmt.Sprint("own", i), text("mine"), true)
		w.post(1, 1, fmt.Sprint("others", i), text("heard"), false)
		want = append(want, b.ID.String())
	}
	w.flushAll()
	if got := w.mesh.records(t, person(1).Shard(shards)); !slices.Equal(got, want) {
		t.Errorf("published %d records, want the %d own ones in order", len(got), len(want))
	}
	if n := (len(want) + maxRecords - 1) / maxRecords; len(w.mesh.sent) != n {
		t.Errorf("%d messages, want %d of at most %d records", len(w.mesh.sent), n, maxRecords)
	}
	w.flushAll()
	if got := w.mesh.records(t, -1); len(got) != len(want) {
		t.Errorf("published again: %d records of %d", len(got), len(want))
	}
}

func TestMessagesStaySmall(t *testing.T) {
	w := newWorld(t)
	for i := range 8 {
		w.post(1, 1, fmt.Sprint("large", i), text(strings.Repeat("x", 60<<10)), true)
	}
	w.flushAll()
	if len(w.mesh.sent) != 2 {
		t.Errorf("%d messages of 8 records of 60 KiB, want 2", len(w.mesh.sent))
	}
	for _, s := range w.mesh.sent {
		if len(s.message) > maxBytes+1024 {
			t.Errorf("a message has %d bytes", len(s.message))
		}
	}
}

// A reply goes to its author's shard and to those of the people it names, each
// once, and to no more than maxNamed of them.
func TestShardsOfThoseNamed(t *testing.T) {
	w := newWorld(t)
	known := names{}
	for n := 2; n < 20; n++ {
		known[nameOf(n)] = person(n)
	}
	w.box.Names = known
	at := func(n int) map[string]any {
		return map[string]any{"uri": "at://" + string(nameOf(n)) + "/app.bsky.feed.post/3jzfcijpj2z2a", "cid": "bafyreidykglsfhoixmivffc5uwhcgshx4j465xwqntbmu43nb2dzqwfvae"}
	}
	reply := text("re")
	reply["reply"] = map[string]any{"parent": at(2), "root": at(3)}
	b := w.post(1, 1, "reply", reply, true)

	crowd := text(strings.Repeat("@", 40))
	var facets []any
	for n := 4; n < 20; n++ {
		facets = append(facets, map[string]any{
			"index":    map[string]any{"byteStart": 0, "byteEnd": 1},
			"features": []any{map[string]any{"$type": "app.bsky.richtext.facet#mention", "did": string(nameOf(n))}},
		})
	}
	crowd["facets"] = facets
	all := w.post(1, 1, "crowd", crowd, true)
	unknown := text("re")
	unknown["reply"] = map[string]any{"parent": at(20), "root": at(20)}
	nobody := w.post(1, 1, "unknown", unknown, true)
	w.flushAll()

	count := func(b *record.Bundle) (n int) {
		for shard := range shards {
			switch c := countOf(w.mesh.records(t, shard), b.ID.String()); {
			case c > 1:
				t.Errorf("shard %d got %s %d times", shard, b.Path, c)
			case c == 1:
				n++
			}
		}
		return n
	}
	want := map[int]bool{person(1).Shard(shards): true, person(2).Shard(shards): true, person(3).Shard(shards): true}
	for shard := range shards {
		if has := slices.Contains(w.mesh.records(t, shard), b.ID.String()); has != want[shard] {
			t.Errorf("reply in shard %d: %v, want %v", shard, has, want[shard])
		}
	}
	if n := count(all); n < 2 || n > 1+maxNamed {
		t.Errorf("a post that names the world went to %d shards", n)
	}
	if n := count(nobody); n != 1 {
		t.Errorf("a post that names nobody known went to %d shards", n)
	}
}

func countOf(list []string, s string) (n int) {
	for _, x := range list {
		if x == s {
			n++
		}
	}
	return n
}

func TestDeletedIsNotPublished(t *testing.T) {
	w := newWorld(t)
	value := w.post(1, 1, "same", text("deleted before anybody saw it"), true)
	tombstone := w.post(1, 2, "same", nil, true) // another key's: the value stays stored beneath
	w.flushAll()
	got := w.mesh.records(t, -1)
	if slices.Contains(got, value.ID.String()) || !slices.Contains(got, tombstone.ID.String()) {
		t.Errorf("published %v, want only the tombstone %s", got, tombstone.ID)
	}
}

// What was acknowledged is published even if the process ends between a message
// and the cursor: the cursor stands before the whole page, which goes out again.
func TestCursorAfterFailure(t *testing.T) {
	w := newWorld(t)
	var want []string
	for i := range 3 * maxRecords {
		want = append(want, w.post(1, 1, fmt.Sprint(i), text("mine"), true).ID.String())
	}
	down := errors.New("mesh is down")
	w.mesh.fail = func(n int) error {
		if n == 2 {
			return down
		}
		return nil
	}
	if _, err := w.flush(); !errors.Is(err, down) {
		t.Fatalf("Flush: %v, want %v", err, down)
	}
	if at, err := w.db.Cursor(cursor); err != nil || at != 0 {
		t.Fatalf("cursor %d, %v after a failed page", at, err)
	}
	w.mesh.fail = nil
	again := &Outbox{Store: w.db, Names: names{}, Publisher: w.mesh, Shards: shards, Logger: w.box.Logger} // a restart
	w.box = again
	w.flushAll()
	got := w.mesh.records(t, -1)
	if !slices.Equal(got[maxRecords:], want) {
		t.Errorf("after the restart %d records, want all %d", len(got)-maxRecords, len(want))
	}
	if at, _ := w.db.Cursor(cursor); at != w.db.LastSeq() {
		t.Errorf("cursor %d of %d", at, w.db.LastSeq())
	}
}

// A mesh that is down for a while; the clock is the test's.
func TestRunRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		b := w.post(1, 1, "first", text("mine"), true)
		began := time.Now()
		w.mesh.fail = func(int) error {
			if time.Since(began) < 5*retry/2 {
				return errors.New("down")
			}
			return nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.box.Run(ctx) }()
		time.Sleep(2 * retry)
		if got := w.mesh.records(t, -1); len(got) != 0 {
			t.Errorf("published %v while down", got)
		}
		time.Sleep(2 * retry)
		if got := w.mesh.records(t, -1); !slices.Equal(got, []string{b.ID.String()}) {
			t.Errorf("published %v once it was up", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func TestRunWakes(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.box.Run(ctx) }()
	for i := range 3 {
		b := w.post(1, 1, fmt.Sprint(i), text("mine"), true)
		deadline := time.Now().Add(time.Minute)
		for !slices.Contains(w.mesh.records(t, -1), b.ID.String()) {
			if time.Now().After(deadline) {
				t.Fatalf("record %d was not published", i)
			}
			time.Sleep(time.Millisecond)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}
