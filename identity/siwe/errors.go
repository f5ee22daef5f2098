package siwe

import "errors"

var (
	// ErrMalformed is answered by Parse and Validate: not a message of EIP-4361.
	ErrMalformed = errors.New("siwe: malformed message")

	// Check answers these, for a message that was meant for another place,
	// moment or purpose.

	ErrDomain      = errors.New("siwe: message is for another domain")
	ErrURI         = errors.New("siwe: message is for another URI")
	ErrChain       = errors.New("siwe: message is for another chain")
	ErrNonce       = errors.New("siwe: message has another nonce")
	ErrExpired     = errors.New("siwe: message has expired")
	ErrNotYetValid = errors.New("siwe: message is not valid yet")
	ErrResources   = errors.New("siwe: message lacks a resource")

	// ErrSignature is answered by VerifySignature: neither the account's key nor,
	// if it could be asked, its contract vouches for the message. A contract that
	// could not be asked is another error.
	ErrSignature = errors.New("siwe: not the account's signature")
)
