package chain

import (
	"context"
	"fmt"

	"metanet/identity"
)

// What anybody may carry out once it is due. Nobody signs it: it does exactly
// what was fixed when it was started.
const (
	OpFinishChange   Op = "finishChange"
	OpFinishRecovery Op = "finishRecovery"
)

// FinishCall is the call that carries out an identity's pending change
// (OpFinishChange) or takeover (OpFinishRecovery).
func (o *Operations) FinishCall(op Op, did identity.DID) (Call, error) {
	if op != OpFinishChange && op != OpFinishRecovery {
		return Call{}, fmt.Errorf("%w: %.40q is not finished by anybody", ErrInvalidOperation, op)
	}
	if did.ChainID() != o.contracts.ChainID {
		return Call{}, fmt.Errorf("%w: %s is not of chain %d", ErrInvalidOperation, did, o.contracts.ChainID)
	}
	f := form{op: op, direct: o.registry.GetABI().Methods[string(op)]}
	return f.directCall(o.contracts, Operation{Identity: did})
}

// Finish sends that call and pays. readyAt is of what is to be finished: the same
// one is finished once.
func (o *Operations) Finish(ctx context.Context, op Op, did identity.DID, readyAt uint64) (Receipt, error) {
	call, err := o.FinishCall(op, did)
	if err != nil {
		return Receipt{}, err
	}
	return o.sender.Send(ctx, fmt.Sprintf("%s/%s/%d", op, did, readyAt), call.To, call.Data)
}
