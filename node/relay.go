package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"

	"metanet/chain"
	"metanet/identity"
	"metanet/node/native"
	"metanet/node/quota"
)

// relay turns what a person asks for into typed data for their wallet, and the
// wallet's signature into a transaction that this server pays for.
type relay struct{ *Node }

// keyLifetime is how long a key speaks when nobody says otherwise. Every key ends
// some day: a lost device is forgotten without anybody having to remember it.
const keyLifetime = 365 * 24 * time.Hour

func (r relay) Prepare(ctx context.Context, asked native.Operation) (json.RawMessage, time.Time, error) {
	op := r.operationOf(asked)
	if !offered[op.Op] {
		return nil, time.Time{}, fmt.Errorf("%w: this server prepares no %q", native.ErrOperation, asked.Name)
	}
	typed, err := r.anchor.ops.Prepare(ctx, op)
	if err != nil {
		return nil, time.Time{}, nativeError(err)
	}
	deadline, err := deadlineOf(typed)
	if err != nil {
		return nil, time.Time{}, err
	}
	data, err := walletJSON(typed)
	return data, deadline, err
}

// offered are the operations whose arguments the face can express. The recovery
// address's own are sent by its wallet directly: it need not be signed in.
var offered = map[chain.Op]bool{
	chain.OpEnrol: true, chain.OpAddKey: true, chain.OpRenewKey: true, chain.OpRevokeKey: true, chain.OpRevokeKeyFrom: true,
	chain.OpRevokeAllKeys: true, chain.OpSetHome: true, chain.OpSkipNonce: true, chain.OpChangeOwner: true,
	chain.OpSetRecovery: true, chain.OpDeactivate: true, chain.OpCancelChange: true, chain.OpCancelRecovery: true,
}

// deadlineOf is until when the contract accepts what is signed.
func deadlineOf(typed apitypes.TypedData) (time.Time, error) {
	unix, err := strconv.ParseUint(fmt.Sprint(typed.Message["deadline"]), 10, 63)
	if err != nil {
		return time.Time{}, fmt.Errorf("node: deadline of prepared typed data: %w", err)
	}
	return seconds(unix), nil
}

// walletJSON is typed data as eth_signTypedData_v4 takes it. go-ethereum's own
// writer puts an empty salt into the domain, which wallet libraries refuse: a salt
// has 32 bytes.
func walletJSON(typed apitypes.TypedData) (json.RawMessage, error) {
	return json.Marshal(struct {
		Types       apitypes.Types            `json:"types"`
		PrimaryType string                    `json:"primaryType"`
		Domain      map[string]any            `json:"domain"` // what is set
		Message     apitypes.TypedDataMessage `json:"message"`
	}{typed.Types, typed.PrimaryType, typed.Domain.Map(), typed.Message})
}

// operationOf fills in what was left to the server: lifetimes, and the hosted key
// where one was asked for.
func (r relay) operationOf(asked native.Operation) chain.Operation {
	expires := asked.ExpiresAt
	if expires.IsZero() {
		expires = time.Now().Add(keyLifetime)
	}
	op := chain.Operation{
		Op: chain.Op(asked.Name), Identity: asked.DID, Key: asked.Key, Purpose: asked.Purpose, Expiry: uint64(expires.Unix()),
		Server: asked.Server, Size: asked.Size, NewOwner: asked.Address, Recovery: asked.Address, Signer: asked.Address,
	}
	switch {
	case asked.HostedKey == (identity.Key{}):
	case op.Op == chain.OpEnrol && op.Purpose != identity.PurposeHosted:
		op.HostedKey, op.HostedExpiry = asked.HostedKey, op.Expiry
	default:
		op.Key, op.Purpose = asked.HostedKey, identity.PurposeHosted
	}
	if op.Op == chain.OpEnrol && op.Purpose == 0 {
		op.Purpose = identity.PurposeDevice
	}
	return op
}

