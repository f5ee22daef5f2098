package identity

import "errors"

// Every parser of this package answers one of these, wrapped with the reason.
// They speak of bytes alone: the same input is refused by every node, always.
var (
	// ErrInvalidNetwork is answered by ParseNetwork.
	ErrInvalidNetwork = errors.New("identity: invalid network")
	// ErrInvalidAddress is answered by ParseAddress.
	ErrInvalidAddress = errors.New("identity: invalid address")
	// ErrInvalidDID is answered by ParseDID.
	ErrInvalidDID = errors.New("identity: invalid did:ethr")
	// ErrInvalidATName is answered by ParseATName.
	ErrInvalidATName = errors.New("identity: invalid AT name")
	// ErrInvalidKey is answered by ParseKey, ParseMultikey and ParseKeyString:
	// the wrong length or prefix, not a point, not its canonical encoding, or a
	// point of small order.
	ErrInvalidKey = errors.New("identity: invalid Ed25519 public key")
	// ErrInvalidPurpose is answered by ParsePurpose.
	ErrInvalidPurpose = errors.New("identity: invalid key purpose")
)
