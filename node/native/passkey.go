package native

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"metanet/identity"
	"metanet/node/passkey"
	"metanet/node/session"
	"metanet/node/xrpc"
)

// Custody keeps the identities of people who have no wallet; *custody.Custody is it.
type Custody interface {
	Create(ctx context.Context) (identity.DID, error)
	Discard(ctx context.Context, did identity.DID) error
	Adopt(ctx context.Context, did identity.DID) error
	Keeps(ctx context.Context, did identity.DID) (bool, error)
	UnderWay(ctx context.Context, did identity.DID) (bool, error)
	PrepareTakeOver(ctx context.Context, did identity.DID, wallet identity.Address, device identity.Key) (typedData json.RawMessage, deadline time.Time, err error)
	TakeOver(ctx context.Context, did identity.DID, wallet identity.Address, typedData json.RawMessage, signature []byte) (done bool, err error)
}

// What passkeys are asked for. An answer to one is good for no other.
const (
	actSignUp   = "sign up"
	actSignIn   = "sign in"
	actRecover  = "recover"
	actNew      = "new" // the passkey that is added, of somebody signed in
	actAdd      = "add"
	actRemove   = "remove"
	actCodes    = "codes"
	actTakeOver = "take over"
)

func (f *Face) registerPasskeys(s *xrpc.Server) {
	if f.cfg.Passkeys == nil {
		return
	}
	b := f.cfg.Budgets
	public := xrpc.Route{Budget: b.SignIn, Strict: true, MaxBody: 64 << 10}
	up := public
	up.Budget = b.SignUp
	xrpc.Procedure(s, xrpc.Route{NSID: "net.metanet.passkey.options", Access: xrpc.Optional, Budget: b.Challenge, Strict: true, MaxBody: 8 << 10}, f.passkeyOptions)
	xrpc.Procedure(s, up.Named("net.metanet.passkey.signUp"), f.passkeySignUp)
	xrpc.Procedure(s, public.Named("net.metanet.passkey.signIn"), f.passkeySignIn)
	xrpc.Procedure(s, up.Named("net.metanet.passkey.recover"), f.passkeyRecover)
	own := public
	own.Access = xrpc.Required
	xrpc.Query(s, xrpc.Route{NSID: "net.metanet.passkey.list", Access: xrpc.Required}, f.passkeyList)
	xrpc.Procedure(s, own.Named("net.metanet.passkey.add"), f.passkeyAdd)
	xrpc.Procedure(s, own.Named("net.metanet.passkey.remove"), f.passkeyRemove)
	xrpc.Procedure(s, own.Named("net.metanet.passkey.newCodes"), f.passkeyCodes)
	xrpc.Procedure(s, own.Named("net.metanet.passkey.prepareRemoval"), f.preparePasskeyRemoval)
	xrpc.Procedure(s, own.Named("net.metanet.passkey.removeAll"), f.passkeyRemoveAll)
}

type optionsInput struct {
	For    string `json:"for"` // one of the acts
	Handle string `json:"handle"`
	// Subject is what is agreed to: the passkey that is removed, the wallet that
	// takes over.
	Subject string `json:"subject"`
	// Invitation, to sign up: its code, so that no passkey is made for one that is not good.
	Invitation string `json:"invitation"`
}

type optionsOutput struct {
	// PublicKey is for navigator.credentials: create's where a passkey is made, get's
	// where one is asked.
	PublicKey json.RawMessage `json:"publicKey"`
	// Registration, to sign up: the mode, which says what signUp wants besides.
	Registration session.Mode `json:"registration,omitempty"`
}

