package atproto

import (
	"errors"
	"fmt"
	"net/http"

	"metanet/content/blob"
	"metanet/content/index"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/content/view"
	"metanet/content/view/search"
	"metanet/node/ingest"
	"metanet/node/personal"
	"metanet/node/quota"
	"metanet/node/session"
	"metanet/node/xrpc"
)

// mapping is one sentinel and what it looks like from outside. AT answers 400
// for most, "not found" included, and tells them apart by code.
type mapping struct {
	is      error
	status  int
	code    string
	message string // "" shows the error's own text, which then holds nothing secret
}

// publicErrors is the one table from sentinels to codes.
var publicErrors = []mapping{
	{session.ErrHostedKey, http.StatusForbidden, "HostedKeyNotAuthorised",
		"this server's key for you isn't authorised on-chain: run net.metanet.identity.prepare (enrol, or addKey with purpose hosted) and let your wallet sign"},
	{session.ErrNotFresh, http.StatusForbidden, "FreshSignInRequired", "sign in again first: this needs a sign-in that is at most ten minutes old"},
	{session.ErrInvalidToken, http.StatusBadRequest, "InvalidToken", "that is not a token of requestAccountDelete, or no longer"},
	{session.ErrExpired, http.StatusBadRequest, "ExpiredToken", "the token has expired"},
	{ingest.ErrBlocked, http.StatusForbidden, "AccountTakedown", ""},
	{ingest.ErrLeft, http.StatusConflict, "AccountDeleted", "the account was deleted after this record's rev"},
	{ingest.ErrDeparture, http.StatusBadRequest, "InvalidRecord", ""},
	{session.ErrInvalidHandle, http.StatusBadRequest, "InvalidHandle", ""},
	{session.ErrHandleTaken, http.StatusBadRequest, "HandleNotAvailable", "somebody else has that handle"},
	{session.ErrHandleNotProved, http.StatusBadRequest, "HandleNotProved", ""},
	{session.ErrHandleChanges, http.StatusTooManyRequests, "HandleChanges", ""},
	{session.ErrNoAccount, http.StatusForbidden, xrpc.CodeForbidden, "you have no account here"},

	{record.ErrTooLarge, http.StatusRequestEntityTooLarge, "RecordTooLarge", ""},
	{record.ErrJSON, http.StatusBadRequest, "InvalidRecord", ""},
	{record.ErrValue, http.StatusBadRequest, "InvalidRecord", ""},
	{record.ErrEncoding, http.StatusBadRequest, "InvalidRecord", ""},
	{ingest.ErrSchema, http.StatusBadRequest, "InvalidRecord", ""},
	{ingest.ErrBinding, http.StatusBadRequest, "InvalidBinding", ""},
	{ingest.ErrUnknownKey, http.StatusForbidden, "HostedKeyNotAuthorised", "this server's key for you isn't authorised on-chain"},
	{ingest.ErrEndedKey, http.StatusForbidden, "HostedKeyNotAuthorised", "this server's key for you has ended on-chain"},
	{ingest.ErrEarlyRev, http.StatusBadRequest, "EarlyRev", ""},
	{ingest.ErrFutureRev, http.StatusConflict, "FutureRev", "the record to replace was signed by a clock that is too far ahead; try again in some minutes"},
	{ingest.ErrClosed, http.StatusServiceUnavailable, xrpc.CodeUnavailable, "the server is shutting down; nothing was written"},

	{blob.ErrFull, http.StatusInsufficientStorage, "NoSpace", "the server has no room for blobs now; nothing was written"},

	{ErrChain, http.StatusServiceUnavailable, "ChainUnavailable", "the chain cannot be read now"},

	{index.ErrInvalidCursor, http.StatusBadRequest, xrpc.CodeInvalidRequest, "that cursor is not one of this list's"},
	{view.ErrInvalidCursor, http.StatusBadRequest, xrpc.CodeInvalidRequest, "that cursor is not one of this list's"},
	{search.ErrEmptyQuery, http.StatusBadRequest, "BadQueryString", "say what to look for"},
	{search.ErrLongQuery, http.StatusBadRequest, "BadQueryString", "that is too much to look for at once"},
	{personal.ErrTooMany, http.StatusBadRequest, xrpc.CodeInvalidRequest, "you have muted as many people as a server keeps"},
	{index.ErrInvalidIdentifier, http.StatusBadRequest, xrpc.CodeInvalidRequest, "that is no DID, AT name, handle or AT-URI"},
	{index.ErrNotFound, http.StatusBadRequest, "NotFound", "there is no such thing here"},

	{store.ErrNoSpace, http.StatusInsufficientStorage, "NoSpace", "the server's disk is full; nothing was written"},
	{store.ErrReadOnly, http.StatusServiceUnavailable, "ReadOnly", "the server cannot write now; nothing was written"},
}

// public gives a sentinel its outside. Errors it doesn't know stay as they are
// and become a silent 500.
func public(err error) error {
	if err == nil {
		return nil
	}
	var already *xrpc.Error
	if errors.As(err, &already) {
		return err
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

// notFound is AT's way of saying so: a 400 with a code of the endpoint's own.
func notFound(code, format string, args ...any) error {
	return &xrpc.Error{Status: http.StatusBadRequest, Code: code, Message: fmt.Sprintf(format, args...)}
}
