package native

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/record"
	"metanet/identity"
	"metanet/node/session"
	"metanet/node/xrpc"
)

// maxSignature bounds a wallet's signature: an ERC-6492 one carries the factory
// call that deploys the wallet, a few kilobytes at most.
const maxSignature = 16 << 10

// Authenticator lets an xrpc.Server ask sessions who a token belongs to.
func Authenticator(s *session.Sessions) xrpc.Authenticator { return authenticator{s} }

type authenticator struct{ sessions *session.Sessions }

// Authenticate implements xrpc.Authenticator.
func (a authenticator) Authenticate(ctx context.Context, token string) (xrpc.Principal, error) {
	t, err := a.sessions.Authenticate(ctx, token)
	if err != nil {
		return xrpc.Principal{}, public(err)
	}
	return xrpc.Principal{DID: t.Account.DID, Name: t.Account.Name, Session: t.Family}, nil
}

func (f *Face) registerAuth(s *xrpc.Server) {
	b := f.cfg.Budgets
	xrpc.Procedure(s, xrpc.Route{NSID: "net.metanet.account.delete", Access: xrpc.Required, Strict: true}, f.deleteAccount)
	xrpc.Procedure(s, xrpc.Route{NSID: "net.metanet.auth.challenge", Budget: b.Challenge, Strict: true, MaxBody: 8 << 10}, f.challenge)
	xrpc.Procedure(s, xrpc.Route{NSID: "net.metanet.auth.signIn", Budget: b.SignIn, Strict: true, MaxBody: 64 << 10}, f.signIn)
	xrpc.Procedure(s, xrpc.Route{NSID: "net.metanet.auth.refresh", Budget: b.SignIn, Strict: true, MaxBody: 1 << 10}, f.refresh)
	own := xrpc.Route{Access: xrpc.Required, Strict: true, MaxBody: 1 << 10}
	xrpc.Procedure(s, own.Named("net.metanet.auth.signOut"), f.signOut)
	xrpc.Query(s, own.Named("net.metanet.auth.listSessions"), f.listSessions)
	xrpc.Procedure(s, own.Named("net.metanet.auth.revokeSession"), f.revokeSession)
}

type challengeInput struct {
	Address identity.Address `json:"address"`
	DID     identity.DID     `json:"did"` // optional: an identity that this wallet owns besides its own
	Handle  string           `json:"handle"`
}

type challengeOutput struct {
	Message        string       `json:"message"`
	Nonce          string       `json:"nonce"`
	ExpiresAt      string       `json:"expiresAt"`
	HandleRequired bool         `json:"handleRequired"`
	DID            identity.DID `json:"did"`
	// Registration is what the first sign-in needs; empty for who has an account.
	Registration session.Mode `json:"registration,omitempty"`
}

func (f *Face) challenge(ctx context.Context, c *xrpc.Call, in challengeInput) (challengeOutput, error) {
	if in.Address == (identity.Address{}) {
		return challengeOutput{}, xrpc.BadRequest(xrpc.CodeInvalidRequest, "address is missing: which wallet signs in, 0x…")
	}
	ch, err := f.cfg.Sessions.Challenge(ctx, session.ChallengeRequest{
		Address: in.Address, DID: in.DID, Handle: in.Handle, Origin: pageOrigin(c.Request),
	})
	if err != nil {
		return challengeOutput{}, public(err)
	}
	return challengeOutput{ch.Message, ch.Nonce, datetime(ch.ExpiresAt), ch.HandleRequired, ch.DID, ch.Registration}, nil
}

