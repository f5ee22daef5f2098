package store

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/identity"
)

// TestLayouts: every family has one tag, one name and parts that can be read
// back, whatever precedes them.
func TestLayouts(t *testing.T) {
	tags, names := map[Family]bool{}, map[string]bool{}
	for _, l := range Layouts() {
		if tags[l.Family] || names[l.Name] {
			t.Errorf("%s is declared twice", l.Name)
		}
		tags[l.Family], names[l.Name] = true, true
		key := NewKey(l.Family)
		for i, p := range l.Parts {
			if p.Kind == KindRest && i != len(l.Parts)-1 {
				t.Errorf("%s: %s takes the rest", l.Name, p.Name)
			}
			key = appendPart(key, p.Kind)
		}
		got, parts, err := DecodeKey(key)
		if err != nil || got.Name != l.Name || len(parts) != len(l.Parts) {
			t.Errorf("%s: %v", l.Name, err)
		}
		for i := range key {
			if _, _, err := DecodeKey(key[:i]); err == nil && l.Parts[len(l.Parts)-1].Kind != KindRest {
				t.Errorf("%s: cut at %d and nothing noticed", l.Name, i)
			}
		}
	}
}

func appendPart(k Key, kind Kind) Key {
	switch kind {
	case KindText:
		return k.Text("app.bsky.feed.post")
	case KindDID:
		return k.DID(author(7))
	case KindDigest:
		return k.Digest([32]byte{1, 2})
	case KindTime:
		return k.Time(epoch)
	case KindNewest:
		return k.Newest(epoch)
	case KindByte:
		return k.Byte(3)
	case KindRest:
		return k.Rest([]byte("rest"))
	default:
		return k.Uint(42)
	}
}

// TestGoldenKeys pins the bytes: a change here needs a new schema version.
func TestGoldenKeys(t *testing.T) {
	did := identity.NewDID(0x7a69, identity.Address{0xab, 19: 0x01})
	path := record.Path{Collection: "a.b.c", Key: "k"}
	at := time.UnixMicro(0x1122334455667788)
	for _, c := range []struct {
		key  Key
		want string
	}{
		{recordKey(did, path), "\x10\x02\x7a\x69\xab" + string(make([]byte, 18)) + "\x01a.b.c\x00k\x00"},
		{feedKey(258), "\x11\x00\x00\x00\x00\x00\x00\x01\x02"},
		{NewKey(FamilyRecent).Newest(at), "\x4c\xee\xdd\xcc\xbb\xaa\x99\x88\x77"},
		{NewKey(FamilyWaitingDue).Time(at), "\x19\x11\x22\x33\x44\x55\x66\x77\x88"},
		{NewKey(FamilyRecent).Newest(time.UnixMicro(-5)), "\x4c\xff\xff\xff\xff\xff\xff\xff\xff"},
	} {
		if string(c.key) != c.want {
			t.Errorf("%x, want %x", []byte(c.key), c.want)
		}
	}
}

func TestDIDRoundTripAndOrder(t *testing.T) {
	for _, chain := range []uint64{1, 0x7f, 0x80, 0xff, 0x100, 0x7a69, 1<<32 - 1, 1<<64 - 1} {
		did := identity.NewDID(chain, identity.Address{1, 2, 3})
		r := ReadKey(FamilyNameOf, NewKey(FamilyNameOf).DID(did))
		if got := r.DID(); got != did || r.End() != nil {
			t.Errorf("%s came back as %s", did, got)
		}
	}
	for _, bad := range [][]byte{{}, {0}, {9}, {1, 0}, append([]byte{2, 0, 1}, make([]byte, 20)...)} {
		r := ReadParts(bad)
		if r.DID(); r.End() == nil {
			t.Errorf("%x read as a DID", bad)
		}
	}
	for _, bad := range []identity.DID{"", "did:ethr:0x1", "did:ethr:0x1:0x12", "did:plc:abc"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q went into a key", bad)
				}
			}()
			NewKey(FamilyNameOf).DID(bad)
		}()
	}
}

func TestNext(t *testing.T) {
	for _, c := range []struct{ key, want string }{{"a", "b"}, {"a\xff", "b"}, {"a\x00", "a\x01"}, {"\xff\xff", ""}} {
		if got := Key(c.key).Next(); string(got) != c.want {
			t.Errorf("%x: %x", c.key, []byte(got))
		}
	}
}

// TestBatchReadsItsOwnWrites holds a batch against a map, over a database that
// has keys of its own.
func TestBatchReadsItsOwnWrites(t *testing.T) {
	db := openTest(t, Options{})
	key := func(n int) Key { return NewKey(FamilySpace).Text("t").Rest([]byte{byte(n)}) }
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 5))
		err := db.Update(ctx, func(b *Batch) error {
			want := map[string]string{}
			if err := db.Scan(Prefix(NewKey(FamilySpace)), Forward, 0, func(k, v []byte) (bool, error) {
				want[string(k)] = string(v)
				return true, nil
			}); err != nil {
				return err
			}
			for range 40 {
				k := key(r.IntN(30))
				if r.IntN(3) == 0 {
					b.Delete(k)
					delete(want, string(k))
				} else {
					v := []byte{byte(r.IntN(256))}
					b.Set(k, v)
					want[string(k)] = string(v)
				}
				compareBatch(t, b, want, r, key)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func compareBatch(t *testing.T, b *Batch, want map[string]string, r *rand.Rand, key func(int) Key) {
	t.Helper()
	k := key(r.IntN(30))
	got, err := b.Get(k)
	if v, ok := want[string(k)]; ok != (err == nil) || ok && string(got) != v || !ok && !errors.Is(err, ErrNotFound) {
		t.Fatalf("get %x: %x %v, want %x %v", []byte(k), got, err, v, ok)
	}
	from, to, limit, order := r.IntN(30), r.IntN(31), r.IntN(6), Order(r.IntN(2) == 1)
	var keys []string
	for k := range want {
		if k >= string(key(from)) && k < string(key(to)) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	if order == Reverse {
		slices.Reverse(keys)
	}
	if limit > 0 {
		keys = keys[:min(limit, len(keys))]
	}
	i := 0
	err = b.Scan(Range{Start: key(from), End: key(to)}, order, limit, func(k, v []byte) (bool, error) {
		if i >= len(keys) || string(k) != keys[i] || !bytes.Equal(v, []byte(want[keys[i]])) {
			t.Fatalf("scan gives %x=%x at %d of %d", k, v, i, len(keys))
		}
		i++
		return true, nil
	})
	if err != nil || from < to && i != len(keys) {
		t.Fatalf("scan gave %d of %d: %v", i, len(keys), err)
	}
}
