package native

import (
	"errors"
	"net/http"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity/plc"
	"metanet/node/block"
	"metanet/node/carry"
	"metanet/node/custody"
	"metanet/node/ingest"
	"metanet/node/passkey"
	"metanet/node/quota"
	"metanet/node/session"
	"metanet/node/xrpc"
)

// What Relay and Faucet answer.
var (
	// ErrOperation: the request makes no sense (a field missing, unknown or not allowed).
	ErrOperation = errors.New("native: not an operation")
	// ErrSigner: the signature isn't the identity's owner's, or the typed data
	// isn't what was prepared for it.
	ErrSigner = errors.New("native: signed by another wallet")
	// ErrReverted: the contract refuses; the text after it is its reason.
	ErrReverted = errors.New("native: the contract refused")
	// ErrQuota: the server doesn't pay for more of these now.
	ErrQuota = errors.New("native: the server's quota is used up")
	// ErrNotServed: neither an account nor the home of the identity is here.
	ErrNotServed = errors.New("native: the identity isn't served here")
	// ErrUnknownOperation: this identity has submitted no such operation, or it is
	// long done and forgotten.
	ErrUnknownOperation = errors.New("native: no such operation")
	// ErrChain: the RPC is down, wrong or silent.
	ErrChain = errors.New("native: the chain cannot be reached")
)

// mapping is one sentinel and what it looks like from outside.
type mapping struct {
	is      error
	status  int
	code    string
	message string // "" shows the error's own text, which then holds nothing secret
}

