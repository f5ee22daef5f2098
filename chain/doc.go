// Package chain is the node's view of the EVM chain: which keys speak for which
// identity, which servers there are, what they promised and anchored; and the
// way to change that.
//
//   - Client asks one or several JSON-RPC endpoints, Contracts is where our four
//     contracts are.
//   - Follower projects their events into a StateStore and answers from it.
//   - Sender gets transactions onto the chain, each at most once, over restarts.
//   - Operations turns what a wallet signs (EIP-712) into such transactions.
//   - Prove shows what the contracts hold at a block that the caller trusts by its
//     hash, through an endpoint that nobody has to trust (package proof).
//   - PolicyHistory and IdentityHistory read one subject's past straight from an
//     RPC, for auditors, who have no store.
//
// It does not know records, sessions, HTTP faces or the database: state goes
// through the StateStore interface, signatures through Signer. Whether a record
// counts is identity.Count's to say; this package supplies the history.
//
// What the RPC says is believed as far as it is consistent: parent hashes must
// link, logs must lie in the blocks asked for, the chain id, genesis and the
// contracts' code must be the expected ones. Contradictions stop the follower
// (Status tells), never corrupt it.
//
// Follower and Sender are safe for concurrent use and start no goroutines:
// the owner calls Run.
package chain
