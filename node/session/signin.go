package session

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/atcrypto"
	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/identity"
	"metanet/identity/plc"
	"metanet/identity/siwe"
	"metanet/node/nonce"
)

// ChallengeRequest asks for something to sign.
type ChallengeRequest struct {
	Address identity.Address // the wallet's
	DID     identity.DID     // which identity; "" is the wallet's own
	Handle  string           // optional: checked early
	Origin  string           // the page's, if known
}

// Challenge is what the wallet is shown.
type Challenge struct {
	Message        string
	Nonce          string
	ExpiresAt      time.Time
	DID            identity.DID
	HandleRequired bool
	// Registration is the mode in force, if the identity has no account here yet;
	// else "".
	Registration Mode
}

// Challenge writes the EIP-4361 message that the wallet is to sign.
func (s *Sessions) Challenge(ctx context.Context, r ChallengeRequest) (Challenge, error) {
	if r.Address.IsZero() {
		return Challenge{}, fmt.Errorf("%w: the zero address owns nothing", ErrInvalidMessage)
	}
	did := r.DID
	if did == "" {
		did = identity.NewDID(s.cfg.ChainID, r.Address)
	}
	if did.ChainID() != s.cfg.ChainID {
		return Challenge{}, ErrWrongChain
	}
	a, known, err := s.knownAccount(ctx, did)
	if err != nil {
		return Challenge{}, err
	}
	var mode Mode
	if a.Created.IsZero() {
		if mode, err = s.registration.Mode(ctx); err != nil {
			return Challenge{}, err
		}
		if mode == ModeClosed {
			return Challenge{}, ErrRegistrationClosed
		}
	}
	if r.Handle != "" && !known {
		if _, err := s.freeHandle(ctx, r.Handle, did); err != nil {
			return Challenge{}, err
		}
	}
	ch := s.write(r, did, signIn)
	ch.HandleRequired = !known
	ch.Registration = mode
	return ch, nil
}

func (s *Sessions) write(r ChallengeRequest, did identity.DID, what act) Challenge {
	origin := s.cfg.Origins[0]
	if o := strings.ToLower(r.Origin); slices.Contains(s.cfg.Origins, o) {
		origin = o
	}
	fresh, expires := s.nonces.Issue(purpose{r.Address, did, origin, what}.String())
	m := siwe.Message{
		Domain:         originHost(origin),
		Address:        r.Address,
		Statement:      statements[what],
		URI:            origin,
		ChainID:        s.cfg.ChainID,
		Nonce:          fresh,
		IssuedAt:       s.now().UTC().Truncate(time.Second),
		ExpirationTime: expires.UTC(),
		Resources:      []string{string(did)},
	}
	return Challenge{Message: m.String(), Nonce: fresh, ExpiresAt: expires, DID: did}
}

func originHost(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return "" // New has parsed it
	}
	return u.Host
}

// SignInRequest is the signed message and, at the first sign-in, what to be called.
type SignInRequest struct {
	Message     string
	Signature   []byte
	Handle      string // needed once: "alice" or "alice.<domain>"
	RotationKey string // optional, once: the did:key of the user's own recovery key
	From        Client
	// Invitation and Note are for the first sign-in, where the mode of registration
	// asks for one.
	Invitation string
	Note       string
}