func (f *Face) passkeyOptions(ctx context.Context, c *xrpc.Call, in optionsInput) (out optionsOutput, err error) {
	origin := pageOrigin(c.Request)
	switch in.For {
	case actSignUp:
		if err = f.cfg.Sessions.MayJoin(ctx, in.Handle, in.Invitation); err == nil {
			out.PublicKey, err = f.cfg.Passkeys.NewOptions(origin, passkey.Act{Name: actSignUp}, in.Handle)
		}
		if err == nil {
			out.Registration, err = f.cfg.Sessions.Registration().Mode(ctx)
		}
	case actRecover:
		out.PublicKey, err = f.cfg.Passkeys.NewOptions(origin, passkey.Act{Name: actRecover}, in.Handle)
	case actSignIn:
		out.PublicKey, err = f.cfg.Passkeys.ProofOptions(origin, passkey.Act{Name: actSignIn})
	case actNew, actAdd, actRemove, actCodes, actTakeOver:
		out.PublicKey, err = f.ownOptions(ctx, c, origin, in)
	default:
		err = xrpc.BadRequest(xrpc.CodeInvalidRequest, "for must be one of: sign up, sign in, recover, new, add, remove, codes, take over")
	}
	return out, public(err)
}

func (f *Face) ownOptions(ctx context.Context, c *xrpc.Call, origin string, in optionsInput) (json.RawMessage, error) {
	if !c.Principal.Known() {
		return nil, xrpc.Errorf(http.StatusUnauthorized, xrpc.CodeAuthRequired, "sign in first")
	}
	if in.For != actNew {
		return f.cfg.Passkeys.ProofOptions(origin, confirmation(c, in.For, in.Subject))
	}
	a, err := f.cfg.Sessions.Account(ctx, c.Principal.DID)
	if err != nil {
		return nil, err
	}
	return f.cfg.Passkeys.NewOptions(origin, passkey.Act{Name: actNew, Account: a.DID}, string(a.Handle))
}

// confirmation is a fresh proof, by a passkey of the caller's, of one act. What
// could lock its owner out, or others in, takes one: an access token alone, which
// is easier to steal, never does.
func confirmation(c *xrpc.Call, act, subject string) passkey.Act {
	return passkey.Act{Name: act, Account: c.Principal.DID, Subject: subject}
}

type passkeySignUpInput struct {
	Credential  json.RawMessage `json:"credential"` // RegistrationResponseJSON
	Handle      string          `json:"handle"`
	RotationKey string          `json:"rotationKey"`
	Invitation  string          `json:"invitation"`
	Note        string          `json:"note"`
	Name        string          `json:"name"` // of the passkey, for the list
}

// passkeySignUp makes an identity for somebody without a wallet. What costs coins
// comes last, when everything else is durable.
func (f *Face) passkeySignUp(ctx context.Context, c *xrpc.Call, in passkeySignUpInput) (grantOutput, error) {
	if err := f.cfg.Sessions.MayJoin(ctx, in.Handle, in.Invitation); err != nil {
		return grantOutput{}, public(err)
	}
	made, err := f.cfg.Passkeys.Register(passkey.Act{Name: actSignUp}, in.Credential)
	if err != nil {
		return grantOutput{}, public(err)
	}
	did, err := f.cfg.Custody.Create(ctx)
	if err != nil {
		return grantOutput{}, public(err)
	}
	g, err := f.join(ctx, c, did, made, in)
	if err != nil {
		return grantOutput{}, public(err)
	}
	f.adopt(ctx, did)
	return f.grant(ctx, g)
}

// join gives the identity its passkey, then its account. The other order could
// leave an account, and a handle, that nobody can get into.
func (f *Face) join(ctx context.Context, c *xrpc.Call, did identity.DID, made passkey.Made, in passkeySignUpInput) (session.Grant, error) {
	err := f.cfg.Passkeys.Keep(did, made, in.Name)
	var g session.Grant
	if err == nil {
		g, err = f.cfg.Sessions.Begin(ctx, session.BeginRequest{
			DID: did, By: session.ByPasskey, From: clientOf(c), Handle: in.Handle, RotationKey: in.RotationKey,
			Invitation: in.Invitation, Note: in.Note,
		})
	}
	if err == nil || errors.Is(err, session.ErrApprovalPending) {
		return g, err // who was asked to wait comes back with the same passkey
	}
	ctx = context.WithoutCancel(ctx)
	if undo := errors.Join(f.cfg.Passkeys.Forget(did), f.cfg.Custody.Discard(ctx, did)); undo != nil {
		f.log.Error("native: what is left of a failed sign-up could not be removed", "did", did, "err", undo)
	}
	return g, err
}

// adoptPatience is how long a sign-up waits for the chain. The account is good
// without; custody goes on by itself.
const adoptPatience = 20 * time.Second

