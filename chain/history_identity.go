package chain

import (
	"context"
	"fmt"
	"math/big"
	"slices"

	"metanet/chain/proof"
	"metanet/contracts/bindings"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// IdentityRecord is what the chain shows an auditor of one identity at block At.
type IdentityRecord struct {
	// As projected from events: the RPC's word until CheckState and CheckKey.
	Events Identity
	Told   proof.Tenures // the same of its owners and homes
	Linked error         // what is wrong with the linked list of its ERC-1056 events, nil if nothing
	At     Block

	// Proven, with the documents that show it: the identity's, its history's, then
	// each key's.
	State     proof.IdentityState
	Tenures   proof.Tenures
	Keys      map[identity.Key]proof.KeyState // those in Events
	Documents []proof.Document
}

// IdentityHistory reads an identity's history up to the prover's block: its
// events, projected as the follower would, and the proven state of whatever these
// speak of. An error wraps proof.ErrProof if that is not shown.
func IdentityHistory(ctx context.Context, p *Prover, k Contracts, did identity.DID) (r IdentityRecord, err error) {
	r.At = p.Block()
	if did.ChainID() != k.ChainID {
		return r, fmt.Errorf("%w: %s is of chain %d", ErrWrongChain, did, did.ChainID())
	}
	who := did.Address()
	logs, err := scanLogs(ctx, p.client, k.Start, r.At.Number, k.IdentityRegistry, [][]common.Hash{nil, {common.BytesToHash(who[:])}})
	if err != nil {
		return r, err
	}
	if r.Events, r.Told, err = projectIdentity(ctx, p.client, k, did, logs); err != nil {
		return r, err
	}
	return r, r.prove(ctx, p, logs)
}

func projectIdentity(ctx context.Context, c *Client, k Contracts, did identity.DID, logs []types.Log) (id Identity, told proof.Tenures, err error) {
	blocks, err := blocksOf(ctx, c, logs)
	if err != nil {
		return id, told, err
	}
	store := newScratch()
	d := newDraft(store, cursor{})
	projector := newProjector(k)
	for i := range logs {
		if err := projector.apply(d, blocks[logs[i].BlockHash], &logs[i]); err != nil {
			return id, told, err
		}
	}
	if err := d.commit(); err != nil {
		return id, told, err
	}
	f := &Follower{contracts: k, raw: store, store: store, cache: newKeyCache()}
	if id, err = f.Identity(ctx, did); err != nil {
		return id, told, err
	}
	told, err = tenures(store, did.Address())
	return id, told, err
}

// tenures lists the owners and homes that were projected.
func tenures(s StateStore, a identity.Address) (t proof.Tenures, err error) {
	epochs, homes := epochFamily.key(a[:]), homeFamily.key(a[:])
	err = s.ScanRange(epochs, prefixEnd(epochs), func(k, v []byte) (bool, error) {
		var e epochEntry
		err := decode(k, v, &e)
		t.Owners = append(t.Owners, proof.OwnerTenure{Owner: e.Owner, Since: e.Since})
		return true, err
	})
	if err != nil {
		return t, err
	}
	err = s.ScanRange(homes, prefixEnd(homes), func(k, v []byte) (bool, error) {
		var h homeEntry
		err := decode(k, v, &h)
		t.Homes = append(t.Homes, proof.HomeTenure{Server: h.Server, Since: h.Since})
		return true, err
	})
	return t, err
}

func (r *IdentityRecord) prove(ctx context.Context, p *Prover, logs []types.Log) error {
	did := r.Events.DID
	state, evidence, err := Prove(ctx, p, proof.Identity(did.Address()))
	if err != nil {
		return err
	}
	r.State = state
	r.Documents = append(r.Documents, proof.Document{Subject: proof.Subject{Fact: proof.OfIdentity, Identity: did}, Block: r.At.Hash, Evidence: evidence})
	if r.Tenures, evidence, err = Prove(ctx, p, proof.History(did.Address())); err != nil {
		return err
	}
	r.Documents = append(r.Documents, proof.Document{Subject: proof.Subject{Fact: proof.OfHistory, Identity: did}, Block: r.At.Hash, Evidence: evidence})
	r.Keys = make(map[identity.Key]proof.KeyState, len(r.Events.Keys))
	for _, rec := range r.Events.Keys {
		key, evidence, err := Prove(ctx, p, proof.Key(did.Address(), rec.Key))
		if err != nil {
			return err
		}
		r.Keys[rec.Key] = key
		r.Documents = append(r.Documents, proof.Document{Subject: proof.Subject{Fact: proof.OfKey, Identity: did, Key: &rec.Key}, Block: r.At.Hash, Evidence: evidence})
	}
	r.Linked = linkedEvents(logs, r.Events.Keys, state.Changed)
	return nil
}

// CheckState compares what the events say of the identity, now and ever, with
// what is proven.
func (r IdentityRecord) CheckState() error {
	e, s := r.Events, r.State
	said := proof.IdentityState{
		Owner: e.Owner, Deactivated: e.Deactivated, Recovery: e.Recovery, Epoch: e.Epoch, Home: e.Home, HomeSince: e.HomeSince,
	}
	if c := e.PendingChange; c != nil {
		said.ChangeKind, said.ChangeTarget, said.ChangeReadyAt = uint8(c.Kind), c.Target, c.ReadyAt
	}
	if t := e.PendingRecovery; t != nil {
		said.TakeoverOwner, said.TakeoverReadyAt = t.NewOwner, t.ReadyAt
	}
	// Not in events: they are proven, and nothing stands against them.
	said.HomeEpoch, said.EpochSince, said.Changed, said.Nonce = s.HomeEpoch, s.EpochSince, s.Changed, s.Nonce
	if said != s {
		return fmt.Errorf("%w: events say %+v, storage holds %+v", ErrInconsistent, said, s)
	}
	if !slices.Equal(r.Told.Owners, r.Tenures.Owners) || !slices.Equal(r.Told.Homes, r.Tenures.Homes) {
		return fmt.Errorf("%w: events say %+v, storage holds %+v", ErrInconsistent, r.Told, r.Tenures)
	}
	return nil
}

// CheckKey compares what the events say of a key with what is proven.
func (r IdentityRecord) CheckKey(rec identity.KeyRecord) error {
	s := r.Keys[rec.Key]
	rec.AddedBlock, rec.EndedBlock, rec.CutOff.Since = 0, 0, 0 // not in storage
	if !s.Known || s.Record(rec.Key) != rec {
		return fmt.Errorf("%w: %s: events say %+v; storage holds %+v", ErrInconsistent, rec.Key, rec, s)
	}
	return nil
}

// linkedEvents follows the linked list of an identity's ERC-1056 events, whose
// end is proven. Every change of a key is in it, so an RPC that withholds the
// last of them, or any without altering others, is found out.
func linkedEvents(logs []types.Log, keys []identity.KeyRecord, changed uint64) error {
	registry := bindings.NewIdentityRegistry()
	var last uint64
	published := map[identity.Key]bool{}
	for i := range logs {
		previous, key, ok := erc1056(registry, &logs[i])
		if !ok {
			continue
		}
		if !previous.IsUint64() || previous.Uint64() != last {
			return fmt.Errorf("%w: the event in block %d follows one of block %s, before it came block %d's", ErrInconsistent, logs[i].BlockNumber, previous, last)
		}
		last = logs[i].BlockNumber
		if key != nil {
			published[*key] = true
		}
	}
	if last != changed {
		return fmt.Errorf("%w: the last event is of block %d, storage says %d", ErrInconsistent, last, changed)
	}
	for _, k := range keys {
		if !published[k.Key] {
			return fmt.Errorf("%w: key %s is in no ERC-1056 event", ErrInconsistent, k.Key)
		}
		delete(published, k.Key)
	}
	for k := range published {
		return fmt.Errorf("%w: key %s was published and never added", ErrInconsistent, k)
	}
	return nil
}

// keyAttribute is the ERC-1056 name under which keys are published; the registry
// keeps it to itself.
var keyAttribute = [32]byte([]byte("did/pub/Ed25519/veriKey\x00\x00\x00\x00\x00\x00\x00\x00\x00"))

// erc1056 reads an ERC-1056 event: the block of the one before and, if it
// publishes one, the key. Keys that nodes ignore for ever are no keys here.
func erc1056(registry *bindings.IdentityRegistry, log *types.Log) (previous *big.Int, key *identity.Key, ok bool) {
	if e, err := registry.UnpackDIDAttributeChangedEvent(log); err == nil {
		if k, err := identity.ParseKey(e.Value); err == nil && e.Name == keyAttribute {
			key = &k
		}
		return e.PreviousChange, key, true
	}
	if e, err := registry.UnpackDIDDelegateChangedEvent(log); err == nil {
		return e.PreviousChange, nil, true
	}
	if e, err := registry.UnpackDIDOwnerChangedEvent(log); err == nil {
		return e.PreviousChange, nil, true
	}
	return nil, nil, false
}
