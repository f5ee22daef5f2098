package passkey

import "errors"

// What the ceremonies are refused with. None tells whether an account exists.
var (
	ErrOrigin    = errors.New("passkey: this address of the server has no passkeys")
	ErrChallenge = errors.New("passkey: the challenge was used or was never given out for this")
	ErrExpired   = errors.New("passkey: the challenge's time is over")
	ErrBusy      = errors.New("passkey: too many ceremonies at once")
	ErrRefused   = errors.New("passkey: not an answer of a passkey that is known here")
	ErrCloned    = errors.New("passkey: its counter went back, so a copy of it may exist")
	ErrKnown     = errors.New("passkey: this passkey is registered already")
	ErrTooMany   = errors.New("passkey: the account has as many as it may")
	ErrLast      = errors.New("passkey: it is the only way into the account")
	ErrNotFound  = errors.New("passkey: the account has no such passkey")
	ErrCode      = errors.New("passkey: not a recovery code of this account, or it was used")
)
