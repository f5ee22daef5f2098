package session

import (
	"errors"

	"metanet/identity"
	"metanet/node/nonce"
)

// purpose is what a nonce was given out for; one given for another wallet,
// identity, origin or act does not verify.
type purpose struct {
	address identity.Address
	did     identity.DID
	origin  string
	act     act
}

// act is what a wallet's message is for.
type act string

const (
	signIn   act = "" // the zero purpose's
	takeOver act = "take over"
	removal  act = "remove passkeys"
)

// statements are what the messages say to the person who signs them.
var statements = map[act]string{
	signIn:   "Sign in to this server. This costs nothing and moves nothing.",
	removal:  "Remove all passkeys and recovery codes of the identity below: from now on only this wallet signs in. This costs nothing and moves nothing.",
	takeOver: "Take over the identity below: from now on this wallet alone owns it. This costs nothing and moves nothing of the wallet's.",
}

// String tells purposes apart: none of the parts holds a line break.
func (p purpose) String() string {
	return string(p.act) + "\n" + p.address.String() + "\n" + string(p.did) + "\n" + p.origin
}

func (s *Sessions) checkNonce(text string, p purpose) error {
	return nonceError(s.nonces.Check(text, p.String()))
}

func (s *Sessions) useNonce(text string, p purpose) error {
	return nonceError(s.nonces.Use(text, p.String()))
}

// nonceError gives the package's own names to what a nonce is refused with.
func nonceError(err error) error {
	switch {
	case errors.Is(err, nonce.ErrUnknown):
		return ErrNonceUsed
	case errors.Is(err, nonce.ErrExpired):
		return ErrExpired
	case errors.Is(err, nonce.ErrBusy):
		return ErrBusy
	}
	return err
}
