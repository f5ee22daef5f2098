package chain

import (
	"fmt"
	"math/big"

	"metanet/contracts/bindings"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// projector turns events into entries. What each event means is said in the
// contracts' interfaces (contracts/src/I….sol, "A node …").
type projector struct {
	handlers map[source]handler
}

// source is what tells one event from another.
type source struct {
	contract common.Address
	topic    common.Hash
}

type handler func(d *draft, at Block, log *types.Log) error

func newProjector(k Contracts) projector {
	p := projector{handlers: map[source]handler{}}

	ids := bindings.NewIdentityRegistry()
	in := place{k.IdentityRegistry, ids.GetABI()}
	on(p, in, ids.UnpackKeyAddedEvent, keyAdded)
	on(p, in, ids.UnpackKeyRenewedEvent, keyRenewed)
	on(p, in, ids.UnpackKeyRevokedEvent, keyRevoked)
	on(p, in, ids.UnpackKeyCutOffEvent, keyCutOff)
	on(p, in, ids.UnpackHomeChangedEvent, homeChanged)
	on(p, in, ids.UnpackEpochStartedEvent, epochStarted)
	on(p, in, ids.UnpackRecoveryChangedEvent, recoveryChanged)
	on(p, in, ids.UnpackChangeStartedEvent, changeStarted)
	on(p, in, ids.UnpackChangeCancelledEvent, changeCancelled)
	on(p, in, ids.UnpackRecoveryStartedEvent, recoveryStarted)
	on(p, in, ids.UnpackRecoveryCancelledEvent, recoveryCancelled)
	on(p, in, ids.UnpackRecoveryFinishedEvent, recoveryFinished)

	servers := bindings.NewServerRegistry()
	in = place{k.ServerRegistry, servers.GetABI()}
	on(p, in, servers.UnpackServerRegisteredEvent, serverRegistered)
	on(p, in, servers.UnpackDomainChangedEvent, domainChanged)
	on(p, in, servers.UnpackPeerChangedEvent, peerChanged)
	on(p, in, servers.UnpackRolesChangedEvent, rolesChanged)
	on(p, in, servers.UnpackAgentChangedEvent, agentChanged)
	on(p, in, servers.UnpackOwnershipOfferedEvent, ownershipOffered)
	on(p, in, servers.UnpackOwnershipTransferredEvent, ownershipTransferred)

	policies := bindings.NewPolicyRegistry()
	in = place{k.PolicyRegistry, policies.GetABI()}
	on(p, in, policies.UnpackPolicyPublishedEvent, policyPublished)

	logs := bindings.NewLogRegistry()
	in = place{k.LogRegistry, logs.GetABI()}
	on(p, in, logs.UnpackAnchoredEvent, anchored)
	return p
}

// place is a contract and its ABI.
type place struct {
	contract common.Address
	abi      abi.ABI
}

// on registers apply for the event that unpack reads.
func on[E bind.ContractEvent](p projector, in place, unpack func(*types.Log) (*E, error), apply func(*draft, Block, *E) error) {
	var event E
	name := event.ContractEventName()
	p.handlers[source{in.contract, in.abi.Events[name].ID}] = func(d *draft, at Block, log *types.Log) error {
		e, err := unpack(log)
		if err != nil {
			return fmt.Errorf("%w: %s in block %d: %w", ErrInconsistent, name, at.Number, err)
		}
		return apply(d, at, e)
	}
}

// apply projects one log; events that nodes don't act on are passed over.
func (p projector) apply(d *draft, at Block, log *types.Log) error {
	if len(log.Topics) == 0 {
		return nil
	}
	h, known := p.handlers[source{log.Address, log.Topics[0]}]
	if !known {
		return nil
	}
	return h(d, at, log)
}

// number makes a uint64 of a server's number. The registry counts from 1, so
// anything beyond is no server's number and becomes 0, "none".
func number(n *big.Int) uint64 {
	if !n.IsUint64() {
		return 0
	}
	return n.Uint64()
}

func address(a common.Address) identity.Address { return identity.Address(a) }
