package store

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"metanet/content/record"
	"metanet/identity"
)

// world is records of a few identities, keys and paths, with collisions of all
// kinds: the same rev by two keys, the same rev by one key, tombstones.
func world(t testing.TB, r *rand.Rand, n int) []Admission {
	var all []Admission
	for i := range n {
		value := text(string(rune('a' + i%26)))
		if r.IntN(4) == 0 {
			value = nil
		}
		b := sign(t, author(r.IntN(2)), r.IntN(3), post(string(rune('p'+r.IntN(3)))), rev(r.IntN(6)), value)
		all = append(all, Admission{Bundle: b, Standing: identity.Provisional, Received: epoch})
	}
	return all
}

// model is the law said naively: of each path and key the greatest record.
type model map[string]*record.Bundle

func (m model) put(b *record.Bundle) {
	k := b.DID.String() + b.Path.String() + string(b.Key[:])
	if m[k] == nil || record.Compare(b, m[k]) > 0 {
		m[k] = b
	}
}

func (m model) sees(did identity.DID, path record.Path, ended identity.Key) *record.Bundle {
	var best *record.Bundle
	for _, b := range m {
		if b.DID == did && b.Path == path && b.Key != ended && (best == nil || record.Compare(b, best) > 0) {
			best = b
		}
	}
	if best != nil && best.Deletes() {
		return nil
	}
	return best
}

// dump is all families but those that depend on when things came: the feed, its
// last number, and the annotations of each record.
func dump(t testing.TB, db *DB) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := db.Scan(Range{}, Forward, 0, func(key, value []byte) (bool, error) {
		if _, _, err := DecodeKey(key); err != nil {
			t.Errorf("key outside the declared key space: %x: %v", key, err)
		}
		switch Family(key[0]) {
		case FamilyMeta, FamilyFeed, FamilyShred: // of this node: its counters, its files
			return true, nil
		case FamilyRecord:
			state, err := decodeState(bytes.Clone(value))
			if err != nil {
				return false, err
			}
			for i := range state {
				state[i].Seq = 0
			}
			value = encodeState(state)
		}
		all[string(key)] = string(value)
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func sameDump(t testing.TB, a, b map[string]string) {
	t.Helper()
	for k, v := range a {
		if b[k] != v {
			t.Fatalf("key %x: %x and %x", k, v, b[k])
		}
	}
	if len(a) != len(b) {
		t.Fatalf("%d keys and %d", len(a), len(b))
	}
}

// TestMergeConverges: any order, any duplication, any partition into commits
// give the same state byte for byte, and what people see is what the model says,
// before and after a key has ended, and after it has come back.
func TestMergeConverges(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 1))
		all := world(t, r, 60)
		m := model{}
		for _, a := range all {
			m.put(a.Bundle)
		}
		var first map[string]string
		for range 4 {
			db := openTest(t, Options{})
			deliver(t, db, r, all)
			checkSeen(t, db, m, identity.Key{})
			if first == nil {
				first = dump(t, db)
			}
			sameDump(t, first, dump(t, db))
			checkFeed(t, db)

			ended := newSigner(1).Public()
			recount(t, db, ended)
			checkSeen(t, db, m, ended)
			checkFeed(t, db)
			recount(t, db, identity.Key{})
			sameDump(t, first, dump(t, db))
		}
	}
}

func deliver(t *testing.T, db *DB, r *rand.Rand, all []Admission) {
	t.Helper()
	some := slices.Concat(all, all[:r.IntN(len(all))])
	r.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
	for len(some) > 0 {
		n := 1 + r.IntN(len(some))
		out, err := db.Commit(ctx, some[:n])
		if err != nil || len(out) != n {
			t.Fatal(len(out), err)
		}
		some = some[n:]
	}
}