func (f *Face) adopt(ctx context.Context, did identity.DID) {
	ctx, cancel := context.WithTimeout(ctx, adoptPatience)
	defer cancel()
	if err := f.cfg.Custody.Adopt(ctx, did); err != nil {
		f.log.Warn("native: a new identity's key is not authorised yet", "did", did, "err", err)
	}
}

type passkeySignInInput struct {
	Credential json.RawMessage `json:"credential"` // AuthenticationResponseJSON
	// Handle and RotationKey are given by who signed up and had to wait for the
	// operator: their account is made now.
	Handle      string `json:"handle"`
	RotationKey string `json:"rotationKey"`
}

func (f *Face) passkeySignIn(ctx context.Context, c *xrpc.Call, in passkeySignInInput) (grantOutput, error) {
	did, err := f.cfg.Passkeys.Prove(passkey.Act{Name: actSignIn}, in.Credential)
	if err != nil {
		return grantOutput{}, public(err)
	}
	_, err = f.cfg.Sessions.Account(ctx, did)
	joins := errors.Is(err, session.ErrNoAccount)
	if joins && in.Handle == "" {
		return grantOutput{}, public(session.ErrHandleRequired)
	}
	if !joins {
		in.Handle, in.RotationKey = "", ""
	}
	g, err := f.cfg.Sessions.Begin(ctx, session.BeginRequest{DID: did, By: session.ByPasskey, From: clientOf(c), Handle: in.Handle, RotationKey: in.RotationKey})
	if err != nil {
		return grantOutput{}, public(err)
	}
	if joins {
		f.adopt(ctx, did)
	}
	return f.grant(ctx, g)
}

type passkeyRecoverInput struct {
	Credential json.RawMessage `json:"credential"` // RegistrationResponseJSON
	Handle     string          `json:"handle"`
	Code       string          `json:"code"`
	Name       string          `json:"name"`
}

// passkeyRecover answers alike for a wrong code and for a handle of nobody's.
func (f *Face) passkeyRecover(ctx context.Context, c *xrpc.Call, in passkeyRecoverInput) (grantOutput, error) {
	made, err := f.cfg.Passkeys.Register(passkey.Act{Name: actRecover}, in.Credential)
	if err != nil {
		return grantOutput{}, public(err)
	}
	did, err := f.resolve(ctx, in.Handle)
	if err != nil {
		var e *xrpc.Error
		if errors.As(err, &e) && e.Status < 500 {
			err = passkey.ErrCode
		}
		return grantOutput{}, public(err)
	}
	if err := f.cfg.Passkeys.Recover(did, in.Code, made, in.Name); err != nil {
		return grantOutput{}, public(err)
	}
	g, err := f.cfg.Sessions.Begin(ctx, session.BeginRequest{DID: did, By: session.ByCode, From: clientOf(c)})
	if err != nil {
		return grantOutput{}, public(err)
	}
	return f.grant(ctx, g)
}

type passkeyOutput struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Host       string `json:"host"` // the server's name that it is good at
	Synced     bool   `json:"synced"`
	CreatedAt  string `json:"createdAt"`
	LastUsedAt string `json:"lastUsedAt"`
}

type passkeyListOutput struct {
	Passkeys []passkeyOutput `json:"passkeys"`
	Codes    int             `json:"codes"` // recovery codes that weren't used
	// Custody: this server owns the identity, and a wallet can take it over.
	Custody bool `json:"custody"`
}

func (f *Face) passkeyList(ctx context.Context, c *xrpc.Call, _ xrpc.None) (out passkeyListOutput, err error) {
	c.Writer.Header().Set("Cache-Control", "no-store")
	did := c.Principal.DID
	list, err := f.cfg.Passkeys.List(did)
	if err != nil {
		return out, err
	}
	out.Passkeys = make([]passkeyOutput, len(list))
	for i, k := range list {
		out.Passkeys[i] = passkeyOutput{k.ID, k.Name, k.Host, k.Synced, datetime(k.Created), datetime(k.Used)}
	}
	if out.Codes, err = f.cfg.Passkeys.CodesLeft(did); err != nil {
		return out, err
	}
	out.Custody, err = f.cfg.Custody.Keeps(ctx, did)
	return out, err
}

