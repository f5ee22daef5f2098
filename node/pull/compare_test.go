package pull

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"

	"metanet/content/negentropy"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/ingest"
	"metanet/p2p"
)

// storing is a door that stores whatever can be read.
type storing struct {
	db      *store.DB
	mu      sync.Mutex
	took    int
	refuses map[string]bool // by record key
	after   func()          // called after each batch
}

func (d *storing) Submit(ctx context.Context, candidates []ingest.Candidate) ([]ingest.Result, error) {
	var admissions []store.Admission
	results := make([]ingest.Result, len(candidates))
	for i, c := range candidates {
		b, err := record.Decode(c.Raw)
		if err != nil {
			return nil, err
		}
		results[i] = ingest.Result{ID: b.ID, Status: ingest.Admitted}
		if d.refuses[string(b.Path.Key)] {
			results[i].Status = ingest.Refused
			continue
		}
		admissions = append(admissions, store.Admission{Bundle: b, Standing: identity.Provisional, Received: time.Now()})
	}
	d.mu.Lock()
	d.took += len(candidates)
	d.mu.Unlock()
	_, err := d.db.Commit(ctx, admissions)
	if d.after != nil {
		d.after()
	}
	return results, err
}

// side is one node's store and what belongs to it.
type side struct {
	db   *store.DB
	door *storing
	*Comparison
}

// direct asks a store without a network between.
type direct struct {
	mu      sync.Mutex
	answers func(question []byte, send func([]byte) error) error
	asked   int
	bytes   int
}

func (d *direct) Ask(_ context.Context, _ peer.ID, question []byte, take func([]byte) error) error {
	d.mu.Lock()
	d.asked++
	d.bytes += len(question)
	d.mu.Unlock()
	return d.answers(question, func(b []byte) error {
		d.mu.Lock()
		d.bytes += len(b)
		d.mu.Unlock()
		return take(slices.Clone(b))
	})
}

