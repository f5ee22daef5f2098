package chain

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"

	"metanet/contracts/bindings"
	"metanet/identity"
	"metanet/identity/diddoc"
)

// maxChangeBlocks bounds how many blocks of changes are read for one document:
// each is a request to the RPC.
const maxChangeBlocks = 512

// ErrTooManyChanges is answered by ChangeLog for an identity that has changed in
// more blocks than are read for one document.
var ErrTooManyChanges = errors.New("chain: the identity has changed too often to read it event by event")

// ChangeLog is an identity's ERC-1056 events, oldest first, found as the did:ethr
// method finds them: from the registry's changed() backwards by previousChange
// (ERC-1056, "Enumerating Contract Events to build the DID Document").
func ChangeLog(ctx context.Context, c *Client, k Contracts, did identity.DID) ([]diddoc.Event, error) {
	registry := bindings.NewIdentityRegistry()
	answer, err := c.read(ctx, k.IdentityRegistry, registry.PackChanged(common.Address(did.Address())))
	if err != nil {
		return nil, err
	}
	at, err := registry.UnpackChanged(answer)
	if err != nil {
		return nil, fmt.Errorf("chain: changed(%s): %w", did.Address(), err)
	}
	var newest []diddoc.Event // the newest first
	for n := 0; at.Sign() > 0; n++ {
		if n == maxChangeBlocks {
			return nil, ErrTooManyChanges
		}
		events, before, err := changesIn(ctx, c, k, did.Address(), at.Uint64())
		if err != nil {
			return nil, err
		}
		slices.Reverse(events)
		newest = append(newest, events...)
		at = before
	}
	slices.Reverse(newest)
	return newest, nil
}

// changesIn reads one block's events and the block of the change before it.
func changesIn(ctx context.Context, c *Client, k Contracts, who identity.Address, block uint64) (events []diddoc.Event, before *big.Int, err error) {
	number := hexutil.Uint64(block)
	logs, err := c.logs(ctx, logFilter{
		From: &number, To: &number, Address: []common.Address{k.IdentityRegistry},
		Topics: [][]common.Hash{{}, {common.BytesToHash(who[:])}},
	})
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(logs, compareLogs)
	registry, before := bindings.NewIdentityRegistry(), new(big.Int)
	for i := range logs {
		event, previous := ethrEvent(registry, &logs[i])
		if previous == nil {
			continue // one of our own events, which the method doesn't know
		}
		events = append(events, event)
		if previous.Sign() > 0 && previous.Cmp(new(big.Int).SetUint64(block)) < 0 {
			before = previous
		}
	}
	if len(events) == 0 {
		return nil, nil, fmt.Errorf("%w: %s changed in block %d, which has no event of it", ErrInconsistent, who, block)
	}
	return events, before, nil
}

func ethrEvent(registry *bindings.IdentityRegistry, log *types.Log) (diddoc.Event, *big.Int) {
	if e, err := registry.UnpackDIDOwnerChangedEvent(log); err == nil {
		return diddoc.Event{Kind: diddoc.OwnerChanged, Owner: address(e.Owner)}, e.PreviousChange
	}
	if e, err := registry.UnpackDIDDelegateChangedEvent(log); err == nil {
		return diddoc.Event{Kind: diddoc.DelegateChanged, Name: e.DelegateType, Address: address(e.Delegate), ValidTo: capped(e.ValidTo)}, e.PreviousChange
	}
	if e, err := registry.UnpackDIDAttributeChangedEvent(log); err == nil {
		return diddoc.Event{Kind: diddoc.AttributeChanged, Name: e.Name, Value: e.Value, ValidTo: capped(e.ValidTo)}, e.PreviousChange
	}
	return diddoc.Event{}, nil
}

func capped(n *big.Int) uint64 {
	if !n.IsUint64() {
		return math.MaxUint64
	}
	return n.Uint64()
}