type passkeyAddInput struct {
	Credential json.RawMessage `json:"credential"` // RegistrationResponseJSON of the new one
	Proof      json.RawMessage `json:"proof"`      // AuthenticationResponseJSON of one there is
	Name       string          `json:"name"`
}

func (f *Face) passkeyAdd(_ context.Context, c *xrpc.Call, in passkeyAddInput) (xrpc.None, error) {
	if err := f.confirm(c, actAdd, "", in.Proof); err != nil {
		return xrpc.None{}, err
	}
	did := c.Principal.DID
	made, err := f.cfg.Passkeys.Register(passkey.Act{Name: actNew, Account: did}, in.Credential)
	if err != nil {
		return xrpc.None{}, public(err)
	}
	return xrpc.None{}, public(f.cfg.Passkeys.Keep(did, made, in.Name))
}

// confirm wants a fresh proof of an act by a passkey of the caller's.
func (f *Face) confirm(c *xrpc.Call, act, subject string, proof json.RawMessage) error {
	_, err := f.cfg.Passkeys.Prove(confirmation(c, act, subject), proof)
	return public(err)
}

type passkeyRemoveInput struct {
	ID    string          `json:"id"`
	Proof json.RawMessage `json:"proof"`
}

func (f *Face) passkeyRemove(ctx context.Context, c *xrpc.Call, in passkeyRemoveInput) (xrpc.None, error) {
	if err := f.confirm(c, actRemove, in.ID, in.Proof); err != nil {
		return xrpc.None{}, err
	}
	kept, err := f.cfg.Custody.Keeps(ctx, c.Principal.DID)
	if err != nil {
		return xrpc.None{}, public(err)
	}
	return xrpc.None{}, public(f.cfg.Passkeys.Remove(c.Principal.DID, in.ID, !kept))
}

type passkeyCodesInput struct {
	Proof json.RawMessage `json:"proof"`
}

type passkeyCodesOutput struct {
	Codes []string `json:"codes"` // shown once
}

func (f *Face) passkeyCodes(_ context.Context, c *xrpc.Call, in passkeyCodesInput) (passkeyCodesOutput, error) {
	if err := f.confirm(c, actCodes, "", in.Proof); err != nil {
		return passkeyCodesOutput{}, err
	}
	codes, err := f.cfg.Passkeys.NewCodes(c.Principal.DID)
	return passkeyCodesOutput{codes}, public(err)
}

type prepareRemovalInput struct {
	Address identity.Address `json:"address"` // the wallet's
}

type prepareRemovalOutput struct {
	Message string `json:"message"` // EIP-4361
}

func (f *Face) preparePasskeyRemoval(_ context.Context, c *xrpc.Call, in prepareRemovalInput) (prepareRemovalOutput, error) {
	ch, err := f.cfg.Sessions.PasskeyRemovalMessage(session.ChallengeRequest{
		Address: in.Address, DID: c.Principal.DID, Origin: pageOrigin(c.Request),
	})
	return prepareRemovalOutput{ch.Message}, public(err)
}

type passkeyRemoveAllInput struct {
	Message   string `json:"message"`
	Signature string `json:"signature"`
}

// passkeyRemoveAll is for who has lost every passkey and owns the identity by a
// wallet: it alone can say so, since no passkey is left to confirm with. Of an
// identity in custody no wallet is the owner.
func (f *Face) passkeyRemoveAll(ctx context.Context, c *xrpc.Call, in passkeyRemoveAllInput) (xrpc.None, error) {
	sig, err := parseSignature(in.Signature)
	if err != nil {
		return xrpc.None{}, err
	}
	did := c.Principal.DID
	if err := f.cfg.Sessions.ProvePasskeyRemoval(ctx, in.Message, sig, did); err != nil {
		return xrpc.None{}, public(err)
	}
	if err := f.cfg.Passkeys.Forget(did); err != nil {
		return xrpc.None{}, public(err)
	}
	return xrpc.None{}, public(f.cfg.Sessions.EndPasskeys(ctx, did, c.Principal.Session))
}
