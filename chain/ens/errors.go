package ens

import "errors"

// What Primary and Address answer about names. Other errors are the chain's.
var (
	// ErrNoName: the address calls itself nothing, or nobody resolves the name.
	ErrNoName = errors.New("ens: no name")
	// ErrMismatch: the name that the address calls itself is another's.
	ErrMismatch = errors.New("ens: the name names another address")
	// ErrInvalidName: not in ENSIP-15's normal form, or beyond our bounds.
	ErrInvalidName = errors.New("ens: not a normalized name")
	// ErrOffchain: the answer lies outside the chain (EIP-3668), where this node
	// doesn't go.
	ErrOffchain = errors.New("ens: the name is resolved off-chain (CCIP Read), which this server does not follow")
	// ErrResolver: a resolver answered nonsense or refused.
	ErrResolver = errors.New("ens: the resolver does not answer as it should")
)