// pageOrigin is where the caller's page is, so that the message names what the
// wallet sees; sessions only take it if it is one of the server's own.
func pageOrigin(r *http.Request) string {
	if o := r.Header.Get("Origin"); o != "" {
		return o
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

type signInInput struct {
	Message     string `json:"message"`
	Signature   string `json:"signature"`
	Handle      string `json:"handle"`
	RotationKey string `json:"rotationKey"`
	Invitation  string `json:"invitation"`
	Note        string `json:"note"`
}

type grantOutput struct {
	AccessToken      string          `json:"accessToken"`
	AccessExpiresAt  string          `json:"accessExpiresAt"`
	RefreshToken     string          `json:"refreshToken"`
	RefreshExpiresAt string          `json:"refreshExpiresAt"`
	DID              identity.DID    `json:"did"`
	ATName           identity.ATName `json:"atName"`
	Handle           syntax.Handle   `json:"handle"`
	HostedKey        identity.Key    `json:"hostedKey"`
	ATOperation      atOperation     `json:"atOperation"`
	Enrolled         bool            `json:"enrolled"`
}

// atOperation is the record that the client signs first of all, so that peers
// learn the identity's AT name.
type atOperation struct {
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value"`
}

func (f *Face) signIn(ctx context.Context, c *xrpc.Call, in signInInput) (grantOutput, error) {
	sig, err := parseSignature(in.Signature)
	if err != nil {
		return grantOutput{}, err
	}
	g, err := f.cfg.Sessions.SignIn(ctx, session.SignInRequest{
		Message: in.Message, Signature: sig, Handle: in.Handle, RotationKey: in.RotationKey,
		Invitation: in.Invitation, Note: in.Note, From: clientOf(c),
	})
	if err != nil {
		return grantOutput{}, public(err)
	}
	return f.grant(ctx, g)
}

// refresh takes the refresh token where every token goes, in the header.
func (f *Face) refresh(ctx context.Context, c *xrpc.Call, _ xrpc.None) (grantOutput, error) {
	g, err := f.cfg.Sessions.Refresh(ctx, c.Bearer, clientOf(c))
	if err != nil {
		return grantOutput{}, public(err)
	}
	return f.grant(ctx, g)
}

func (f *Face) signOut(ctx context.Context, c *xrpc.Call, _ xrpc.None) (xrpc.None, error) {
	return xrpc.None{}, public(f.cfg.Sessions.SignOut(ctx, c.Principal.DID, c.Principal.Session))
}

func (f *Face) grant(ctx context.Context, g session.Grant) (grantOutput, error) {
	value, err := record.ValueToJSON(g.Account.Binding)
	if err != nil {
		return grantOutput{}, err
	}
	hosted, _, err := f.cfg.Hosted.Key(ctx, g.Account.DID)
	if err != nil {
		return grantOutput{}, err
	}
	id, err := f.cfg.Identities.Identity(ctx, g.Account.DID)
	if err != nil {
		return grantOutput{}, public(err)
	}
	return grantOutput{
		AccessToken: g.Access, AccessExpiresAt: datetime(g.AccessExpires),
		RefreshToken: g.Refresh, RefreshExpiresAt: datetime(g.RefreshExpires),
		DID: g.Account.DID, ATName: g.Account.Name, Handle: g.Account.Handle,
		HostedKey:   hosted,
		ATOperation: atOperation{bindingPath.String(), value},
		Enrolled:    f.enrolled(id),
	}, nil
}

// enrolled says that the identity needs no set-up: this is its home and it has a
// key that lives.
func (f *Face) enrolled(id Identity) bool {
	if id.Home.Server == 0 || id.Home.Server != f.cfg.Server() {
		return false
	}
	now := f.cfg.Now()
	for _, k := range id.Keys {
		if k.Live(now) {
			return true
		}
	}
	return false
}

// parseSignature reads the hex that wallets return. Length isn't judged here: a
// contract wallet's signature may be of any.
func parseSignature(text string) ([]byte, error) {
	digits, ok := strings.CutPrefix(text, "0x")
	if !ok || len(digits) == 0 || len(digits) > 2*maxSignature {
		return nil, xrpc.BadRequest("InvalidSignature", "signature must be 0x and hex digits")
	}
	sig, err := hex.DecodeString(digits)
	if err != nil {
		return nil, xrpc.BadRequest("InvalidSignature", "signature must be 0x and hex digits")
	}
	return sig, nil
}

// datetime is AT's and RFC 3339's, in UTC with milliseconds.
func datetime(t time.Time) string { return t.UTC().Format(syntax.AtprotoDatetimeLayout) }
