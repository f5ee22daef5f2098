// Package keyring keeps the node's private keys: it signs, and never exports.
//
// # On disk
//
// [Open] is given a directory, which it makes with mode 0700, and a small ordered
// store. What is not there yet is made the first time.
//
//	file           holds                       if it is lost
//	operator.key   secp256k1: the EVM account  the server's registration must be
//	               that owns the server and    handed over on-chain from its
//	               pays for transactions       owner, or made anew
//	operator.json  the same, in a standard      as operator.key
//	               encrypted keystore file
//	rotation.key   secp256k1: the server's     users' AT names can be changed
//	               PLC rotation key            with their own rotation key only
//	wrapping.key   XChaCha20-Poly1305: seals   the keys in the store are lost:
//	               the keys in the store       people authorise new hosted keys
//
// A file is one line of 64 hex digits, mode 0600; a file that others may read or
// write, or a directory that they may write, is refused. (Permission bits mean
// nothing on Windows and are not looked at there.) A new file appears under its
// name only when it is whole and durable, and never replaces one. The key of the
// libp2p host is the p2p package's own.
//
// The operator's key may be in an encrypted keystore file (version 3) instead, there
// or elsewhere, or with an external signer and not here at all. The wrapping key may
// be made from a passphrase (Argon2id) instead of lying in a file; changing it seals
// all entries anew in one atomic write ([RotateWrapping]). Passphrases come from files
// or systemd credentials.
//
// In the store, one entry a key, all sealed under the wrapping key:
//
//	W                    → 32 zero bytes: tell a wrong wrapping key at once
//	P                    → the passphrase's parameters, if the wrapping key is made of one:
//	                       version 1, passes, memory in KiB, lanes, salt
//	H did NUL public key → seed of a hosted Ed25519 key, which signs records
//	A did                → K-256 key that signs the identity's AT commits
//	O did                → secp256k1 key that owns an identity without a wallet
//
// A sealed entry is a version byte (1), a random nonce of 24 bytes, and the
// ciphertext with its tag. The additional data are "metanet/keyring/1", the
// purpose and the DID, each ended by a NUL, so that an entry moved to another
// identity or another purpose does not open.
//
// # In memory
//
// Keys are reached through signers that have no way to give them away; printed,
// logged or encoded, they show the public half alone. The keys do lie in the
// process's memory: this package defends against mistakes, backups and other
// accounts of the machine, not against somebody who can read the process.
//
// It does not know who may use a key or whether the chain still accepts it. Safe
// for concurrent use.
package keyring
