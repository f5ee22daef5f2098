package custody

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"metanet/content/store"
	"metanet/identity"
	"metanet/identity/keyring"
)

var wallet = identity.Address{0xaa}

// world is custody over the real ring and store; the chain is the test's, with the
// contract's rules as far as they matter here.
type world struct {
	unfinal bool // what the chain says may be taken back
	*Custody
	t        *testing.T
	clock    time.Time
	ring     *keyring.Ring
	owners   map[identity.DID]identity.Address
	keys     map[identity.DID][]identity.KeyRecord
	away     error // what every transaction answers
	orders   []string
	prepared []Enrolment
	crash    string // an order that is carried out, with its answer lost
	endorsed []identity.Key
	settled  int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := store.Open("", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w := &world{
		t: t, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		owners: map[identity.DID]identity.Address{}, keys: map[identity.DID][]identity.KeyRecord{},
	}
	if w.ring, err = keyring.Open(t.TempDir(), db.Space("keyring")); err != nil {
		t.Fatal(err)
	}
	w.Custody = New(Config{
		KV: db.Space("custody"), Ring: w.ring, Chain: w, Relay: w, Endorser: w, ChainID: 0x7a69,
		Settle: func(context.Context, identity.DID) error { w.settled++; return nil },
		Now:    func() time.Time { return w.clock }, Logger: slog.New(slog.DiscardHandler),
	})
	return w
}

func (w *world) OwnerOf(_ context.Context, did identity.DID) (identity.Address, error) {
	if o, ok := w.owners[did]; ok {
		return o, nil
	}
	return did.Address(), nil
}

func (w *world) Final(context.Context, identity.DID) (bool, error) { return !w.unfinal, nil }

func (w *world) Keys(_ context.Context, did identity.DID) ([]identity.KeyRecord, error) {
	return slices.Clone(w.keys[did]), nil
}

var errLost = errors.New("answer lost")

func (w *world) order(name string, do func()) error {
	if w.away != nil {
		return w.away
	}
	w.orders = append(w.orders, name)
	do()
	if w.crash == name {
		w.crash = ""
		return errLost
	}
	return nil
}

func (w *world) add(did identity.DID, key identity.Key, p identity.Purpose, expires time.Time) {
	w.keys[did] = append(w.keys[did], identity.KeyRecord{Key: key, Purpose: p, AddedAt: uint64(w.clock.Unix()), Expiry: uint64(expires.Unix())})
}

func (w *world) Enrol(_ context.Context, o *keyring.OwnerKey, hosted identity.Key, expires time.Time) error {
	return w.order("enrol", func() { w.add(o.DID(), hosted, identity.PurposeHosted, expires) })
}

func (w *world) Renew(_ context.Context, o *keyring.OwnerKey, key identity.Key, expires time.Time) error {
	return w.order("renew", func() {
		for i := range w.keys[o.DID()] {
			if k := &w.keys[o.DID()][i]; k.Key == key {
				k.Expiry = uint64(expires.Unix())
			}
		}
	})
}

func (w *world) ChangeOwner(_ context.Context, o *keyring.OwnerKey, to identity.Address) error {
	return w.order("changeOwner", func() {
		w.owners[o.DID()] = to
		for i := range w.keys[o.DID()] {
			w.keys[o.DID()][i].EndedAt = uint64(w.clock.Unix())
		}
	})
}

// The typed data of these tests is the number of an enrolment, the signature its
// signer.
func (w *world) PrepareEnrolment(_ context.Context, e Enrolment) (json.RawMessage, time.Time, error) {
	w.prepared = append(w.prepared, e)
	data, err := json.Marshal(len(w.prepared) - 1)
	return data, w.clock.Add(time.Hour), err
}

func (w *world) enrolment(typed json.RawMessage) Enrolment {
	w.t.Helper()
	var i int
	if err := json.Unmarshal(typed, &i); err != nil {
		w.t.Fatal(err)
	}
	return w.prepared[i]
}

var errSigner = errors.New("signed by another")

func (w *world) CheckEnrolment(_ context.Context, who identity.Address, typed json.RawMessage, sig []byte) (e Enrolment, err error) {
	if identity.Address(sig) != who {
		return e, errSigner
	}
	return w.enrolment(typed), nil
}

func (w *world) Submit(_ context.Context, did identity.DID, typed json.RawMessage, sig []byte) error {
	if w.owners[did] != identity.Address(sig) {
		w.t.Error("the enrolment was sent before the change of owner")
	}
	return w.order("submit", func() {
		e := w.enrolment(typed)
		w.add(did, e.Device, identity.PurposeDevice, e.Expires)
		w.add(did, e.Hosted, identity.PurposeHosted, e.Expires)
	})
}

func (w *world) Endorse(_ context.Context, did identity.DID, former []identity.Key) (int, error) {
	if live := liveAmong(w.keys[did], w.ours(did), w.clock); live == nil {
		return 0, errors.New("no hosted key")
	}
	w.endorsed = former
	return len(former), nil
}

func (w *world) ours(did identity.DID) []identity.Key {
	w.t.Helper()
	keys, err := w.ring.HostedKeys(w.t.Context(), did)
	if err != nil {
		w.t.Fatal(err)
	}
	return keys
}

func (w *world) adopt() identity.DID {
	w.t.Helper()
	did, err := w.Create(w.t.Context())
	if err == nil {
		err = w.Adopt(w.t.Context(), did)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return did
}

func (w *world) ordered(want ...string) {
	w.t.Helper()
	if !slices.Equal(w.orders, want) {
		w.t.Errorf("ordered %v, want %v", w.orders, want)
	}
	w.orders = nil
}

func TestRenewal(t *testing.T) {
	w := newWorld(t)
	did := w.adopt()
	w.ordered("enrol")
	key := w.keys[did][0].Key
	w.Tick(t.Context())
	w.clock = w.clock.Add(KeyLifetime - RenewBefore - time.Minute)
	w.Tick(t.Context())
	w.ordered() // not before it is due
	w.away = errors.New("chain away")
	w.clock = w.clock.Add(2 * time.Minute)
	w.Tick(t.Context())
	w.away = nil
	w.Tick(t.Context())
	w.Tick(t.Context())
	w.ordered("renew")
	if k := w.keys[did]; len(k) != 1 || k[0].Key != key || !k[0].Live(w.clock.Add(KeyLifetime-time.Minute)) {
		t.Errorf("the same key, for another year: %+v", k)
	}
	// A server that was off for too long starts with a new key.
	w.clock = w.clock.Add(2 * KeyLifetime)
	w.Tick(t.Context())
	w.ordered("enrol")
	if k := w.keys[did]; len(k) != 2 || k[1].Key == key {
		t.Errorf("an ended key is never added again: %+v", k)
	}
}

func TestChainAwayAtSignUp(t *testing.T) {
	w := newWorld(t)
	w.away = errors.New("chain away")
	did, err := w.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Adopt(t.Context(), did); !errors.Is(err, w.away) {
		t.Fatal(err)
	}
	w.away = nil
	w.Tick(t.Context())
	w.ordered("enrol")
}

func TestSignUpsAreBounded(t *testing.T) {
	w := newWorld(t)
	made := 0
	for ; made < 1000; made++ {
		if _, err := w.Create(t.Context()); err != nil {
			if !errors.Is(err, ErrQuota) {
				t.Fatal(err)
			}
			break
		}
	}
	if made != DefaultPerDay/10 {
		t.Errorf("%d at once", made)
	}
	w.clock = w.clock.Add(24 * time.Hour / DefaultPerDay)
	if _, err := w.Create(t.Context()); err != nil {
		t.Errorf("later: %v", err)
	}
	w.ordered() // nothing is paid before there is an account
}

func TestDiscard(t *testing.T) {
	w := newWorld(t)
	did, err := w.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Discard(t.Context(), did); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ring.Owner(t.Context(), did); !errors.Is(err, keyring.ErrNoKey) {
		t.Errorf("kept: %v", err)
	}
	adopted := w.adopt()
	if err := w.Discard(t.Context(), adopted); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ring.Owner(t.Context(), adopted); err != nil {
		t.Errorf("an adopted identity's key was thrown away: %v", err)
	}
}

func (w *world) prepare(did identity.DID) json.RawMessage {
	w.t.Helper()
	typed, _, err := w.PrepareTakeOver(w.t.Context(), did, wallet, identity.Key{0xde})
	if err != nil {
		w.t.Fatal(err)
	}
	return typed
}

func TestTakeOver(t *testing.T) {
	w := newWorld(t)
	did := w.adopt()
	former := w.keys[did][0].Key
	w.orders, w.unfinal = nil, true
	typed := w.prepare(did)
	w.ordered()
	if done, err := w.TakeOver(t.Context(), did, wallet, typed, wallet[:]); !done || err != nil {
		t.Fatal(done, err)
	}
	w.ordered("changeOwner", "submit")
	if !slices.Equal(w.endorsed, []identity.Key{former}) || w.settled < 2 {
		t.Errorf("endorsed %v, settled %d", w.endorsed, w.settled)
	}
	if kept, err := w.Keeps(t.Context(), did); kept || err != nil {
		t.Errorf("still in custody: %v %v", kept, err)
	}
	if _, err := w.ring.Owner(t.Context(), did); err != nil {
		t.Errorf("forgotten before the chain can be final: %v", err)
	}
	w.clock = w.clock.Add(1000 * time.Hour) // no clock replaces finality
	w.Tick(t.Context())
	if _, err := w.ring.Owner(t.Context(), did); err != nil {
		t.Errorf("forgotten before the chain is final: %v", err)
	}
	w.unfinal = false
	w.Tick(t.Context())
	w.ordered()
	if _, err := w.ring.Owner(t.Context(), did); !errors.Is(err, keyring.ErrNoKey) {
		t.Errorf("the owner key is kept: %v", err)
	}
	if _, _, err := w.PrepareTakeOver(t.Context(), did, wallet, identity.Key{}); !errors.Is(err, ErrNotKept) {
		t.Errorf("taken over again: %v", err)
	}
}

// Wherever it is interrupted, a take-over goes on; nothing is ordered twice.
func TestInterruptedTakeOver(t *testing.T) {
	for _, at := range []string{"changeOwner", "submit"} {
		t.Run(at, func(t *testing.T) {
			w := newWorld(t)
			did := w.adopt()
			w.orders = nil
			w.crash = at
			if _, err := w.TakeOver(t.Context(), did, wallet, w.prepare(did), wallet[:]); at == "changeOwner" && !errors.Is(err, errLost) {
				t.Fatal(err)
			}
			w.Tick(t.Context())
			w.Tick(t.Context())
			w.ordered("changeOwner", "submit")
			if w.endorsed == nil {
				t.Error("the records are lost")
			}
			if going, err := w.UnderWay(t.Context(), did); going || err != nil {
				t.Error(going, err)
			}
		})
	}
}

func TestTakeOverWaitsForTheChain(t *testing.T) {
	w := newWorld(t)
	did := w.adopt()
	w.orders = nil
	typed := w.prepare(did)
	w.away = errors.New("chain away")
	if done, err := w.TakeOver(t.Context(), did, wallet, typed, wallet[:]); done || !errors.Is(err, w.away) {
		t.Fatal(done, err)
	}
	if going, _ := w.UnderWay(t.Context(), did); !going {
		t.Error("not written down")
	}
	if _, err := w.TakeOver(t.Context(), did, identity.Address{0xbb}, typed, wallet[:]); !errors.Is(err, ErrUnderWay) {
		t.Errorf("another wallet meanwhile: %v", err)
	}
	w.away = nil
	w.Tick(t.Context())
	w.ordered("changeOwner", "submit")
}

// After a reorganisation that undid the change, it is ordered again.
func TestReorganisedTakeOver(t *testing.T) {
	w := newWorld(t)
	did := w.adopt()
	before := slices.Clone(w.keys[did])
	w.orders = nil
	if _, err := w.TakeOver(t.Context(), did, wallet, w.prepare(did), wallet[:]); err != nil {
		t.Fatal(err)
	}
	delete(w.owners, did)
	w.keys[did] = before
	w.Tick(t.Context())
	w.ordered("changeOwner", "submit", "changeOwner", "submit")
}

func TestRefusedTakeOver(t *testing.T) {
	for name, try := range map[string]struct {
		do   func(w *world, did identity.DID) error
		want error
	}{
		"another signed": {func(w *world, did identity.DID) error {
			_, err := w.TakeOver(w.t.Context(), did, wallet, w.prepare(did), make([]byte, 20))
			return err
		}, errSigner},
		"another identity's enrolment": {func(w *world, did identity.DID) error {
			_, err := w.TakeOver(w.t.Context(), did, wallet, w.prepare(w.adopt()), wallet[:])
			return err
		}, ErrTakeOver},
		"a key that isn't ours": {func(w *world, did identity.DID) error {
			typed, _, _ := w.PrepareEnrolment(w.t.Context(), Enrolment{DID: did, Hosted: identity.Key{9}})
			_, err := w.TakeOver(w.t.Context(), did, wallet, typed, wallet[:])
			return err
		}, ErrTakeOver},
		"to the kept key": {func(w *world, did identity.DID) error {
			_, _, err := w.PrepareTakeOver(w.t.Context(), did, did.Address(), identity.Key{})
			return err
		}, ErrTakeOver},
		"an identity of a wallet's": {func(w *world, _ identity.DID) error {
			_, _, err := w.PrepareTakeOver(w.t.Context(), identity.NewDID(0x7a69, wallet), identity.Address{0xbb}, identity.Key{})
			return err
		}, ErrNotKept},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			did := w.adopt()
			if err := try.do(w, did); !errors.Is(err, try.want) {
				t.Errorf("%v, want %v", err, try.want)
			}
			if slices.Contains(w.orders, "changeOwner") {
				t.Error("the owner was changed")
			}
		})
	}
}