func recount(t *testing.T, db *DB, ended identity.Key) {
	t.Helper()
	for i := range 2 {
		err := db.Recount(ctx, author(i), func(b *record.Bundle) identity.Standing {
			if b.Key == ended {
				return identity.Unproven
			}
			return identity.Provisional
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func checkSeen(t *testing.T, db *DB, m model, ended identity.Key) {
	t.Helper()
	for d := range 2 {
		for p := range 3 {
			path := post(string(rune('p' + p)))
			want := m.sees(author(d), path, ended)
			got, err := Record(db, author(d), path)
			switch {
			case want == nil && !errors.Is(err, ErrNotFound):
				t.Fatalf("sees something: %v", err)
			case want != nil && (err != nil || !got.Bundle.ID.Equals(want.ID)):
				t.Fatalf("sees another record than the model: %v", err)
			}
			if want != nil {
				value, err := Value(db, digestOf(want.CID))
				if err != nil || !bytes.Equal(value, want.Value) {
					t.Fatalf("value by its content: %v", err)
				}
			}
		}
	}
}

// checkFeed: every record kept is in the feed exactly once, under its own number,
// in rising order.
func checkFeed(t *testing.T, db *DB) {
	t.Helper()
	kept := map[uint64]bool{}
	err := db.Scan(Prefix(NewKey(FamilyRecord)), Forward, 0, func(_, value []byte) (bool, error) {
		state, err := decodeState(bytes.Clone(value))
		for _, s := range state {
			kept[s.Seq] = true
		}
		return true, err
	})
	if err != nil {
		t.Fatal(err)
	}
	last := uint64(0)
	for {
		page, err := db.Feed(last, 7)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, s := range page {
			if s.Seq <= last || !kept[s.Seq] {
				t.Fatalf("feed gives %d after %d", s.Seq, last)
			}
			last = s.Seq
			delete(kept, s.Seq)
		}
	}
	if len(kept) > 0 || last > db.LastSeq() {
		t.Fatalf("feed lacks %v, ends at %d of %d", kept, last, db.LastSeq())
	}
}

// TestMergeBound: one path keeps the highest few keys, whatever the order.
func TestMergeBound(t *testing.T) {
	var all []Stored
	for i := range MaxKeysPerPath + 8 {
		all = append(all, Stored{Bundle: sign(t, author(1), i, post("a"), rev(i), text("x")), Standing: identity.Provisional})
		if i%3 == 0 { // an older one of the same key
			all = append(all, Stored{Bundle: sign(t, author(1), i, post("a"), rev(i-50), text("y")), Standing: identity.Provisional})
		}
	}
	var want []byte
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 2))
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		var state []Stored
		for _, in := range all {
			before := encodeState(append([]Stored{in}, state...))
			next, _, _ := merge(state, in)
			if !bytes.Equal(before, encodeState(append([]Stored{in}, state...))) {
				t.Fatal("merge changed its input")
			}
			state = next
		}
		if len(state) != MaxKeysPerPath {
			t.Fatalf("%d records", len(state))
		}
		got := encodeState(state)
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Fatal("order matters")
		}
	}
}

func TestDecodeStateRefusesDamage(t *testing.T) {
	state := []Stored{{Bundle: sign(t, author(1), 1, post("a"), rev(1), text("x")), Seq: 7, Received: epoch}}
	good := encodeState(state)
	if _, err := decodeState(bytes.Clone(good)); err != nil {
		t.Fatal(err)
	}
	value := len(good) - len(state[0].Bundle.Value)
	for i := range good {
		if i >= 2 && i < 2+slotHead {
			continue // numbers and flags: any is a number
		}
		bad := bytes.Clone(good)
		bad[i] ^= 0x40
		_, err := decodeState(bad)
		if err == nil && (i < 2 || i >= value) { // the engine's checksums guard the rest
			t.Errorf("byte %d changed and nothing noticed", i)
		}
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
	for i := range len(good) {
		if _, err := decodeState(bytes.Clone(good[:i])); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
}
