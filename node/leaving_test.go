package node

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/libp2p/go-libp2p/core/peer"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/content/blob"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/ingest"
	"metanet/p2p"
)

// clock is the time of several nodes, which can be moved forward.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time       { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) skip(d time.Duration) { c.ahead.Add(int64(d)) }

// writer is somebody whose home is one of the nodes, with a wallet and a device.
type writer struct {
	t      *testing.T
	home   *running
	wallet chaintest.Wallet
	device ed25519.PrivateKey
	did    identity.DID
	clock  *syntax.TIDClock
}

func newWriter(t *testing.T, home *running) *writer {
	t.Helper()
	w := newIdentity(t, home)
	w.order(chain.Operation{
		Op: chain.OpEnrol, Server: home.serverID(), Key: w.Public(), Purpose: identity.PurposeDevice, Expiry: uint64(time.Now().AddDate(1, 0, 0).Unix()),
	})
	return w
}

// newIdentity is a writer of whom the chain knows nothing yet.
func newIdentity(t *testing.T, home *running) *writer {
	t.Helper()
	w := &writer{t: t, home: home, wallet: chaintest.NewWallet(), clock: syntax.NewTIDClock(1)}
	var err error
	if _, w.device, err = ed25519.GenerateKey(nil); err != nil {
		t.Fatal(err)
	}
	w.did = identity.NewDID(home.anchor.contracts.ChainID, w.wallet.Address())
	return w
}