func newSide(t testing.TB, asker Asker) *side {
	t.Helper()
	db, err := store.Open("db", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s := &side{db: db, door: &storing{db: db}}
	if s.Comparison, err = NewComparison(asker, s.door, db, time.Now, quiet, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// asking is a side whose peer is other.
func asking(t testing.TB, other *side) (*side, *direct) {
	wire := &direct{answers: func(q []byte, send func([]byte) error) error {
		return Answers{other.db}.Answer(t.Context(), "", q, send)
	}}
	return newSide(t, wire), wire
}

func (s *side) put(t testing.TB, from, to int) {
	t.Helper()
	var batch []store.Admission
	for n := from; n < to; n++ {
		b, err := record.Decode(bundle(t, n))
		if err != nil {
			t.Fatal(err)
		}
		batch = append(batch, store.Admission{Bundle: b, Standing: identity.Provisional, Received: time.Now()})
	}
	if _, err := s.db.Commit(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

func (s *side) shardHeads(t testing.TB) [store.ItemShards]shardHead {
	t.Helper()
	h, err := headOf(s.db)
	if err != nil {
		t.Fatal(err)
	}
	return h.shards
}

// What one has and the other has not comes over, and nothing else; when both are equal,
// one question says so.
func TestCompare(t *testing.T) {
	theirs := newSide(t, nil)
	ours, wire := asking(t, theirs)
	theirs.put(t, 0, 3000)
	ours.put(t, 1000, 3500)
	id, newest, err := ours.Run(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	if id != p2p.StoreID(theirs.db.ID()) || newest != theirs.db.LastSeq() {
		t.Errorf("goes on in %x after %d", id, newest)
	}
	if ours.door.took != 1000 {
		t.Errorf("%d records came, 1000 were missing", ours.door.took)
	}
	theirs.put(t, 3000, 3500)
	if theirs.shardHeads(t) != ours.shardHeads(t) {
		t.Error("they differ still")
	}
	wire.asked, wire.bytes = 0, 0
	if _, _, err := ours.Run(t.Context(), other); err != nil || wire.asked != 1 || wire.bytes > 1000 {
		t.Errorf("comparing equal stores: %d questions, %d bytes, %v", wire.asked, wire.bytes, err)
	}
	if len(ours.Progress().Peers) != 0 {
		t.Error("still comparing")
	}
}

// Of one identity all comes, and of others nothing.
func TestCompareAuthor(t *testing.T) {
	theirs := newSide(t, nil)
	ours, wire := asking(t, theirs)
	theirs.spread(t, 0, 3000)
	theirs.put(t, 0, 500)
	ours.put(t, 100, 200)
	author := identity.NewDID(31337, identity.Address{1})
	of := func(s *side) map[negentropy.ID]bool {
		ids := make(map[negentropy.ID]bool)
		if err := store.AuthorItems(s.db, author, func(i negentropy.Item, _ *record.Bundle) error { ids[i.ID] = true; return nil }); err != nil {
			t.Fatal(err)
		}
		return ids
	}
	want := len(of(theirs)) - len(of(ours))
	came, err := ours.Author(t.Context(), other, author)
	if err != nil || came != uint64(want) || ours.door.took != want || want < 400 {
		t.Fatalf("%d records came, %d entered, want %d: %v", came, ours.door.took, want, err)
	}
	if !maps.Equal(of(theirs), of(ours)) {
		t.Error("they differ still")
	}
	wire.asked = 0
	if came, err := ours.Author(t.Context(), other, author); came != 0 || err != nil || wire.asked != 1 {
		t.Errorf("again: %d records in %d questions, %v", came, wire.asked, err)
	}
	if came, err := ours.Author(t.Context(), other, identity.NewDID(31337, identity.Address{99, 99})); came != 0 || err != nil {
		t.Errorf("of a stranger: %d records, %v", came, err)
	}
}

// Cut off at any point, another run finds what is left and nothing twice.
func TestCompareCutOff(t *testing.T) {
	theirs := newSide(t, nil)
	ours, wire := asking(t, theirs)
	theirs.put(t, 0, 5000)
	cut := errors.New("cut")
	whole := wire.answers
	runs, records := 0, 0
	wire.answers = func(q []byte, send func([]byte) error) error {
		return whole(q, func(b []byte) error {
			if q[0] == askFetch {
				if records++; records%900 == 0 {
					return cut
				}
			}
			return send(b)
		})
	}
	for {
		runs++
		_, _, err := ours.Run(t.Context(), other)
		if err == nil {
			break
		}
		if !errors.Is(err, cut) || runs > 20 {
			t.Fatalf("run %d: %v", runs, err)
		}
	}
	if runs < 3 || theirs.shardHeads(t) != ours.shardHeads(t) || ours.door.took != 5000 {
		t.Errorf("%d runs brought %d records", runs, ours.door.took)
	}
}

// What this node will not store is not fetched over and over.
func TestCompareRemembersRefused(t *testing.T) {
	theirs := newSide(t, nil)
	ours, _ := asking(t, theirs)
	theirs.put(t, 0, 100)
	ours.door.refuses = map[string]bool{"r7": true}
	for range 3 {
		if _, _, err := ours.Run(t.Context(), other); err != nil {
			t.Fatal(err)
		}
	}
	if ours.door.took != 100 {
		t.Errorf("%d records came", ours.door.took)
	}
}

// A peer that breaks the protocol, or names what it has not, ends the comparison.
func TestCompareWithHostilePeer(t *testing.T) {
	theirs := newSide(t, nil)
	theirs.put(t, 0, 300)
	everywhere := head{}
	for i := range everywhere.shards {
		everywhere.shards[i].count = 1 << 40
	}
	invented := uint64(0)
	for name, hostile := range map[string]func(q []byte, send func([]byte) error) error{
		"no answer":    func([]byte, func([]byte) error) error { return nil },
		"two answers":  func(q []byte, send func([]byte) error) error { return errors.Join(send(q), send(q)) },
		"a short head": func(_ []byte, send func([]byte) error) error { return send([]byte{1, 2, 3}) },
		"invented ids": func(q []byte, send func([]byte) error) error {
			switch q[0] {
			case askHead:
				return send(everywhere.encode())
			case askFetch:
				return nil
			}
			m := []byte{negentropy.Version, 0, 0, 2, 0x81, 0x00} // 128 ids up to infinity
			for range 128 {
				invented++
				m = append(binary.BigEndian.AppendUint64(m, invented), make([]byte, 24)...)
			}
			return send(m)
		},
		"never an end": func(q []byte, send func([]byte) error) error {
			if q[0] == askHead {
				return send(everywhere.encode())
			}
			return send(append([]byte{negentropy.Version, 0, 0, 1}, make([]byte, 16)...))
		},
		"more than asked for": func(q []byte, send func([]byte) error) error {
			err := Answers{theirs.db}.Answer(t.Context(), "", q, send)
			if q[0] == askFetch {
				err = errors.Join(err, send(bundle(t, 1000)))
			}
			return err
		},
		"garbage": func(q []byte, send func([]byte) error) error {
			if q[0] == askHead {
				return send(everywhere.encode())
			}
			return send([]byte("garbage"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			ours := newSide(t, &direct{answers: hostile})
			_, _, err := ours.Run(t.Context(), other)
			if name == "invented ids" && err == nil {
				if ours.door.took > 0 {
					t.Error("something came of it")
				}
				return // each list ended its range
			}
			if !errors.Is(err, ErrQuestion) && !errors.Is(err, negentropy.ErrMessage) {
				t.Errorf("compared: %v", err)
			}
		})
	}
}

// Questions of strangers are refused, or answered within bounds.
func TestHostileQuestions(t *testing.T) {
	s := newSide(t, nil)
	s.put(t, 0, 500)
	all := scope{to: forever}
	bomb := all.append([]byte{askFetch})
	for range groupsMax + 1 {
		bomb = group{hi: negentropy.Infinity}.append(bomb)
	}
	for name, q := range map[string][]byte{
		"unknown kind":    {9},
		"no scope":        {askCompare, 0},
		"no such shard":   scope{shard: 99}.append([]byte{askCompare}),
		"ids cut off":     append(group{ids: make([]negentropy.ID, 2)}.append(all.append([]byte{askFetch})), 1),
		"too many ranges": bomb,
		"DID cut off":     {askCompare, scopeAuthor, 200, 'd'},
		"no DID":          append([]byte{askCompare, scopeAuthor, 3, 'd', 'i', 'd'}, make([]byte, 16)...),
		"no times":        {askCompare, 0, 0},
		"garbled message": append(all.append([]byte{askCompare}), "nonsense"...),
	} {
		if err := (Answers{s.db}).Answer(t.Context(), "", q, func([]byte) error { return nil }); err == nil && name != "garbled message" {
			t.Errorf("%s is answered", name)
		}
	}
}

func FuzzQuestion(f *testing.F) {
	s := newSide(f, nil)
	s.put(f, 0, 200)
	f.Add([]byte{askHead})
	f.Add(group{hi: negentropy.Infinity, ids: make([]negentropy.ID, 1)}.append(scope{to: forever}.append([]byte{askFetch})))
	f.Add(append(scope{to: forever}.append([]byte{askCompare}), negentropy.Version, 0, 0, 2, 0))
	one := scope{author: identity.NewDID(31337, identity.Address{1}), to: forever}
	f.Add(append(one.append([]byte{askCompare}), negentropy.Version, 0, 0, 2, 0))
	f.Add(group{hi: negentropy.Infinity, ids: make([]negentropy.ID, 1)}.append(one.append([]byte{askFetch})))
	f.Fuzz(func(t *testing.T, q []byte) {
		if len(q) == 0 || len(q) > p2p.MaxQuestion {
			return
		}
		_ = Answers{s.db}.Answer(t.Context(), "", q, func(b []byte) error {
			if len(b) == 0 || len(b) > p2p.MaxPayload {
				t.Fatalf("a frame of %d bytes", len(b))
			}
			return nil
		})
	})
}

// Three stores with parts of one whole become equal over real connections.
func TestThreeNodesConverge(t *testing.T) {
	var sides []*side
	var peers []*p2p.Node
	for i := range 3 {
		key, err := p2p.LoadKey(filepath.Join(t.TempDir(), "key"))
		if err != nil {
			t.Fatal(err)
		}
		n, err := p2p.New(t.Context(), p2p.Config{Key: key, Network: "aaaa", Listen: []multiaddr.Multiaddr{multiaddr.StringCast("/ip4/127.0.0.1/tcp/0")}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { n.Close() })
		s := newSide(t, n)
		s.put(t, i*1000, i*1000+1500)
		n.ServeAnswers(Answers{s.db}.Answer)
		sides, peers = append(sides, s), append(peers, n)
	}
	for i, n := range peers {
		for j, m := range peers {
			if i < j {
				if err := n.Host().Connect(t.Context(), peer.AddrInfo{ID: m.ID(), Addrs: m.Host().Addrs()}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	var wg sync.WaitGroup
	errs := make(chan error, 6)
	for i, s := range sides {
		for j, m := range peers {
			if i != j {
				wg.Go(func() {
					if _, _, err := s.Run(t.Context(), m.ID()); err != nil {
						errs <- fmt.Errorf("%d from %d: %w", i, j, err)
					}
				})
			}
		}
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	for _, s := range sides[1:] {
		if s.shardHeads(t) != sides[0].shardHeads(t) {
			t.Error("two stores differ")
		}
	}
}
