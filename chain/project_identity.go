package chain

import (
	"metanet/contracts/bindings"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
)

// changeIdentity updates an identity's entry and notes the change.
func changeIdentity(d *draft, at Block, who common.Address, f func(*identityEntry)) error {
	a := address(who)
	d.touch(subjectOfIdentity(a))
	e, err := identityOf(d, a)
	if err != nil {
		return err
	}
	f(&e)
	e.ChangedBlock, e.ChangedAt = at.Number, at.Time
	return d.put(identityKey(a), e)
}

// identityOf is an identity's entry; at first everybody owns themselves.
func identityOf(s reader, a identity.Address) (identityEntry, error) {
	e, found, err := load[identityEntry](s, identityKey(a))
	if !found {
		e.Owner = a
	}
	return e, err
}

func unchanged(*identityEntry) {}

// keyAdded ignores, for ever, what is no acceptable Ed25519 key: a small-order
// point would let anybody speak.
func keyAdded(d *draft, at Block, e *bindings.IdentityRegistryKeyAdded) error {
	key, err := identity.ParseKey(e.Key[:])
	if err != nil {
		return nil
	}
	entry := keyEntry{
		Purpose: e.Purpose, Epoch: e.Epoch, HomeEpoch: e.HomeEpoch, Expiry: e.Expiry,
		AddedAt: at.Time, AddedBlock: at.Number,
	}
	if err := d.put(keyKey(address(e.Identity), key), entry); err != nil {
		return err
	}
	return changeIdentity(d, at, e.Identity, unchanged)
}

// changeKey updates a key that we have; others were ignored when added.
func changeKey(d *draft, at Block, who common.Address, raw [32]byte, f func(*keyEntry)) error {
	k := keyKey(address(who), identity.Key(raw))
	e, found, err := load[keyEntry](d, k)
	if err != nil || !found {
		return err
	}
	f(&e)
	if err := d.put(k, e); err != nil {
		return err
	}
	return changeIdentity(d, at, who, unchanged)
}

func keyRenewed(d *draft, at Block, e *bindings.IdentityRegistryKeyRenewed) error {
	return changeKey(d, at, e.Identity, e.Key, func(k *keyEntry) { k.Expiry = e.Expiry })
}

func keyRevoked(d *draft, at Block, e *bindings.IdentityRegistryKeyRevoked) error {
	return changeKey(d, at, e.Identity, e.Key, func(k *keyEntry) { k.RevokedAt, k.RevokedIn = e.RevokedAt, at.Number })
}

func keyCutOff(d *draft, at Block, e *bindings.IdentityRegistryKeyCutOff) error {
	return changeKey(d, at, e.Identity, e.Key, func(k *keyEntry) {
		k.CutOff = cutOff{Server: number(e.Server), Size: e.Size, SetAt: at.Time}
	})
}

func homeChanged(d *draft, at Block, e *bindings.IdentityRegistryHomeChanged) error {
	a, server := address(e.Identity), number(e.Server)
	id, err := identityOf(d, a)
	if err != nil {
		return err
	}
	if err := next("home epoch", e.HomeEpoch, id.HomeEpoch+1); err != nil {
		return err
	}
	if err := d.put(homeKey(a, e.HomeEpoch), homeEntry{Server: server, Since: at.Time, From: at.Number}); err != nil {
		return err
	}
	return changeIdentity(d, at, e.Identity, func(id *identityEntry) { id.Home, id.HomeEpoch = server, e.HomeEpoch })
}

// epochStarted is how every change of owner shows, and the end of all keys.
func epochStarted(d *draft, at Block, e *bindings.IdentityRegistryEpochStarted) error {
	a, owner := address(e.Identity), address(e.Owner)
	id, err := identityOf(d, a)
	if err != nil {
		return err
	}
	if err := next("epoch", e.Epoch, id.Epoch+1); err != nil {
		return err
	}
	if err := d.put(epochKey(a, e.Epoch), epochEntry{Owner: owner, Since: at.Time, From: at.Number}); err != nil {
		return err
	}
	return changeIdentity(d, at, e.Identity, func(id *identityEntry) {
		id.Owner, id.Epoch, id.Deactivated = owner, e.Epoch, owner.IsZero()
	})
}

// recoveryChanged voids what was pending: the contract emits it whenever a
// recovery address comes or goes, by whatever way.
func recoveryChanged(d *draft, at Block, e *bindings.IdentityRegistryRecoveryChanged) error {
	return changeIdentity(d, at, e.Identity, func(id *identityEntry) {
		id.Recovery, id.Change, id.Takeover = address(e.Recovery), pendingChange{}, pendingTakeover{}
	})
}

func changeStarted(d *draft, at Block, e *bindings.IdentityRegistryChangeStarted) error {
	return changeIdentity(d, at, e.Identity, func(id *identityEntry) {
		id.Change = pendingChange{Kind: e.Kind, Target: address(e.Target), ReadyAt: e.ReadyAt}
	})
}

func changeCancelled(d *draft, at Block, e *bindings.IdentityRegistryChangeCancelled) error {
	return changeIdentity(d, at, e.Identity, func(id *identityEntry) { id.Change = pendingChange{} })
}

func recoveryStarted(d *draft, at Block, e *bindings.IdentityRegistryRecoveryStarted) error {
	return changeIdentity(d, at, e.Identity, func(id *identityEntry) {
		id.Takeover = pendingTakeover{NewOwner: address(e.NewOwner), ReadyAt: e.ReadyAt, Cancellable: e.Cancellable}
	})
}

func recoveryCancelled(d *draft, at Block, e *bindings.IdentityRegistryRecoveryCancelled) error {
	return changeIdentity(d, at, e.Identity, func(id *identityEntry) { id.Takeover = pendingTakeover{} })
}

func recoveryFinished(d *draft, at Block, e *bindings.IdentityRegistryRecoveryFinished) error {
	return changeIdentity(d, at, e.Identity, func(id *identityEntry) { id.Takeover = pendingTakeover{} })
}
