package chain

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"metanet/identity"
)

// PrepareNext makes the typed data of what a *new* owner orders first, to be
// signed before the change of owner is sent: what would happen to the identity's
// keys in between is settled beforehand. A change of owner uses one nonce, and the
// epoch that it begins another (IdentityState._startEpoch), so the new owner's
// first is the present one plus two. Should the owner do anything else before,
// the signature is void. It can't be tried out: its authority is yet to come.
func (o *Operations) PrepareNext(ctx context.Context, op Operation) (td apitypes.TypedData, err error) {
	f, _, err := o.direct(op)
	if err != nil {
		return td, err
	}
	nonce, err := o.nextOwnersNonce(ctx, op.Identity)
	if err != nil {
		return td, err
	}
	head, err := o.client.Head(ctx)
	if err != nil {
		return td, err
	}
	deadline := max(uint64(o.now().Unix()), head.Time) + uint64(SignatureLifetime/time.Second)
	return f.typedData(o.contracts, f.values(op, nonce, deadline)), nil
}

func (o *Operations) nextOwnersNonce(ctx context.Context, did identity.DID) (*big.Int, error) {
	nonce, err := ask(ctx, o, o.registry.PackNonce(common.Address(did.Address())), o.registry.UnpackNonce)
	if err != nil {
		return nil, err
	}
	return nonce.Add(nonce, big.NewInt(2)), nil
}

// CheckNext says what td orders: that it is what PrepareNext would make now, for
// the same nonce and not too late, and that the owner to be has signed it.
func (o *Operations) CheckNext(ctx context.Context, td apitypes.TypedData, who identity.Address, sig []byte) (Operation, error) {
	f, values, err := parse(o.forms, o.contracts, td)
	if err != nil {
		return Operation{}, err
	}
	op := f.operation(o.contracts, values)
	nonce, err := o.nextOwnersNonce(ctx, op.Identity)
	if err != nil {
		return Operation{}, err
	}
	for i, arg := range f.args {
		switch n, _ := values[i].(*big.Int); {
		case arg.Name == "nonce" && n.Cmp(nonce) != 0:
			return Operation{}, fmt.Errorf("%w: the identity has changed since it was prepared", ErrTypedData)
		case arg.Name == "deadline" && n.Cmp(big.NewInt(o.now().Unix())) <= 0:
			return Operation{}, fmt.Errorf("%w: its deadline has passed", ErrTypedData)
		}
	}
	digest, err := digestOf(f.typedData(o.contracts, values))
	if err != nil {
		return Operation{}, err
	}
	if _, err := o.checkSignature(ctx, common.Address(who), digest, sig); err != nil {
		return Operation{}, err
	}
	return op, nil
}

// Order has an operation signed by a key that we hold, and relays it.
func (o *Operations) Order(ctx context.Context, op Operation, sign func(hash [32]byte) ([]byte, error)) (Receipt, error) {
	td, err := o.Prepare(ctx, op)
	if err != nil {
		return Receipt{}, err
	}
	digest, err := digestOf(td)
	if err != nil {
		return Receipt{}, err
	}
	sig, err := sign(digest)
	if err != nil {
		return Receipt{}, fmt.Errorf("chain: sign: %w", err)
	}
	return o.Relay(ctx, td, sig)
}
