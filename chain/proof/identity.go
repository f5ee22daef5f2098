package proof

import (
	"math/big"

	"metanet/contracts/bindings"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
)

// IdentityState is what IdentityRegistry holds of an identity, its keys apart.
type IdentityState struct {
	Owner       identity.Address `json:"owner"` // zero once deactivated
	Deactivated bool             `json:"deactivated"`
	Recovery    identity.Address `json:"recovery"` // zero: none
	Epoch       uint32           `json:"epoch"`
	EpochSince  uint64           `json:"epochSince"` // Unix seconds; 0 in epoch 0
	Home        uint64           `json:"home"`       // server; 0: none
	HomeEpoch   uint32           `json:"homeEpoch"`
	HomeSince   uint64           `json:"homeSince"`
	Changed     uint64           `json:"changed"` // block of the last ERC-1056 event, 0: there was none
	Nonce       uint64           `json:"nonce"`

	// What waits because there is a recovery address: the owner's change (kind 1
	// owner, 2 recovery, 3 deactivation; 0: none) and the takeover.
	ChangeKind      uint8            `json:"changeKind"`
	ChangeTarget    identity.Address `json:"changeTarget"`
	ChangeReadyAt   uint64           `json:"changeReadyAt"`
	TakeoverOwner   identity.Address `json:"takeoverOwner"` // zero: none
	TakeoverReadyAt uint64           `json:"takeoverReadyAt"`
}

// Identity is what IdentityRegistry holds of an identity.
func Identity(who identity.Address) Fact[IdentityState] {
	a := common.Address(who)
	return Fact[IdentityState]{bindings.DeployedPlaces().IdentityRegistry, func(w words) (s IdentityState, err error) {
		first := bindings.AccountSlots(a)
		got, err := w(first[0], first[1], bindings.ChangeSlot(a), bindings.TakeoverSlot(a))
		if err != nil {
			return s, err
		}
		account := bindings.DecodeAccount([2]common.Hash(got[:2]))
		change, takeover := bindings.DecodeChange(got[2]), bindings.DecodeTakeover(got[3])
		s = IdentityState{
			Owner: owner(who, account), Deactivated: account.Deactivated, Recovery: identity.Address(account.Recovery),
			Epoch: account.Epoch, HomeEpoch: account.HomeEpoch, Changed: account.Changed, Nonce: account.Nonce,
			ChangeKind: change.Kind, ChangeTarget: identity.Address(change.Target), ChangeReadyAt: change.ReadyAt,
			TakeoverOwner: identity.Address(takeover.NewOwner), TakeoverReadyAt: takeover.ReadyAt,
		}
		if s.Epoch > 0 {
			since, err := w(bindings.EpochSlot(a, s.Epoch))
			if err != nil {
				return s, err
			}
			s.EpochSince = bindings.DecodeEpoch(since[0]).Since
		}
		if s.HomeEpoch > 0 {
			home, err := w(bindings.HomeSlot(a, s.HomeEpoch))
			if err != nil {
				return s, err
			}
			h := bindings.DecodeHome(home[0])
			s.Home, s.HomeSince = server(h.Server), h.Since
		}
		return s, nil
	}}
}

// owner is whose an identity is: at first its own.
func owner(who identity.Address, a bindings.Account) identity.Address {
	if a.Owner == (common.Address{}) && !a.Deactivated {
		return who
	}
	return identity.Address(a.Owner)
}

// KeyState is what IdentityRegistry holds of one key of an identity.
type KeyState struct {
	Known     bool             `json:"known"` // false: the key was never added; all else is zero
	Purpose   identity.Purpose `json:"purpose"`
	AddedAt   uint64           `json:"addedAt"`   // Unix seconds, as all times
	Expiry    uint64           `json:"expiry"`    // 0: none
	EndedAt   uint64           `json:"endedAt"`   // revoked, or its epoch or, if hosted, home epoch ended; 0: has not
	RevokedAt uint64           `json:"revokedAt"` // 0: not by itself
	Epoch     uint32           `json:"epoch"`     // in which it was added
	HomeEpoch uint32           `json:"homeEpoch"`
	CutOff    CutOff           `json:"cutOff"`
}

// CutOff disowns what a key signed from leaf Size of a server's log on.
type CutOff struct {
	Server uint64 `json:"server"`
	Size   uint64 `json:"size"`
	SetAt  uint64 `json:"setAt"` // 0: there is none
}

// Record is the key as identity.Count takes it. Storage keeps no block numbers, and
// not when a cut-off's position was first anchored: those stay zero.
func (s KeyState) Record(key identity.Key) identity.KeyRecord {
	return identity.KeyRecord{
		Key: key, Purpose: s.Purpose, AddedAt: s.AddedAt, Expiry: s.Expiry, EndedAt: s.EndedAt, Revoked: s.RevokedAt != 0,
		CutOff: identity.CutOff{Server: s.CutOff.Server, Size: s.CutOff.Size, SetAt: s.CutOff.SetAt},
	}
}

