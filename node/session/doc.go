// Package session knows who is signed in: it turns a wallet's signature into an
// account with tokens, and tokens back into an account.
//
// It owns five things, persisted through a small ordered KV:
//
//   - accounts: the identities that have signed in at this server, each with its
//     handle, its AT name and the genesis operation that binds the two names;
//   - handles under this server's domain, given out once;
//   - sign-ins ("families"): one per SignIn, living until they lapse, are signed
//     out, or the identity changes its owner;
//   - tokens: random, opaque, kept only as SHA-256;
//   - registration: who may get an account, by the operator's mode, with
//     applications, invitations (kept as SHA-256, too) and a list of wallets.
//
// Sign-in is EIP-4361, with the stateless single-use nonces of node/nonce. A
// passkey (node/passkey) or what else the node trusts starts a sign-in by Begin.
//
// The signer must be the identity's owner on-chain at that moment, and the owner
// is written down with the sign-in: when the chain names another one, tokens of
// the old owner stop working at their next use, whether or not the event that
// says so was ever delivered.
//
// Refresh tokens rotate. Using one twice ends the whole sign-in, since one of
// the two users is a thief (RFC 9700 §4.14.2); only a repeat within a few
// seconds, which two tabs of one browser produce, is refused without that.
//
// A sign-in shows its owner what program used it last, when, and from about where
// (an IPv4 /24, an IPv6 /48); nothing is decided by these.
//
// The package doesn't know HTTP, records' envelopes, or how keys are kept. It is
// safe for concurrent use and starts no goroutine; somebody calls Sweep now and
// then.
package session
