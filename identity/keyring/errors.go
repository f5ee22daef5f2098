package keyring

import "errors"

var (
	// ErrExposed is answered by Open for a key file that other accounts of the
	// machine can read or write, or a directory that they can write.
	ErrExposed = errors.New("keyring: open to other users")
	// ErrMalformed is answered by Open for a key file that does not hold a key.
	ErrMalformed = errors.New("keyring: malformed key file")
	// ErrWrappingKey is answered by Open when the store was sealed under a
	// wrapping key that is lost or isn't the one in the directory.
	ErrWrappingKey = errors.New("keyring: not the wrapping key of this store")
	// ErrPassphrase is answered where a passphrase is missing, malformed, or not
	// the one that something was sealed with.
	ErrPassphrase = errors.New("keyring: wrong or missing passphrase")
	// ErrNoKey is answered for a hosted key that this node doesn't keep.
	ErrNoKey = errors.New("keyring: no such key")
	// ErrCorrupt is answered for an entry of the store that does not open, or
	// opens to another key than its name says: damage, or somebody's hand.
	ErrCorrupt = errors.New("keyring: sealed key does not open")
)