// publicErrors is the one table from sentinels to codes. Order matters where one
// error wraps two of them.
var publicErrors = []mapping{
	{session.ErrInvalidMessage, 400, "InvalidMessage", ""},
	{session.ErrInvalidSignature, 401, "InvalidSignature", "the signature is not that of the identity's current owner over this message"},
	{session.ErrWrongDomain, 400, "WrongDomain", "the message is for another server's domain"},
	{session.ErrWrongChain, 400, "WrongChain", "the message is for another chain"},
	{session.ErrNonceUsed, 400, "NonceUsed", "the nonce was used already or was not given out for this; ask for a new challenge"},
	{session.ErrExpired, 400, "Expired", "the message is not valid at this time; ask for a new challenge"},
	{session.ErrHandleRequired, 400, "HandleRequired", "choose a handle for the first sign-in"},
	{session.ErrHandleTaken, 409, "HandleTaken", "somebody else has that handle"},
	{session.ErrInvalidHandle, 400, "InvalidHandle", ""},
	{session.ErrHandleNotProved, 400, "HandleNotProved", ""},
	{session.ErrHandleChanges, 429, "HandleChanges", ""},
	{session.ErrInvalidKey, 400, "InvalidRotationKey", "rotationKey must be the did:key of a K-256 or P-256 key of your own"},
	{session.ErrChain, 503, "ChainUnavailable", "the chain cannot be reached, and only it can check this wallet's signature"},
	{session.ErrHostedKey, 403, "HostedKeyNotAuthorised", "the server's key for this identity isn't authorised on-chain: run net.metanet.identity.prepare (enrol, or addKey with purpose hosted) and let the wallet sign"},
	{session.ErrBusy, 503, xrpc.CodeUnavailable, "too many sign-ins at once; try again in a minute"},
	{session.ErrRegistrationClosed, 403, "RegistrationClosed", "this server takes no new people; who has an account can sign in"},
	{session.ErrNotListed, 403, "WalletNotListed", "this server takes listed wallets only; ask its operator"},
	{session.ErrInvitationRequired, 403, "InvitationRequired", "this server takes people who were invited: send the code as invitation"},
	{session.ErrInvalidInvitation, 403, "InvalidInvitation", "that invitation is unknown, used up or expired"},
	{session.ErrInvitations, 400, xrpc.CodeInvalidRequest, ""},
	{session.ErrApprovalRequired, 403, "ApprovalRequired", "the operator of this server lets people in one by one: say who you are in note"},
	{session.ErrApprovalPending, 403, "ApprovalPending", "your application waits for the operator of this server; sign in again later to see how it stands"},
	{session.ErrApprovalRefused, 403, "ApprovalRefused", ""},
	{session.ErrApplicationsFull, 503, xrpc.CodeUnavailable, "too many applications wait for this server's operator; try another day"},
	{session.ErrBarred, 403, "AccountBlocked", ""},
	{session.ErrNotFresh, 403, "FreshSignInRequired", "sign in again first: this needs a sign-in that is at most ten minutes old"},
	{ingest.ErrBlocked, 403, "Blocked", ""},
	{ingest.ErrLeft, 409, "AccountDeleted", "the account was deleted after this record's rev"},
	{ingest.ErrDeparture, 400, "InvalidRecord", ""},
	{block.ErrSubject, 400, xrpc.CodeInvalidRequest, ""},
	{block.ErrReason, 400, xrpc.CodeInvalidRequest, ""},
	{block.ErrNotBlocked, 404, xrpc.CodeNotFound, ""},
	{block.ErrFull, 507, "QuotaExceeded", ""},
	{session.ErrNotFound, 404, xrpc.CodeNotFound, ""},
	{session.ErrExpiredToken, 401, "ExpiredToken", "the token has expired"},
	{session.ErrTokenReused, 401, "TokenReused", "this refresh token was used before: the sign-in has been ended"},
	{session.ErrInvalidToken, 401, xrpc.CodeInvalidToken, "that token is not good (any more)"},
	{session.ErrNoAccount, 401, xrpc.CodeInvalidToken, "that token is not good (any more)"},

	{passkey.ErrOrigin, 400, "WrongOrigin", "passkeys don't work at this address of the server: open it by its name (on this machine, http://localhost)"},
	{passkey.ErrChallenge, 400, "NonceUsed", "the challenge was used already or was not given out for this; ask for a new one"},
	{passkey.ErrExpired, 400, "Expired", "the challenge's time is over; ask for a new one"},
	{passkey.ErrBusy, 503, xrpc.CodeUnavailable, "too many sign-ins at once; try again in a minute"},
	{passkey.ErrRefused, 401, "PasskeyRefused", "this server doesn't know that passkey, or it didn't check who is there"},
	{passkey.ErrCloned, 401, "PasskeyCloned", "the passkey's counter went back, so a copy of it may exist: use another way in, and remove it"},
	{passkey.ErrKnown, 409, "PasskeyKnown", "that passkey is registered already"},
	{passkey.ErrTooMany, 409, "TooManyPasskeys", "an account has 16 passkeys at most; remove one first"},
	{passkey.ErrLast, 409, "LastPasskey", "it is the only way into the account: add another one first"},
	{passkey.ErrNotFound, 404, "PasskeyNotFound", "the account has no such passkey for this address"},
	{passkey.ErrCode, 401, "InvalidCode", "handle and recovery code don't belong together, or the code was used"},
	{custody.ErrNotKept, 409, "NotInCustody", "the identity has a wallet already"},
	{custody.ErrUnderWay, 409, "UnderWay", "a take-over of this identity is under way"},
	{custody.ErrTakeOver, 400, "InvalidTakeOver", "what the wallet signed is not what was prepared; begin again"},
	{custody.ErrQuota, 429, "QuotaExceeded", "this server makes no more identities for now; try later, or sign in with a wallet"},

	{carry.ErrOthers, 400, "InvalidArchive", ""},
	{carry.ErrUnknownFile, 400, "InvalidArchive", ""},
	{carry.ErrNothing, 404, xrpc.CodeNotFound, ""},
	{carry.ErrOffset, 409, "WrongOffset", ""},
	{carry.ErrRunning, 409, "UnderWay", "an import of yours is under way"},
	{carry.ErrTooLarge, 413, "TooLarge", ""},
	{carry.ErrFull, 503, xrpc.CodeUnavailable, "too many imports wait at this server; try again in an hour"},

	{ErrNoPrimaryName, 404, "NoEnsName", ""},
	{ErrOperation, 400, xrpc.CodeInvalidRequest, ""},
	{ErrSigner, 400, "InvalidSignature", "the signature is not, over this typed data, that of the account that may order it now"},
	{ErrReverted, 400, "Reverted", ""},
	{ErrQuota, 429, "QuotaExceeded", "this server pays for no more of these now; try later or send the transaction yourself"},
	{ErrNotServed, 403, "NotHosted", "that identity has neither an account nor its home at this server; ask its home server, or send the transaction yourself"},
	{ErrUnknownOperation, 404, "OperationNotFound", "nothing is known of that operation of yours (any more)"},
	{ErrChain, 503, "ChainUnavailable", "the chain cannot be reached; nothing was done"},

	{ingest.ErrSignature, 400, "InvalidSignature", ""},
	{record.ErrSignature, 400, "InvalidSignature", ""},
	{ingest.ErrWrongChain, 400, "WrongChain", ""},
	{ingest.ErrUnknownKey, 400, "UnknownKey", ""},
	{ingest.ErrEndedKey, 400, "ExpiredKey", ""},
	{ingest.ErrEarlyRev, 400, "EarlyRev", ""},
	{ingest.ErrFutureRev, 400, "FutureRev", ""},
	{ingest.ErrBinding, 400, "InvalidBinding", ""},
	{plc.ErrInvalidOperation, 400, "InvalidBinding", ""},
	{ingest.ErrSchema, 400, "InvalidRecord", ""},
	{record.ErrTooLarge, 413, "TooLarge", ""},
	{record.ErrMismatch, 400, "ValueMismatch", ""},
	{record.ErrEncoding, 400, "InvalidRecord", ""},
	{record.ErrEnvelope, 400, "InvalidRecord", ""},
	{record.ErrValue, 400, "InvalidRecord", ""},
	{record.ErrPath, 400, "InvalidRecord", ""},
	{ingest.ErrClosed, 503, xrpc.CodeUnavailable, "the server is shutting down; nothing was written"},
	{store.ErrNoSpace, 507, "NoSpace", "the server's disk is full; nothing was written"},
	{store.ErrReadOnly, 503, "ReadOnly", "the server cannot write now; nothing was written"},
}

// public gives a sentinel its outside. Errors it doesn't know stay as they are
// and become a silent 500.
func public(err error) error {
	if err == nil {
		return nil
	}
	var over *quota.Exceeded
	if errors.As(err, &over) {
		return xrpc.OverQuota(over.Code(), err, over.Wait)
	}
	for _, m := range publicErrors {
		if !errors.Is(err, m.is) {
			continue
		}
		message := m.message
		if message == "" {
			message = xrpc.Plain(err)
		}
		return (&xrpc.Error{Status: m.status, Code: m.code, Message: message}).WithCause(err)
	}
	return err
}

// code is the public code alone, for results in a list.
func code(err error) (code, message string) {
	var e *xrpc.Error
	if errors.As(public(err), &e) {
		return e.Code, e.Message
	}
	return xrpc.CodeInternal, "something failed here"
}

func notFound(format string, args ...any) error {
	return xrpc.Errorf(http.StatusNotFound, xrpc.CodeNotFound, format, args...)
}
