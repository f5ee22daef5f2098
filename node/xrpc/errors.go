package xrpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// Codes that belong to the mechanics; faces add their own.
const (
	CodeInvalidRequest   = "InvalidRequest"
	CodeAuthRequired     = "AuthRequired"
	CodeInvalidToken     = "InvalidToken"
	CodeForbidden        = "Forbidden"
	CodeNotFound         = "NotFound"
	CodeMethodNotFound   = "MethodNotImplemented"
	CodeMethodNotAllowed = "MethodNotAllowed"
	CodeTooLarge         = "PayloadTooLarge"
	CodeUnsupportedMedia = "UnsupportedMediaType"
	CodeRateLimited      = "RateLimitExceeded"
	CodeInternal         = "InternalServerError"
	CodeUnavailable      = "Unavailable"
)

// statusClientGone is nginx's number for a caller that left before its answer;
// nobody reads it but the metrics and the log.
const statusClientGone = 499

// Error is what a handler answers when it doesn't succeed: a status, a public
// code, a text that is safe to show to a stranger, and a cause that only the
// log sees.
type Error struct {
	Status     int
	Code       string
	Message    string
	Cause      error
	RetryAfter time.Duration // sent as Retry-After when positive
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("xrpc: %d %s: %s: %v", e.Status, e.Code, e.Message, e.Cause)
	}
	return fmt.Sprintf("xrpc: %d %s: %s", e.Status, e.Code, e.Message)
}

// Unwrap gives the hidden cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Cause }

var packageName = regexp.MustCompile(`^[a-z][a-z0-9]*: `)

// Plain is the text of an error for people, who don't care which package it began in.
func Plain(err error) string { return packageName.ReplaceAllString(err.Error(), "") }

// OverQuota is the answer to who has used something up: 429 if there is more after
// a while, 507 if they have to make room.
func OverQuota(code string, cause error, wait time.Duration) *Error {
	e := &Error{Status: http.StatusInsufficientStorage, Code: code, Message: Plain(cause), Cause: cause}
	if wait > 0 {
		e.Status, e.RetryAfter = http.StatusTooManyRequests, wait
	}
	return e
}

// Errorf makes an Error. As with fmt.Errorf, an argument wrapped by %w becomes
// the cause, but then its text is in the message too: use WithCause to keep it
// hidden.
func Errorf(status int, code, format string, args ...any) *Error {
	wrapped := fmt.Errorf(format, args...)
	return &Error{Status: status, Code: code, Message: wrapped.Error(), Cause: errors.Unwrap(wrapped)}
}

// BadRequest is a 400 with a code of the caller's choice.
func BadRequest(code, format string, args ...any) *Error {
	return Errorf(http.StatusBadRequest, code, format, args...)
}

// WithCause returns a copy that remembers why, for the log only.
func (e *Error) WithCause(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// asError finds the Error in err or makes the one that says nothing.
func asError(err error, requestID string) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return Errorf(http.StatusRequestEntityTooLarge, CodeTooLarge, "the body is larger than %d bytes", tooLarge.Limit)
	case errors.Is(err, context.Canceled):
		return (&Error{Status: statusClientGone, Code: "ClientClosedRequest", Message: "the caller went away"}).WithCause(err)
	case errors.Is(err, context.DeadlineExceeded):
		return Errorf(http.StatusGatewayTimeout, CodeUnavailable, "that took too long").WithCause(err)
	}
	return Errorf(http.StatusInternalServerError, CodeInternal, "something failed here; request %s", requestID).WithCause(err)
}

// writeError is the one place that writes an error body.
func writeError(w http.ResponseWriter, e *Error) {
	h := w.Header()
	// What a handler prepared for success must not describe the error.
	for _, name := range []string{"Content-Length", "Content-Disposition", "Content-Encoding", "Content-Range", "Accept-Ranges", "ETag", "Last-Modified"} {
		h.Del(name)
	}
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((e.RetryAfter+time.Second-1)/time.Second)))
	}
	if e.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer") // RFC 9110 §11.6.1
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(e.Status)
	json.NewEncoder(w).Encode(struct { // the caller may be gone; there is nobody left to tell
		Error   string `json:"error"`
		Message string `json:"message"`
	}{e.Code, e.Message})
}
