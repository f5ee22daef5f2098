package wire

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/p2p"
)

type testSigner struct{ ed25519.PrivateKey }

func (s testSigner) Public() identity.Key {
	return identity.Key(s.PrivateKey.Public().(ed25519.PublicKey))
}
func (s testSigner) Sign(m []byte) ([]byte, error) { return ed25519.Sign(s.PrivateKey, m), nil }

// testRecord is signed with key k at time at; no text deletes.
func testRecord(t testing.TB, k byte, rkey string, at int64, text string) *record.Bundle {
	t.Helper()
	var value []byte
	if text != "" {
		var err error
		value, err = drisl.Marshal(map[string]any{"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-05-01T12:00:00Z"})
		if err != nil {
			t.Fatal(err)
		}
	}
	key := testSigner{ed25519.NewKeyFromSeed(append(make([]byte, 31), k))}
	path := record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(rkey)}
	b, err := record.Sign(identity.Network{1}, identity.NewDID(1, identity.Address{1}), path, syntax.NewTID(at, 1), value, key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestChanges(t *testing.T) {
	db, err := store.Open("db", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	commit := func(standing identity.Standing, b *record.Bundle) {
		t.Helper()
		if _, err := db.Commit(t.Context(), []store.Admission{{Bundle: b, Standing: standing, Received: time.Now()}}); err != nil {
			t.Fatal(err)
		}
	}
	const live = 2*pullPage + 50
	buried := map[uint64]bool{}
	for i := range live {
		commit(identity.Provisional, testRecord(t, 1, fmt.Sprint("r", i), int64(i+1), "text"))
	}
	for i := range 10 { // another key's tombstones leave the values beneath in the feed
		commit(identity.Provisional, testRecord(t, 2, fmt.Sprint("r", i*50), live+int64(i)+1, ""))
		buried[uint64(i*50)+1] = true
	}
	commit(identity.Unproven, testRecord(t, 1, "hidden", live+100, "hidden")) // for others to judge
	newest := db.LastSeq()
	c := Changes{db}
	if head, err := c.Head(t.Context()); err != nil || head.Newest != newest || head.Store != p2p.StoreID(db.ID()) {
		t.Fatalf("Head: %+v, %v", head, err)
	}
	for _, limit := range []int{0, 1, 7, pullPage, pullPage + 1, int(newest), 10_000} {
		var got []uint64
		for after, last := uint64(0), uint64(1); after != last; {
			last = after
			frames := 0
			after, err = c.Changes(t.Context(), "", after, limit, func(f p2p.Frame) error {
				got, frames = append(got, f.Seq), frames+1
				if b, err := record.Decode(f.Payload); err != nil {
					t.Errorf("frame %d: %v (%v)", f.Seq, err, b)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if limit > 0 && frames > limit {
				t.Fatalf("%d frames, limit %d", frames, limit)
			}
		}
		var want []uint64
		for seq := uint64(1); seq <= newest; seq++ {
			if !buried[seq] {
				want = append(want, seq)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("limit %d: %d frames of %d", limit, len(got), len(want))
		}
	}
	broken := errors.New("stream reset")
	last, err := c.Changes(t.Context(), "", 0, 0, func(f p2p.Frame) error {
		if f.Seq >= 5 {
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) || last >= 5 {
		t.Errorf("cut at 5: last %d, %v", last, err)
	}
}
