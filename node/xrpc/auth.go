package xrpc

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"strings"

	"metanet/identity"
)

// Access says who may call a route.
type Access uint8

const (
	Public   Access = iota // anybody; a token is not looked at
	Optional               // anybody, but a token that is sent must be good
	Required               // a signed-in person
	Operator               // the control token, from this machine only
)

// Principal is who a good token speaks for. The zero Principal is nobody.
type Principal struct {
	DID     identity.DID
	Name    identity.ATName
	Session string // which sign-in; ends as one
}

// Known reports whether there is somebody.
func (p Principal) Known() bool { return p.DID != "" }

// Authenticator turns an access token into a Principal. An unusable token is
// an *Error with status 401 or 400; any other error is the node's own fault.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (Principal, error)
}

// bearer is the token of "Authorization: Bearer …" (RFC 6750 §2.1). Tokens in
// query strings or bodies (§2.2, §2.3) are not accepted: they end up in logs.
func bearer(r *http.Request) string {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// authorise fills in the call's principal or says why not.
func (s *Server) authorise(c *Call, access Access) error {
	switch access {
	case Public:
		return nil
	case Operator:
		return s.authoriseOperator(c)
	}
	if c.Bearer == "" {
		if access == Optional {
			return nil
		}
		return Errorf(http.StatusUnauthorized, CodeAuthRequired, "sign in first: this needs a bearer token")
	}
	if s.auth == nil {
		return Errorf(http.StatusUnauthorized, CodeInvalidToken, "this server has no sign-in")
	}
	p, err := s.auth.Authenticate(c.Request.Context(), c.Bearer)
	if err != nil {
		return err
	}
	c.Principal = p
	return nil
}

// authoriseOperator wants the control token *and* a caller on this machine who
// wasn't forwarded by a proxy: whoever reads the token file already is here, so
// a stolen token is of no use from elsewhere.
func (s *Server) authoriseOperator(c *Call) error {
	if !localCaller(c.Request) {
		return Errorf(http.StatusForbidden, CodeForbidden, "operator calls are answered on loopback only")
	}
	want, got := sha256.Sum256([]byte(s.operatorToken)), sha256.Sum256([]byte(c.Bearer))
	if s.operatorToken == "" || subtle.ConstantTimeCompare(want[:], got[:]) != 1 {
		return Errorf(http.StatusUnauthorized, CodeInvalidToken, "that is not this node's control token")
	}
	return nil
}

func localCaller(r *http.Request) bool {
	for _, h := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && ap.Addr().Unmap().IsLoopback()
}