func (r relay) Submit(ctx context.Context, did identity.DID, typedData json.RawMessage, signature []byte) (native.Receipt, error) {
	var typed apitypes.TypedData
	if err := json.Unmarshal(typedData, &typed); err != nil {
		return native.Receipt{}, fmt.Errorf("%w: %w", native.ErrOperation, err)
	}
	op, err := r.anchor.ops.Parse(typed)
	if err != nil {
		return native.Receipt{}, nativeError(err)
	}
	if op.Identity != did {
		return native.Receipt{}, fmt.Errorf("%w: it is about %s", native.ErrSigner, op.Identity)
	}
	var id chain.OperationID
	err = r.charged(quota.Operations, did, func() (err error) { id, err = r.anchor.ops.Submit(ctx, typed, signature); return err })
	queued := native.Receipt{Operation: string(id)}
	if errors.Is(err, chain.ErrQueued) {
		return queued, nil
	}
	if err != nil {
		return native.Receipt{}, nativeError(err)
	}
	patient, cancel := context.WithTimeout(ctx, submitPatience)
	defer cancel()
	receipt, err := r.anchor.ops.Wait(patient, id)
	if err == nil {
		// What the wallet has just ordered holds here before it is answered: the next
		// request may be signed with the new key.
		err = r.anchor.follower.WaitFor(patient, receipt.Block)
	}
	if patient.Err() != nil || errors.Is(err, chain.ErrUnavailable) {
		return queued, nil // stored, and seen to
	}
	if err != nil {
		return native.Receipt{}, nativeError(err)
	}
	return native.Receipt{Operation: string(id), Done: true, Tx: receipt.Tx, Block: receipt.Block}, nil
}

// submitPatience is how long a person is kept waiting for a block. What takes
// longer goes on by itself, and they ask for its outcome.
const submitPatience = 30 * time.Second

// Outcome says "done" only once this node has followed the chain up to there.
func (r relay) Outcome(_ context.Context, did identity.DID, operation string) (native.Receipt, error) {
	state, err := r.anchor.ops.State(chain.OperationID(operation), did)
	if errors.Is(err, chain.ErrUnknownCall) {
		return native.Receipt{}, fmt.Errorf("%w: %w", native.ErrUnknownOperation, err)
	}
	if err != nil {
		return native.Receipt{}, nativeError(err)
	}
	answer := native.Receipt{Operation: operation}
	if state.Queued || state.Block > r.anchor.follower.Status().Followed.Number {
		return answer, nil
	}
	answer.Done, answer.Tx, answer.Block = true, state.Tx, state.Block
	if state.Refused != nil {
		answer.Refused = state.Refused.Message
	}
	return answer, nil
}

// nativeError gives chain's errors the face's names, under which it has public codes.
func nativeError(err error) error {
	for _, m := range []struct{ is, as error }{
		{chain.ErrInvalidSignature, native.ErrSigner},
		{chain.ErrTypedData, native.ErrSigner},
		{chain.ErrInvalidOperation, native.ErrOperation},
		{chain.ErrReverted, native.ErrReverted},
		{chain.ErrUnfunded, native.ErrQuota},
		{chain.ErrFeeTooHigh, native.ErrQuota},
		{chain.ErrBudget, native.ErrQuota},
		{chain.ErrQueueFull, native.ErrQuota},
		{chain.ErrUnavailable, native.ErrChain},
		{chain.ErrSigner, native.ErrChain},
		{chain.ErrWrongChain, native.ErrChain},
		{chain.ErrInconsistent, native.ErrChain},
		{context.DeadlineExceeded, native.ErrChain},
	} {
		if errors.Is(err, m.is) {
			return fmt.Errorf("%w: %w", m.as, err)
		}
	}
	return err
}

// The faucet of a development chain gives each address a little, a few times.
const (
	faucetTimes    = 3
	faucetAccounts = 1000
)

var faucetGift = new(big.Int).Mul(big.NewInt(10), big.NewInt(1e18))

// faucet funds the operators of nodes that join a development chain.
type faucet struct {
	chain interface {
		Fund(ctx context.Context, to common.Address, wei *big.Int) (common.Hash, error)
	}

	mu    sync.Mutex
	given map[identity.Address]int // since the start
}

func (f *faucet) Fund(ctx context.Context, to identity.Address) ([32]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := f.given[to]; n >= faucetTimes || n == 0 && len(f.given) >= faucetAccounts {
		return [32]byte{}, fmt.Errorf("%w: the faucet has given enough", native.ErrQuota)
	}
	f.given[to]++ // even if it fails: a caller that hangs up may have been given all the same
	return f.chain.Fund(ctx, common.Address(to), faucetGift)
}