// Key is what IdentityRegistry holds of one key of an identity.
func Key(who identity.Address, key identity.Key) Fact[KeyState] {
	a := common.Address(who)
	return Fact[KeyState]{bindings.DeployedPlaces().IdentityRegistry, func(w words) (s KeyState, err error) {
		first := bindings.AccountSlots(a)
		got, err := w(first[1], bindings.KeySlot(a, key), bindings.CutOffSlot(a, key))
		if err != nil {
			return s, err
		}
		k := bindings.DecodeKey(got[1])
		if k.AddedAt == 0 {
			return s, nil
		}
		cut := bindings.DecodeCutOff(got[2])
		s = KeyState{
			Known: true, Purpose: identity.Purpose(k.Purpose), AddedAt: k.AddedAt, Expiry: k.Expiry, RevokedAt: k.RevokedAt, EndedAt: k.RevokedAt,
			Epoch: k.Epoch, HomeEpoch: k.HomeEpoch, CutOff: CutOff{server(cut.Server), cut.Size, cut.SetAt},
		}
		return s, s.end(w, a, bindings.DecodeAccount([2]common.Hash{1: got[0]}))
	}}
}

// end works out when the key ended with its epoch or, if hosted, its home epoch:
// when the next one began, where there is a next one.
func (s *KeyState) end(w words, a common.Address, now bindings.Account) error {
	ended := func(at uint64) {
		if at != 0 && (s.EndedAt == 0 || at < s.EndedAt) {
			s.EndedAt = at
		}
	}
	if s.Epoch < now.Epoch {
		next, err := w(bindings.EpochSlot(a, s.Epoch+1))
		if err != nil {
			return err
		}
		ended(bindings.DecodeEpoch(next[0]).Since)
	}
	if s.Purpose == identity.PurposeHosted && s.HomeEpoch < now.HomeEpoch {
		next, err := w(bindings.HomeSlot(a, s.HomeEpoch+1))
		if err != nil {
			return err
		}
		ended(bindings.DecodeHome(next[0]).Since)
	}
	return nil
}

// server is a server's number; the registry counts from 1, so one beyond 64 bits
// is none.
func server(n *big.Int) uint64 {
	if !n.IsUint64() {
		return 0
	}
	return n.Uint64()
}

// Tenures are all owners and homes that an identity ever had, in order. Of epoch
// 0 nothing is stored: then it was its own and had no home.
type Tenures struct {
	Owners []OwnerTenure `json:"owners"`
	Homes  []HomeTenure  `json:"homes"`
}

// OwnerTenure is the begin of an owner epoch; it ended when the next one began.
type OwnerTenure struct {
	Owner identity.Address `json:"owner"` // zero: deactivated
	Since uint64           `json:"since"`
}

// HomeTenure is the begin of a home epoch; it ended when the next one began.
type HomeTenure struct {
	Server uint64 `json:"server"` // 0: none
	Since  uint64 `json:"since"`
}

// readAtOnce bounds the slots of one question; go-ethereum answers 1,024.
const readAtOnce = 256

// History is all owners and homes that an identity ever had.
func History(who identity.Address) Fact[Tenures] {
	a := common.Address(who)
	return Fact[Tenures]{bindings.DeployedPlaces().IdentityRegistry, func(w words) (t Tenures, err error) {
		got, err := w(bindings.AccountSlots(a)[1])
		if err != nil {
			return t, err
		}
		account := bindings.DecodeAccount([2]common.Hash{1: got[0]})
		epochs, err := each(w, account.Epoch, func(n uint32) common.Hash { return bindings.EpochSlot(a, n) })
		if err != nil {
			return t, err
		}
		for _, word := range epochs {
			e := bindings.DecodeEpoch(word)
			t.Owners = append(t.Owners, OwnerTenure{identity.Address(e.Owner), e.Since})
		}
		homes, err := each(w, account.HomeEpoch, func(n uint32) common.Hash { return bindings.HomeSlot(a, n) })
		if err != nil {
			return t, err
		}
		for _, word := range homes {
			h := bindings.DecodeHome(word)
			t.Homes = append(t.Homes, HomeTenure{server(h.Server), h.Since})
		}
		return t, nil
	}}
}

// each reads the slots 1 to n, some at a time.
func each(w words, n uint32, slot func(uint32) common.Hash) (all []common.Hash, err error) {
	for at := uint32(0); at < n; {
		var slots []common.Hash
		for ; at < n && len(slots) < readAtOnce; at++ {
			slots = append(slots, slot(at+1))
		}
		some, err := w(slots...)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}
