// Package identity is the vocabulary of WHO: networks, addresses, the two names
// of a person, the keys that sign records, and the one rule by which a key's
// records count.
//
// It owns
//   - [Network], [Address], [DID] (authority), [ATName] (the name that values
//     use), [Key] — each its own type with one strict parser; past the parser
//     nobody handles raw strings;
//   - the one acceptance rule for Ed25519, singly ([Key.Verify]) and in
//     batches ([Batch]);
//   - [Count], the law that turns a key's history, a record's rev and its
//     evidence into a [Standing].
//
// It deliberately does not know records, stores, chains, peers or HTTP: the
// chain supplies key histories, content supplies revs, logs supply evidence,
// all of them as plain values. Nothing here does I/O, reads a clock or starts a
// goroutine; every function is pure (the batch verifier draws randomness for
// its own coefficients, which never changes a verdict).
//
// Beneath it: identity/plc (the second name's genesis operation),
// identity/siwe (sign-in with a wallet) and identity/keyring (the node's own
// private keys).
package identity
