package chain

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/rpc"
)

// JSON-RPC error codes that say something about the provider rather than about
// the question (JSON-RPC 2.0, 5.1; EIP-1474; HTTP 429 as some put it into the
// body).
const (
	codeNoMethod    = -32601
	codeInternal    = -32603
	codeUnsupported = -32004
	codeLimit       = -32005 // of requests, or of the range asked for
	codeTooMany     = 429
)

// maxSaid bounds how much of a provider's error text is repeated.
const maxSaid = 300

// fault sorts an error of the RPC client. An error is ctx's, wraps ErrUnavailable,
// or is the server's considered answer. What the endpoint's URL holds beyond the
// host is taken out: it may be the provider's key, and errors end up in logs.
func (e *endpoint) fault(ctx context.Context, method string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("chain: %s: %w", method, ctx.Err())
	case answered(err) && !limited(err):
		return &rpcFault{text: e.clean(fmt.Sprintf("chain: %s: %v", method, err)), cause: err}
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	text := e.clean(fmt.Sprintf("%v: %s: %s: %v", ErrUnavailable, e.name, method, err))
	return &rpcFault{text, errors.Join(ErrUnavailable, err)}
}

// rpcFault is an error with its text cleaned.
type rpcFault struct {
	text  string
	cause error
}

func (f *rpcFault) Error() string { return f.text }
func (f *rpcFault) Unwrap() error { return f.cause }

// clean takes the endpoint's secrets out of a text, and bounds it.
func (e *endpoint) clean(text string) string {
	for _, secret := range e.secrets {
		text = strings.ReplaceAll(text, secret, "…")
	}
	if len(text) > maxSaid {
		text = strings.ToValidUTF8(text[:maxSaid], "") + "…"
	}
	return text
}

// minSecret is the length from which a part of a URL is taken for a secret: "v3"
// and "rpc" are none.
const minSecret = 6

// secretsOf are the parts of an endpoint's URL that must not be repeated.
func secretsOf(u *url.URL) (secrets []string) {
	add := func(s string) {
		if len(s) >= minSecret {
			secrets = append(secrets, s)
		}
	}
	add(u.RequestURI())
	for part := range strings.SplitSeq(u.EscapedPath(), "/") {
		add(part)
	}
	for _, values := range u.Query() {
		for _, v := range values {
			add(v)
			add(url.QueryEscape(v))
		}
	}
	if u.User != nil {
		add(u.User.String())
		add(u.User.Username())
		password, _ := u.User.Password()
		add(password)
	}
	return secrets
}

// answered reports whether err is the server's considered answer.
func answered(err error) bool {
	if errors.Is(err, ErrUnavailable) {
		return false
	}
	if _, ok := errors.AsType[rpc.Error](err); ok {
		return true
	}
	status, ok := errors.AsType[rpc.HTTPError](err)
	return ok && aboutRequest(status.StatusCode)
}

// aboutRequest reports whether an HTTP status says something about the request
// rather than about the server, or what it thinks of us.
func aboutRequest(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// limited reports whether the provider wants to be asked less.
func limited(err error) bool {
	if status, ok := errors.AsType[rpc.HTTPError](err); ok {
		return status.StatusCode == http.StatusTooManyRequests
	}
	said, ok := errors.AsType[rpc.Error](err)
	if !ok {
		return false
	}
	if said.ErrorCode() == codeTooMany {
		return true
	}
	text := strings.ToLower(said.Error())
	for _, sign := range []string{"rate limit", "ratelimit", "too many requests", "request limit", "requests per second", "compute units", "capacity"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

// anotherMayKnow reports whether a question that ended in err is worth asking
// another endpoint: this one is away, doesn't have the method, or stumbled.
func anotherMayKnow(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil {
		return false
	}
	if errors.Is(err, ErrUnavailable) || errors.Is(err, ErrWrongChain) {
		return true
	}
	said, ok := errors.AsType[rpc.Error](err)
	if !ok {
		return false
	}
	switch said.ErrorCode() {
	case codeNoMethod, codeUnsupported, codeInternal:
		return true
	}
	return false
}

// combine makes one error of what several endpoints said, in the order in which
// they were asked. An answer counts more than silence, and one endpoint of another
// chain says nothing of ours.
func combine(faults []error) error {
	for _, err := range faults {
		if answered(err) {
			return err
		}
	}
	ours := slices.DeleteFunc(slices.Clone(faults), func(err error) bool { return errors.Is(err, ErrWrongChain) })
	if len(ours) == 0 {
		ours = faults
	}
	if len(ours) == 1 {
		return ours[0]
	}
	return allFailed(ours)
}

// allFailed are the faults of several endpoints.
type allFailed []error

func (f allFailed) Error() string {
	texts := make([]string, len(f))
	for i, err := range f {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (f allFailed) Unwrap() []error { return f }
