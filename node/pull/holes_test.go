package pull

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/libp2p/go-libp2p/core/peer"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// talk is a store in which people answer each other, and who is asked for what is
// missing of that.
type talk struct {
	*Holes
	*side
	t     *testing.T
	mu    sync.Mutex
	asked []string
	tick  int64
}

const nameless = identity.ATName("did:plc:nobodyknowsthisone222222")

func (k *talk) name(n byte) identity.ATName {
	return identity.ATName(fmt.Sprintf("did:plc:%s%c%c", strings.Repeat("a", 22), 'a'+n/26, 'a'+n%26))
}

func (k *talk) did(n byte) identity.DID { return identity.NewDID(31337, identity.Address{n}) }

// post stores a post of somebody, which answers parent unless that is empty.
func (k *talk) post(in *side, n byte, key string, parent syntax.ATURI) syntax.ATURI {
	k.t.Helper()
	fields := map[string]any{"$type": "app.bsky.feed.post", "text": "so it is", "createdAt": "2026-05-01T12:00:00Z"}
	if parent != "" {
		ref := map[string]any{"uri": string(parent), "cid": record.Sum([]byte(parent))}
		fields["reply"] = map[string]any{"root": ref, "parent": ref}
	}
	value, err := record.EncodeValue(fields)
	if err != nil {
		k.t.Fatal(err)
	}
	k.put(in, n, key, value)
	return syntax.ATURI(fmt.Sprintf("at://%s/app.bsky.feed.post/%s", k.name(n), key))
}

// put stores a record; without a value it deletes.
func (k *talk) put(in *side, n byte, key string, value []byte) {
	k.t.Helper()
	k.tick++
	signs := signer{ed25519.NewKeyFromSeed(slices.Repeat([]byte{n}, ed25519.SeedSize))}
	b, err := record.Sign(identity.Network{1}, k.did(n), record.Path{Collection: "app.bsky.feed.post", Key: syntax.RecordKey(key)}, syntax.NewTID(k.tick, 1), value, signs)
	if err != nil {
		k.t.Fatal(err)
	}
	if _, err := in.db.Commit(k.t.Context(), []store.Admission{{Bundle: b, Standing: identity.Provisional, Received: time.Now()}}); err != nil {
		k.t.Fatal(err)
	}
}

func (k *talk) has(uri syntax.ATURI) bool {
	for n := byte(0); n < 100; n++ {
		if k.name(n).String() == uri.Authority().String() {
			open, err := k.open(hole{k.did(n), record.Path{Collection: uri.Collection(), Key: uri.RecordKey()}})
			if err != nil {
				k.t.Fatal(err)
			}
			return !open
		}
	}
	return false
}

// talking is a side that looks for holes, and asks "home" and "other", of which other has
// what theirs has and home has nothing.
func talking(t *testing.T) (k *talk, theirs *side) {
	theirs = newSide(t, nil)
	ours, _ := asking(t, theirs)
	k = &talk{side: ours, t: t}
	k.Holes = &Holes{
		Store: ours.db, News: ours.db, Logger: quiet,
		Busy: func() bool { return false },
		DIDOf: func(name identity.ATName) (identity.DID, bool, error) {
			for n := range byte(100) {
				if k.name(n) == name {
					return k.did(n), true, nil
				}
			}
			return "", false, nil
		},
		Sources: func(context.Context, identity.DID) []peer.ID { return []peer.ID{"home", "other", "third"} },
		Author: func(ctx context.Context, from peer.ID, did identity.DID) (uint64, error) {
			k.mu.Lock()
			k.asked = append(k.asked, string(from)+" "+string(did))
			k.mu.Unlock()
			if from == "home" {
				return 0, errors.New("it is away")
			}
			return ours.Comparison.Author(ctx, from, did)
		},
	}
	return k, theirs
}

// asks is who was asked for whom so far.
func (k *talk) asks() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.asked)
}

func (k *talk) run(during func()) {
	ctx, cancel := context.WithCancel(k.t.Context())
	done := make(chan error, 1)
	go func() { done <- k.Holes.Run(ctx) }()
	synctest.Wait() // it has seen from where on
	during()
	cancel()
	if err := <-done; err != nil {
		k.t.Error(err)
	}
}

// What is answered and isn't here is fetched, from the home server first, then from
// others, until it is there.
func TestHoles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, theirs := talking(t)
		missing := k.post(theirs, 1, "missing", "")
		k.run(func() {
			k.post(k.side, 2, "reply", missing)
			time.Sleep(2 * holeWait)
			synctest.Wait()
			if !k.has(missing) {
				t.Error("the hole is there still")
			}
			want := []string{"home " + string(k.did(1)), "other " + string(k.did(1))}
			if asked := k.asks(); !slices.Equal(asked, want) {
				t.Errorf("asked %q, want %q", asked, want)
			}
		})
	})
}

// Nobody is asked for what came by itself, was deleted, or is of somebody unknown; nor
// twice for what nobody has; nor for many at once.
func TestHolesNotAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, _ := talking(t)
		k.put(k.side, 3, "deleted", nil)
		k.run(func() {
			late := syntax.ATURI(fmt.Sprintf("at://%s/app.bsky.feed.post/late", k.name(1)))
			k.post(k.side, 2, "a", late)
			k.post(k.side, 2, "b", syntax.ATURI(fmt.Sprintf("at://%s/app.bsky.feed.post/deleted", k.name(3))))
			k.post(k.side, 2, "c", syntax.ATURI(fmt.Sprintf("at://%s/app.bsky.feed.post/x", nameless)))
			time.Sleep(holeWait / 4)
			synctest.Wait()
			k.post(k.side, 1, "late", "")
			time.Sleep(3 * holeWait)
			synctest.Wait()
			if asked := k.asks(); len(asked) > 0 {
				t.Errorf("asked %q", asked)
			}
			for n := range byte(60) {
				k.post(k.side, 2, fmt.Sprint("d", n), syntax.ATURI(fmt.Sprintf("at://%s/app.bsky.feed.post/never", k.name(10+n))))
			}
			time.Sleep(holeWait + holeWait/2 + time.Second) // one look is in it
			synctest.Wait()
			if n := len(k.asks()); n == 0 || n > asksMax*sourcesMax {
				t.Errorf("asked %d times in one look", n)
			}
			time.Sleep(3 * holeWait)
			synctest.Wait()
			for n := range byte(60) {
				k.post(k.side, 2, fmt.Sprint("e", n), syntax.ATURI(fmt.Sprintf("at://%s/app.bsky.feed.post/neither", k.name(10+n))))
			}
			time.Sleep(3 * holeWait)
			synctest.Wait()
			if n := len(k.asks()); n != 60*sourcesMax {
				t.Errorf("asked %d times for 60 people, want once each of %d", n, sourcesMax)
			}
		})
	})
}
