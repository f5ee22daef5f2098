package plc

import "errors"

var (
	// ErrInvalidOperation is answered where an operation is not a genesis
	// operation of the form that this package makes, or a value does not hold one.
	ErrInvalidOperation = errors.New("plc: invalid genesis operation")
	// ErrInvalidSignature is answered where none of the operation's rotation keys
	// made its signature, or its text or form (high S, DER) isn't the one allowed.
	ErrInvalidSignature = errors.New("plc: invalid signature")
	// ErrWrongIdentity is answered by Verify where the operation is sound but
	// names another did:ethr.
	ErrWrongIdentity = errors.New("plc: operation names another identity")
)