// order has the wallet sign an operation and the home relay it.
func (w *writer) order(op chain.Operation) {
	w.t.Helper()
	op.Identity = w.did
	typed, err := w.home.anchor.ops.Prepare(w.t.Context(), op)
	if err != nil {
		w.t.Fatal(err)
	}
	sig, err := w.wallet.SignTypedData(typed)
	if err != nil {
		w.t.Fatal(err)
	}
	receipt, err := w.home.anchor.ops.Relay(w.t.Context(), typed, sig)
	if err == nil {
		err = w.home.anchor.follower.WaitFor(w.t.Context(), receipt.Block)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *writer) Public() identity.Key {
	key, err := identity.ParseKey(w.device.Public().(ed25519.PublicKey))
	if err != nil {
		w.t.Fatal(err)
	}
	return key
}

func (w *writer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(w.device, msg), nil }

func (w *writer) seal(path string, value []byte) *record.Bundle {
	w.t.Helper()
	p, err := record.ParsePath(path)
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := record.Sign(w.home.anchor.contracts.Network(), w.did, p, w.clock.Next(), value, w)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// note is a post, with a picture if there is one.
func (w *writer) note(text string, picture *blob.Ref) *record.Bundle {
	w.t.Helper()
	embed := ""
	if picture != nil {
		embed = fmt.Sprintf(`,"embed":{"$type":"app.bsky.embed.images","images":[{"alt":"","image":{"$type":"blob","ref":{"$link":%q},"mimeType":%q,"size":%d}}]}`,
			picture.CID, picture.MIME, picture.Size)
	}
	value, err := record.JSONToValue(fmt.Appendf(nil, `{"$type":"app.bsky.feed.post","text":%q,"createdAt":"2026-01-02T03:04:05.000Z"%s}`, text, embed))
	if err != nil {
		w.t.Fatal(err)
	}
	return w.seal("app.bsky.feed.post/"+w.clock.Next().String(), value)
}

// put takes a record through the home's door, as a local one.
func (w *writer) put(b *record.Bundle) *record.Bundle {
	w.t.Helper()
	if _, err := w.home.door.SubmitOne(w.t.Context(), ingest.Candidate{Origin: ingest.Local, From: string(w.did), Bundle: b}); err != nil {
		w.t.Fatal(err)
	}
	return b
}

// shown tells how many of these records a node shows.
func (r *running) shown(t *testing.T, bundles []*record.Bundle) (n int) {
	t.Helper()
	for _, b := range bundles {
		if s, err := store.Record(r.store, b.DID, b.Path); err == nil && s.Bundle.ID == b.ID {
			n++
		}
	}
	return n
}

// kept tells how many values of an identity a node has in its store, shown or not.
func (r *running) kept(t *testing.T, did identity.DID) (n int) {
	t.Helper()
	err := store.Bundles(r.store, did, func(b *record.Bundle) error {
		if b.Path != record.DeparturePath {
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// onDisk tells whether some file below dir holds the text.
func onDisk(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		found = found || bytes.Contains(content, []byte(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// replayer is a peer of nobody's making: it passes on whatever it is told to, and
// whatever it hears.
func replayer(t *testing.T, victim *running) *p2p.Node {
	t.Helper()
	key, err := p2p.LoadKey(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	info := peer.AddrInfo{ID: victim.peer.ID(), Addrs: victim.peer.Addrs()}
	n, err := p2p.New(t.Context(), p2p.Config{Key: key, Network: victim.state.Network, Blockstore: victim.blobs.Blockstore(), Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	everything := func(context.Context, peer.ID, int, []byte) p2p.Verdict { return p2p.Accept }
	if err := n.Subscribe(everything); err != nil {
		t.Fatal(err)
	}
	if err := n.Connect(t.Context(), info); err != nil {
		t.Fatal(err)
	}
	return n
}

// Somebody leaves, by a departure or for ever on the chain. The second node hides
// at once what it has and keeps it seven days; then it is gone, from its disk, too,
// and no peer that kept it brings it back.
func TestLeavingAtASecondNode(t *testing.T) {
	for name, leave := range map[string]func(*writer){
		"a departure": func(w *writer) {
			value, err := record.DepartureValue(time.Now())
			if err != nil {
				w.t.Fatal(err)
			}
			if err := w.home.Leave(w.t.Context(), w.did, w.seal(record.DeparturePath.String(), value)); err != nil {
				w.t.Fatal(err)
			}
		},
		"a deactivation": func(w *writer) { w.order(chain.Operation{Op: chain.OpDeactivate}) },
	} {
		t.Run(name, func(t *testing.T) { testLeaving(t, leave) })
	}
}

func testLeaving(t *testing.T, leave func(*writer)) {
	dir, moved := t.TempDir(), new(clock)
	a := up(t, Config{Home: filepath.Join(dir, "a"), now: moved.now})
	b := up(t, Config{Home: filepath.Join(dir, "b"), Join: a.status().Web, now: moved.now})
	alice, bob := newWriter(t, a), newWriter(t, a)
	const pixels = "PIXELS-OF-ALICE"
	picture, err := a.blobs.Put(t.Context(), strings.NewReader("GIF89a"+pixels), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	hers := []*record.Bundle{alice.put(alice.note("TEXT-OF-ALICE one", nil)), alice.put(alice.note("TEXT-OF-ALICE two", &picture))}
	his := []*record.Bundle{bob.put(bob.note("TEXT-OF-BOB", nil))}
	eventually(t, "b has all of it", func() bool {
		_, err := b.blobs.Stat(t.Context(), picture.CID)
		return b.shown(t, hers) == len(hers) && b.shown(t, his) == len(his) && err == nil
	})

	hidden := alice.note("TEXT-OF-ALICE kept back", nil) // signed in time, sent by a stranger later
	leave(alice)
	for name, n := range map[string]*running{"a": a, "b": b} { // both, before the clock moves: their days count from here
		eventually(t, name+" hides it", func() bool { return n.shown(t, hers) == 0 })
	}
	if n := b.kept(t, alice.did); n != len(hers) {
		t.Errorf("b has %d of %d already: a thief's departure could not be taken back", n, len(hers))
	}
	if b.shown(t, his) != len(his) {
		t.Error("somebody else's is hidden")
	}
	moved.skip(ingest.SettleAfter + time.Hour)
	for _, n := range []*running{a, b} {
		eventually(t, "it is erased", func() bool { return n.kept(t, alice.did) == 0 })
		eventually(t, "its picture, too", func() bool { _, err := n.blobs.Stat(t.Context(), picture.CID); return err != nil })
	}

	b.replayed(t, bob, append(hers, hidden))
	for _, n := range []*running{a, b} {
		if n.kept(t, alice.did) != 0 {
			t.Error("a peer brought it back")
		}
		n.down()
		for text, want := range map[string]bool{"TEXT-OF-ALICE": false, pixels: false, "TEXT-OF-BOB": true} {
			if got := onDisk(t, filepath.Join(n.cfg.Home, "store"), text); got != want {
				t.Errorf("%s is on the disk of %s: %v", text, n.cfg.Home, got)
			}
		}
	}
}

// replayed has a hostile peer send old records, until the node has taken a new one
// of somebody else's out of the same message.
func (r *running) replayed(t *testing.T, other *writer, old []*record.Bundle) {
	t.Helper()
	stranger := replayer(t, r)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		fresh := other.note("TEXT-OF-BOB beside it", nil)
		var message [][]byte
		for _, b := range append(old[:len(old):len(old)], fresh) {
			message = append(message, b.Bytes())
		}
		for shard := range p2p.DefaultShards {
			if err := stranger.Publish(t.Context(), shard, record.EncodeMessage(message)); err != nil {
				t.Fatal(err)
			}
		}
		if r.shown(t, []*record.Bundle{fresh}) == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the node heard nothing of it")
		}
	}
}