// SignIn checks the message in full, then starts a sign-in. Cheap and
// context-free checks come first, the wallet contract's (a call to the chain)
// late, and the nonce is spent last of all: a request that is refused for any
// reason changes nothing and may be put right.
func (s *Sessions) SignIn(ctx context.Context, r SignInRequest) (Grant, error) {
	m, did, p, err := s.readMessage(r.Message)
	if err != nil {
		return Grant{}, err
	}
	if err := s.checkNonce(m.Nonce, p); err != nil {
		return Grant{}, err
	}
	evidence, err := s.checkSigner(ctx, m, r.Signature, did)
	if err != nil {
		return Grant{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.batch()
	a, created, err := s.openAccount(ctx, w, r, Applicant{
		DID: did, Wallet: m.Address, Handle: r.Handle, Invitation: r.Invitation, Note: r.Note, Client: r.From.Address,
	})
	if err != nil {
		return Grant{}, err
	}
	if err := s.useNonce(m.Nonce, p); err != nil {
		return Grant{}, err
	}
	g, err := s.newFamily(w, a, family{Owner: m.Address, Method: ByWallet, Evidence: evidence}, r.From)
	if err != nil {
		s.nonces.Restore(m.Nonce) // the disk may have been full: the same message signs in once it isn't
		return Grant{}, err
	}
	if created {
		s.announce(ctx, a)
	}
	return g, nil
}

// readMessage parses the message and checks whatever needs neither the chain nor
// the nonce: what it is for, where, and when.
func (s *Sessions) readMessage(text string) (*siwe.Message, identity.DID, purpose, error) {
	fail := func(err error) (*siwe.Message, identity.DID, purpose, error) { return nil, "", purpose{}, err }
	m, err := siwe.Parse(text)
	if err != nil {
		return fail(fmt.Errorf("%w: %w", ErrInvalidMessage, err))
	}
	origin, err := s.messageOrigin(m)
	if err != nil {
		return fail(err)
	}
	if m.ChainID != s.cfg.ChainID {
		return fail(ErrWrongChain)
	}
	did, err := resourceDID(m.Resources)
	if err != nil {
		return fail(err)
	}
	if did.ChainID() != s.cfg.ChainID {
		return fail(ErrWrongChain)
	}
	if err := s.checkTimes(m); err != nil {
		return fail(err)
	}
	return m, did, purpose{m.Address, did, origin, signIn}, nil
}

// messageOrigin wants a URI at one of our origins and the domain that belongs
// to it: the wallet has compared the domain with the page's (EIP-4361,
// "Verifying Domain Binding"), so a page elsewhere cannot have got this signed
// without the person being warned.
func (s *Sessions) messageOrigin(m *siwe.Message) (string, error) {
	for _, o := range s.cfg.Origins {
		if m.URI == o && m.Domain == originHost(o) && (m.Scheme == "" || strings.HasPrefix(o, m.Scheme+"://")) {
			return o, nil
		}
	}
	return "", ErrWrongDomain
}

// resourceDID finds the one identity that the message names.
func resourceDID(resources []string) (did identity.DID, err error) {
	for _, r := range resources {
		if !strings.HasPrefix(r, "did:ethr:") {
			continue
		}
		if did != "" {
			return "", fmt.Errorf("%w: it names more than one identity", ErrInvalidMessage)
		}
		if did, err = identity.ParseDID(r); err != nil {
			return "", fmt.Errorf("%w: %w", ErrInvalidMessage, err)
		}
	}
	if did == "" {
		return "", fmt.Errorf("%w: its resources name no did:ethr", ErrInvalidMessage)
	}
	return did, nil
}

// checkTimes wants an expiry, which EIP-4361 leaves optional, no further away
// than a nonce lives. The nonce's own time was set by our clock, so issued-at
// needs no allowance beyond rounding.
func (s *Sessions) checkTimes(m *siwe.Message) error {
	now := s.now()
	switch {
	case m.ExpirationTime.IsZero():
		return fmt.Errorf("%w: it has no expiration time", ErrInvalidMessage)
	case !now.Before(m.ExpirationTime), now.Add(2 * time.Second).Before(m.NotBefore), now.Add(2 * time.Second).Before(m.IssuedAt):
		return ErrExpired
	case m.ExpirationTime.Sub(now) > nonce.TTL+time.Second:
		return fmt.Errorf("%w: it would be valid for too long", ErrInvalidMessage)
	}
	return nil
}

// checkSigner wants the signature of the message's address, and that address to
// own the identity now. What a contract answered is evidence to be kept: asked
// again tomorrow, it might say something else. A key's signature speaks for itself.
func (s *Sessions) checkSigner(ctx context.Context, m *siwe.Message, sig []byte, did identity.DID) (kept *siwe.Evidence, err error) {
	evidence, err := s.verify(ctx, m, sig)
	if err != nil {
		return nil, err
	}
	owner, err := s.cfg.Owners.OwnerOf(ctx, did)
	if err != nil {
		return nil, fmt.Errorf("session: owner: %w", err)
	}
	if owner.IsZero() || owner != m.Address {
		return nil, fmt.Errorf("%w: %s belongs to another wallet", ErrInvalidSignature, did)
	}
	if evidence.At != nil {
		kept = &evidence
	}
	return kept, nil
}

// openAccount returns the identity's account, adding a new one to the batch if
// registration lets it. A handle that cannot be had is told before anybody is
// asked for leave; keys are made after.
func (s *Sessions) openAccount(ctx context.Context, w *batch, r SignInRequest, who Applicant) (a Account, created bool, err error) {
	did := who.DID
	a, known, err := s.knownAccount(ctx, did)
	if err != nil {
		return Account{}, false, err
	}
	if !known {
		if err := s.checkNew(ctx, did, r); err != nil {
			return Account{}, false, err
		}
	}
	if a.Created.IsZero() {
		if err := s.registration.admit(ctx, w, who); err != nil {
			return Account{}, false, err
		}
	}
	if !known {
		if a, err = s.newAccount(ctx, did, r); err != nil {
			return Account{}, false, err
		}
	}
	if a.Created.IsZero() {
		if s.cfg.Quota != nil { // last: what was refused uses nothing up
			if err := s.cfg.Quota(who.Client); err != nil {
				return Account{}, false, err
			}
		}
		a.Created, created = s.now().UTC(), true
		s.reserveHandle(ctx, w, a)
	}
	w.putJSON(accountKey(did), a)
	return a, created, nil
}

// knownAccount is the account as kept here, brought up to what the identity's
// own records say: if they bind another AT name (it was made at another server,
// whose records reached us later), theirs counts; one that no live key stands
// behind only names those who have no account here. An identity known from records
// alone has a zero Created.
func (s *Sessions) knownAccount(ctx context.Context, did identity.DID) (a Account, known bool, err error) {
	a, err = s.Account(ctx, did)
	if err != nil && !errors.Is(err, ErrNoAccount) {
		return Account{}, false, err
	}
	known = err == nil
	b, published, err := s.cfg.Directory.Binding(ctx, did)
	if err != nil {
		return Account{}, false, fmt.Errorf("session: directory: %w", err)
	}
	if published && (!known || !b.Hidden && a.Name != b.Name) {
		a.DID, a.Name, a.Handle, a.Binding = did, b.Name, b.Handle, b.Value
	}
	return a, known || published, nil
}

// reserveHandle keeps others from taking the handle, if it is ours to give.
func (s *Sessions) reserveHandle(ctx context.Context, w *batch, a Account) {
	if h, err := s.freeHandle(ctx, string(a.Handle), a.DID); err == nil && h == a.Handle {
		w.put(handleKey(h), []byte(a.DID))
	}
}

// freeHandle parses what a person would like to be called and says if they can.
func (s *Sessions) freeHandle(_ context.Context, text string, did identity.DID) (syntax.Handle, error) {
	h, err := parseHandle(text, s.cfg.Domain)
	if err != nil {
		return "", err
	}
	return h, s.stillFree(h, did)
}

// checkNew says what keeps newAccount from being made of r.
func (s *Sessions) checkNew(ctx context.Context, did identity.DID, r SignInRequest) error {
	if r.Handle == "" {
		return ErrHandleRequired
	}
	if _, err := s.freeHandle(ctx, r.Handle, did); err != nil {
		return err
	}
	if r.RotationKey == "" {
		return nil
	}
	return checkRotationKey(r.RotationKey, s.cfg.Ring.Rotation().DIDKey())
}

// newAccount names an identity: a handle under our domain and, computed from a
// genesis operation that nobody has to be asked for, its AT name. The user's own
// key comes first among those that can rotate the name, the server's last, so
// that the user can take the name elsewhere against the server's will.
func (s *Sessions) newAccount(ctx context.Context, did identity.DID, r SignInRequest) (Account, error) {
	handle, err := s.freeHandle(ctx, r.Handle, did)
	if err != nil {
		return Account{}, err
	}
	server := s.cfg.Ring.Rotation()
	rotation := []string{server.DIDKey()}
	if r.RotationKey != "" {
		rotation = []string{r.RotationKey, server.DIDKey()}
	}
	atKey, err := s.cfg.Ring.ATKey(ctx, did)
	if err != nil {
		return Account{}, fmt.Errorf("session: AT key: %w", err)
	}
	op, err := plc.New(rotation, atKey.DIDKey(), handle, did, s.cfg.Service)
	if err != nil {
		return Account{}, fmt.Errorf("session: %w", err)
	}
	if err := op.Sign(server); err != nil {
		return Account{}, fmt.Errorf("session: %w", err)
	}
	value, err := plc.Value(op, s.now())
	if err != nil {
		return Account{}, fmt.Errorf("session: %w", err)
	}
	return Account{DID: did, Name: op.Name(), Handle: handle, Binding: value}, nil
}

// checkRotationKey wants a K-256 or P-256 did:key in the one spelling that is
// hashed into the name, and not the server's own.
func checkRotationKey(text, server string) error {
	if len(text) > 128 { // base58 takes quadratic time
		return ErrInvalidKey
	}
	key, err := atcrypto.ParsePublicDIDKey(text)
	if err != nil || key.DIDKey() != text || text == server {
		return ErrInvalidKey
	}
	return nil
}
