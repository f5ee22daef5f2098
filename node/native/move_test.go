package native_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/ingest"
)

type states struct{ db *store.DB }

func (s states) States(did identity.DID, after record.Path, fn func([]store.Stored) (bool, error)) error {
	return store.States(s.db, did, after, fn)
}

// mover writes down what it is asked.
type mover struct{ *world }

func (w mover) Status(_ context.Context, did identity.DID) (any, error) { return w.move("status", did) }

func (w mover) move(step string, did identity.DID) (any, error) {
	w.moved = append(w.moved, fmt.Sprintf("%s %s", step, did))
	return m{"step": step}, w.relayErr
}

func (w mover) Begin(_ context.Context, did identity.DID) (any, error) { return w.move("begin", did) }
func (w mover) Bring(_ context.Context, did identity.DID, archive []*record.Bundle) (any, error) {
	return w.move(fmt.Sprint("bring ", len(archive)), did)
}
func (w mover) Restore(_ context.Context, did identity.DID, late bool) (any, error) {
	return w.move(fmt.Sprint("restore ", late), did)
}
func (w mover) Stand(_ context.Context, did identity.DID, keys []identity.Key, before time.Time) (any, error) {
	return w.move(fmt.Sprint("stand by ", len(keys), " ", before.UTC().Format(time.DateOnly)), did)
}

func TestMoveIsForTheSignedIn(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	b := w.bundle(alice.DID, newDevice(t), w.Clock.Next(), w.postValue("mine"))
	message := record.EncodeMessage([][]byte{b.Bytes()})
	key := newDevice(t).Public()
	for _, row := range []struct {
		do   func(token string) int
		want string
	}{
		{func(token string) int { return w.Post("net.metanet.move.begin", token, m{}).Status }, "begin"},
		{func(token string) int { return w.Post("net.metanet.move.restore", token, m{"late": true}).Status }, "restore true"},
		{func(token string) int {
			return w.Do("POST", "/xrpc/net.metanet.move.bring", token, "application/vnd.metanet.bundles+cbor", message).Status
		}, "bring 1"},
		{func(token string) int {
			return w.Post("net.metanet.identity.standBy", token, m{"keys": []any{key}, "before": "2026-01-02T03:04:05Z"}).Status
		}, "stand by 1 2026-01-02"},
	} {
		if got := row.do(""); got != http.StatusUnauthorized {
			t.Errorf("%s without a token: %d", row.want, got)
		}
		if got := row.do(alice.Access); got != http.StatusOK || w.moved[len(w.moved)-1] != row.want+" "+string(alice.DID) {
			t.Errorf("%d, did %q, want %q", got, w.moved, row.want)
		}
	}
	if r := w.Post("net.metanet.identity.standBy", alice.Access, m{"keys": []any{}}); r.Status != 400 {
		t.Errorf("by no key: %d", r.Status)
	}
	if r := w.Do("POST", "/xrpc/net.metanet.move.bring", alice.Access, "application/vnd.metanet.bundles+cbor", []byte("?")); r.Status != 400 {
		t.Errorf("no message: %d %s", r.Status, r.Body)
	}
}

// Anybody can take a copy of somebody's records, whole and in pages.
func TestExport(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	d := newDevice(t)
	w.Chain.Authorise(alice.DID, d.Public(), identity.PurposeDevice)
	want := make(map[string]bool)
	var candidates []ingest.Candidate
	for i := range 600 {
		b := w.bundle(alice.DID, d, w.Clock.Next(), w.postValue(fmt.Sprint("number ", i)))
		want[b.ID.String()] = true
		candidates = append(candidates, ingest.Candidate{Origin: ingest.Sync, Bundle: b})
	}
	if _, err := w.Door.Submit(t.Context(), candidates); err != nil {
		t.Fatal(err)
	}
	pages, after := 0, ""
	for {
		r := w.Get("/xrpc/net.metanet.repo.export?did="+string(alice.DID)+"&after="+after, "")
		if r.Status != 200 {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		bundles, _, err := record.DecodeMessage(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range bundles {
			if !want[b.ID.String()] {
				t.Errorf("%s came twice, or is nobody's", b.ID)
			}
			delete(want, b.ID.String())
		}
		pages++
		if after = r.Header.Get("Metanet-Next"); after == "" {
			break
		}
	}
	if len(want) > 0 || pages != 3 {
		t.Errorf("%d records missing after %d pages", len(want), pages)
	}
	nobody := w.NewWallet()
	if r := w.Get("/xrpc/net.metanet.repo.export?did="+string(nobody.DID), ""); r.Status != 204 {
		t.Errorf("of nobody: %d", r.Status)
	}
	if r := w.Get("/xrpc/net.metanet.repo.export?did="+string(alice.DID)+"&after=%00", ""); r.Status != 400 {
		t.Errorf("bad path: %d", r.Status)
	}
}
