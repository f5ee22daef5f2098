// Package passkey knows people by their passkeys (W3C Web Authentication, level
// 3): it writes the options of each ceremony, checks what authenticators answer,
// and keeps credentials and recovery codes.
//
// It knows accounts by their DID alone: not how they came to be, what a sign-in
// is, nor HTTP. Cryptography and formats are go-webauthn's; what this package
// decides is who may answer what, once:
//
//   - A challenge is a nonce of node/nonce, bound to the page's origin, to the
//     act it is for and, where an account is meant, to that. It holds for ten
//     minutes and one answer. None is remembered before it is used.
//   - The origin in the client data must be one of this server's own, and the
//     relying party id is that origin's host, so a page elsewhere gets nothing
//     that counts here (§13.4.9). Pages under an IP address have no relying party
//     id; browsers refuse passkeys there, and so does this package.
//   - User verification is required in every ceremony: a passkey alone is both
//     factors.
//   - Credentials are discoverable: signing in names no account, so nothing can be
//     asked about who has one. The user handle is random, belongs to one account,
//     and must come back with its credential.
//   - A signature counter that doesn't rise, where one is used, refuses: a copy of
//     the authenticator may exist (§6.1.1).
//
// Recovery codes are the way back in for who has lost every passkey: random, kept
// as SHA-256 (80 bits leave nothing to guess), each good once.
//
// Safe for concurrent use; starts no goroutine.
package passkey
