package session

import "errors"

// What SignIn answers. Each tells the person which part of the message or the
// request is wrong; nothing has changed when one is returned.
var (
	ErrInvalidMessage   = errors.New("session: not an EIP-4361 message that this server asked for")
	ErrInvalidSignature = errors.New("session: the signature is not the identity's owner's")
	ErrWrongDomain      = errors.New("session: the message is for another domain")
	ErrWrongChain       = errors.New("session: the message is for another chain")
	ErrNonceUsed        = errors.New("session: the nonce was used or was never given out")
	ErrExpired          = errors.New("session: the message is not valid at this time")
	ErrHandleRequired   = errors.New("session: the first sign-in chooses a handle")
	ErrHandleTaken      = errors.New("session: that handle is taken")
	ErrInvalidHandle    = errors.New("session: that is not a handle this server gives out")
	ErrHandleNotProved  = errors.New("session: that host name doesn't name you")
	ErrHandleChanges    = errors.New("session: too many changes of handle")
	ErrInvalidKey       = errors.New("session: not a did:key that can rotate an AT name")
	ErrBusy             = errors.New("session: too many sign-ins at once")
	ErrChain            = errors.New("session: a contract wallet could not be asked")
)

// What tokens are answered with.
var (
	// ErrInvalidToken: never issued, ended with its sign-in, or of the wrong kind.
	ErrInvalidToken = errors.New("session: invalid token")
	// ErrExpiredToken: once good, now past its time.
	ErrExpiredToken = errors.New("session: expired token")
	// ErrTokenReused: a refresh token came a second time.
	ErrTokenReused = errors.New("session: refresh token used twice")
)

// ErrNotFound: the operator names an application or an invitation that isn't there.
var ErrNotFound = errors.New("session: not found")

// ErrInvitations: nobody makes such invitations, or so many.
var ErrInvitations = errors.New("session: no such invitations are made")

// ErrNoAccount is returned by Account for an identity that never signed in here.
var ErrNoAccount = errors.New("session: no such account")
