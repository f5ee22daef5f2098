package chain

import (
	"errors"
	"fmt"
)

var (
	// ErrUnavailable: the RPC could not be reached or did not answer properly.
	// Nothing is known to have happened; trying again may work.
	ErrUnavailable = errors.New("chain: RPC is unavailable")

	// ErrNoQuorum: too few RPCs answered, or they contradict each other. It is an
	// ErrUnavailable: what was known before holds, trying again may work.
	ErrNoQuorum = fmt.Errorf("%w: no quorum", ErrUnavailable)

	// ErrWrongChain: the RPC serves a chain with another id or genesis block
	// than the one this node belongs to.
	ErrWrongChain = errors.New("chain: RPC serves another chain")

	// ErrNoContracts: one of our contracts is not on the chain, or something
	// else stands at its address.
	ErrNoContracts = errors.New("chain: contracts are missing")

	// ErrUnprotected: the deployment proxy is missing and the RPC takes no
	// transaction without a chain id (EIP-155), as the proxy's is. Another RPC of the
	// chain may, or its operators have put the proxy there otherwise.
	ErrUnprotected = errors.New("chain: the deployment proxy is missing, and this RPC takes only replay-protected (EIP-155) transactions, which the proxy's is not; nothing was spent: use an RPC that takes it (geth: --rpc.allow-unprotected-txs), or ask the chain's operators for the proxy at 0x4e59b44847b379578588920cA78FbF26c0B4956C")

	// ErrInconsistent: the RPC contradicted itself (a block that is not its
	// parent's child, a log outside the blocks asked for). Transient when a
	// reorganisation ran between two calls.
	ErrInconsistent = errors.New("chain: RPC contradicts itself")

	// ErrWithheld: an event shows that there must have been another before, which
	// the RPC has not given, now or earlier. It is an ErrInconsistent; if it stays,
	// the follower follows the chain anew.
	ErrWithheld = fmt.Errorf("%w: an event is missing", ErrInconsistent)

	// ErrState: the StateStore failed to read or write. Run ends with it.
	ErrState = errors.New("chain: state store failed")

	// ErrCorruptState: an entry in the StateStore is not what this package wrote.
	// Run ends with it.
	ErrCorruptState = errors.New("chain: stored state is damaged")

	// ErrUnfunded: the sending account cannot pay for the transaction.
	ErrUnfunded = errors.New("chain: account has too little to pay for the transaction")

	// ErrFeeTooHigh: the chain asks more per gas, or the call takes more gas,
	// than SenderConfig allows.
	ErrFeeTooHigh = errors.New("chain: transaction costs more than allowed")

	// ErrBudget: sending it now would cost more than SenderConfig.DailyBudget
	// leaves for today (UTC).
	ErrBudget = errors.New("chain: the daily budget is used up")

	// ErrQueueFull: too many calls are under way, or too many of one identity's.
	ErrQueueFull = errors.New("chain: too much is waiting to be sent")

	// ErrQueued: the chain is away; the call is stored and is sent when it is
	// back. Asking again with the same arguments answers what became of it.
	ErrQueued = errors.New("chain: queued until the chain is back")

	// ErrUnknownCall: nothing was stored under this key, or it is long finished
	// and forgotten.
	ErrUnknownCall = errors.New("chain: nothing is known of this call")

	// ErrSigner: the signer did not sign, or not what it was asked to.
	ErrSigner = errors.New("chain: signer refused or failed")

	// ErrKeyReused: the idempotency key already stands for another call.
	ErrKeyReused = errors.New("chain: idempotency key was used for another call")

	// ErrReverted: the contract refused the call; the error is also a
	// *RevertError that names the reason. Nothing changed on the chain.
	ErrReverted = errors.New("chain: contract refused the call")

	// ErrTypedData: the typed data given to Relay is not exactly one of our
	// operations on our contract and chain.
	ErrTypedData = errors.New("chain: not one of our operations")

	// ErrInvalidOperation: Prepare or Direct was asked for an operation with
	// missing or impossible arguments.
	ErrInvalidOperation = errors.New("chain: invalid operation")

	// ErrInvalidSignature: the signature over the typed data is not that of the
	// account that may order it.
	ErrInvalidSignature = errors.New("chain: signed by somebody else")

	// ErrUnknownServer: no server is registered under this number.
	ErrUnknownServer = errors.New("chain: unknown server")

	// ErrUnknownBlock: the RPC does not know the block that it was asked about by
	// its hash.
	ErrUnknownBlock = errors.New("chain: RPC does not know the block")
)
