package session

import (
	"context"
	"errors"
	"fmt"

	"metanet/identity"
	"metanet/identity/siwe"
)

// BeginRequest asks for a sign-in that was proved by other means than a wallet's
// message. Whoever calls Begin answers for the proof.
type BeginRequest struct {
	DID  identity.DID
	By   Method
	From Client
	// These are SignInRequest's. Without a handle the account must exist.
	Handle      string
	RotationKey string
	Invitation  string
	Note        string
}

// Begin starts a sign-in, opening the account if a handle is given. The sign-in
// lasts while the identity's owner stays who it is now, as every other.
func (s *Sessions) Begin(ctx context.Context, r BeginRequest) (Grant, error) {
	owner, err := s.cfg.Owners.OwnerOf(ctx, r.DID)
	if err != nil {
		return Grant{}, fmt.Errorf("session: owner: %w", err)
	}
	if owner.IsZero() {
		return Grant{}, fmt.Errorf("%w: %s was deactivated", ErrInvalidSignature, r.DID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.batch()
	a, created, err := s.accountFor(ctx, w, r)
	if err != nil {
		return Grant{}, err
	}
	g, err := s.newFamily(w, a, family{Owner: owner, Method: r.By}, r.From)
	if err != nil {
		return Grant{}, err
	}
	if created {
		s.announce(ctx, a)
	}
	return g, nil
}

func (s *Sessions) accountFor(ctx context.Context, w *batch, r BeginRequest) (a Account, created bool, err error) {
	if r.Handle == "" {
		a, err = s.Account(ctx, r.DID)
		return a, false, err
	}
	return s.openAccount(ctx, w, SignInRequest{Handle: r.Handle, RotationKey: r.RotationKey}, Applicant{
		DID: r.DID, Handle: r.Handle, Invitation: r.Invitation, Note: r.Note, Client: r.From.Address,
	})
}

// announce tells of an account that is durable already.
func (s *Sessions) announce(ctx context.Context, a Account) {
	if s.cfg.OnAccount == nil {
		return
	}
	if err := s.cfg.OnAccount(ctx, a); err != nil {
		s.log.Error("session: a new account could not be announced", "did", a.DID, "err", err)
	}
}

// MayJoin says early, before anything is made for them, what keeps somebody new
// without a wallet from an account of that handle. The code of an invitation is looked
// at if there is one: they may not have typed it yet. Begin asks again.
func (s *Sessions) MayJoin(ctx context.Context, text, invitation string) error {
	if text == "" {
		return ErrHandleRequired
	}
	switch mode, err := s.registration.Mode(ctx); {
	case err != nil:
		return err
	case mode == ModeClosed:
		return ErrRegistrationClosed
	case mode == ModeWallets:
		return ErrNotListed
	case mode == ModeInvitation && invitation != "":
		if _, _, err := s.registration.invitation(ctx, invitation); err != nil {
			return err
		}
	}
	_, err := s.freeHandle(ctx, text, "")
	return err
}

// TakeOverMessage writes the EIP-4361 message by which a wallet takes over an
// identity that it doesn't own yet. Its nonce serves no sign-in, and a sign-in's
// doesn't serve it: the one can't be got from a wallet under the other's words.
func (s *Sessions) TakeOverMessage(r ChallengeRequest) (Challenge, error) {
	return s.consentMessage(r, takeOver)
}

// PasskeyRemovalMessage writes the one by which the wallet that owns an identity
// removes its passkeys.
func (s *Sessions) PasskeyRemovalMessage(r ChallengeRequest) (Challenge, error) {
	return s.consentMessage(r, removal)
}

func (s *Sessions) consentMessage(r ChallengeRequest, what act) (Challenge, error) {
	if r.Address.IsZero() || r.DID.ChainID() != s.cfg.ChainID {
		return Challenge{}, fmt.Errorf("%w: no wallet, or another chain's identity", ErrInvalidMessage)
	}
	return s.write(r, r.DID, what), nil
}

// ProveTakeOver checks what TakeOverMessage's wallet signed, for the identity
// that it must name, and answers the wallet. The nonce is spent.
func (s *Sessions) ProveTakeOver(ctx context.Context, text string, sig []byte, did identity.DID) (identity.Address, error) {
	m, p, err := s.readConsent(text, did, takeOver)
	if err != nil {
		return identity.Address{}, err
	}
	if _, err := s.verify(ctx, m, sig); err != nil {
		return identity.Address{}, err
	}
	return m.Address, s.useNonce(m.Nonce, p)
}

// ProvePasskeyRemoval checks what PasskeyRemovalMessage's wallet signed, which has
// to own the identity now. The nonce is spent.
func (s *Sessions) ProvePasskeyRemoval(ctx context.Context, text string, sig []byte, did identity.DID) error {
	m, p, err := s.readConsent(text, did, removal)
	if err != nil {
		return err
	}
	if _, err := s.checkSigner(ctx, m, sig, did); err != nil {
		return err
	}
	return s.useNonce(m.Nonce, p)
}

// readConsent reads a message that consentMessage wrote about an identity.
func (s *Sessions) readConsent(text string, did identity.DID, what act) (*siwe.Message, purpose, error) {
	m, named, p, err := s.readMessage(text)
	if err != nil {
		return nil, p, err
	}
	if named != did {
		return nil, p, fmt.Errorf("%w: it names another identity", ErrInvalidMessage)
	}
	p.act = what
	return m, p, s.checkNonce(m.Nonce, p)
}

// verify wants the signature of the message's address.
func (s *Sessions) verify(ctx context.Context, m *siwe.Message, sig []byte) (siwe.Evidence, error) {
	evidence, err := m.VerifySignature(ctx, sig, s.cfg.Contracts)
	switch {
	case err == nil:
		return evidence, nil
	case errors.Is(err, siwe.ErrSignature):
		return evidence, fmt.Errorf("%w: %w", ErrInvalidSignature, err)
	}
	return evidence, fmt.Errorf("%w: %w", ErrChain, err)
}
