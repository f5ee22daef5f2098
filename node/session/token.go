package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"metanet/identity"
	"metanet/identity/siwe"
)

const (
	AccessTTL  = 2 * time.Hour
	RefreshTTL = 30 * 24 * time.Hour

	// reuseGrace is how soon a repeated refresh is taken for a second tab of the
	// same browser. It is refused all the same; it only doesn't end the sign-in.
	reuseGrace = 10 * time.Second

	// maxFamilies is how many sign-ins one identity may have; the oldest gives way.
	maxFamilies = 64
)

// The prefix tells a person, and a secret scanner, what a leaked string is.
const (
	accessPrefix  = "mnat_"
	refreshPrefix = "mnrt_"
)

// Grant is what a sign-in or a refresh hands out. The token texts exist only
// here and at the caller.
type Grant struct {
	Access, Refresh               string
	AccessExpires, RefreshExpires time.Time
	Account                       Account
}

// Token is a good access token's meaning.
type Token struct {
	Account Account
	Family  string
}

// tokenRecord is what is kept of a token, under its hash.
type tokenRecord struct {
	DID     identity.DID `json:"did"`
	Family  string       `json:"family"`
	Refresh bool         `json:"refresh,omitempty"`
	Expires time.Time    `json:"expires"`
	Used    *time.Time   `json:"used,omitempty"` // refresh tokens: when it was exchanged
}

// family is one sign-in. Its record going away ends all of its tokens at once.
type family struct {
	Owner   identity.Address `json:"owner"` // of the identity when it began
	Created time.Time        `json:"created"`
	Expires time.Time        `json:"expires"` // of the youngest refresh token
	Used    time.Time        `json:"used"`    // when a pair of tokens was handed out last
	Method  Method           `json:"method"`
	Agent   string           `json:"agent,omitempty"`
	Network string           `json:"network,omitempty"`

	// Evidence is what a contract wallet signed in with, and at which block it said
	// yes; nil where a key or no wallet signed.
	Evidence *siwe.Evidence `json:"evidence,omitempty"`
}

// Authenticate turns an access token into its account.
func (s *Sessions) Authenticate(ctx context.Context, token string) (Token, error) {
	rec, err := s.lookUp(ctx, token, accessPrefix)
	if err != nil {
		return Token{}, err
	}
	a, err := s.Account(ctx, rec.DID)
	if err != nil {
		return Token{}, err
	}
	s.usage.note(rec.Family, s.now())
	return Token{Account: a, Family: rec.Family}, nil
}

// Refresh exchanges a refresh token for a new pair. The old one is spent.
func (s *Sessions) Refresh(ctx context.Context, token string, from Client) (Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec, err := s.lookUp(ctx, token, refreshPrefix)
	if err != nil {
		return Grant{}, err
	}
	now := s.now()
	if rec.Used != nil {
		return Grant{}, s.reused(rec, now)
	}
	a, err := s.Account(ctx, rec.DID)
	if err != nil {
		return Grant{}, err
	}
	var fam family
	if _, err := s.get(familyKey(rec.DID, rec.Family), &fam); err != nil {
		return Grant{}, err
	}
	rec.Used = &now
	fam.see(from, now)
	w := s.batch()
	w.putJSON(tokenKey(token), rec)
	return s.grant(w, a, rec.Family, fam)
}

// reused ends the sign-in whose refresh token came twice.
func (s *Sessions) reused(rec tokenRecord, now time.Time) error {
	if now.Sub(*rec.Used) < reuseGrace {
		return ErrInvalidToken
	}
	s.log.Warn("session: a refresh token came twice; its sign-in has ended", "did", rec.DID, "family", rec.Family)
	w := s.batch()
	w.delete(familyKey(rec.DID, rec.Family))
	if err := w.commit(); err != nil {
		return err
	}
	return ErrTokenReused
}

// SignOut ends one sign-in: its access tokens, too. Ending one that isn't there
// is no error.
func (s *Sessions) SignOut(_ context.Context, did identity.DID, familyID string) error {
	return s.endWhere(did, func(id string, _ family) bool { return id == familyID })
}

// EndAll ends every sign-in of an identity. The node calls it when the chain
// shows a new owner or a deactivation.
func (s *Sessions) EndAll(_ context.Context, did identity.DID) error {
	return s.endWhere(did, func(string, family) bool { return true })
}

// EndPasskeys ends every sign-in by a passkey or a recovery code but one: whoever has the
// lost ones may have used them.
func (s *Sessions) EndPasskeys(_ context.Context, did identity.DID, but string) error {
	return s.endWhere(did, func(id string, f family) bool { return id != but && f.Method != ByWallet })
}

// lookUp finds a token's record by the hash of its text (so no comparison of
// secrets takes place that time could tell apart), and checks its kind, its
// time, its sign-in and that the identity's owner is still the one who signed.
func (s *Sessions) lookUp(ctx context.Context, token, prefix string) (tokenRecord, error) {
	if !strings.HasPrefix(token, prefix) || len(token) != len(prefix)+tokenTextLen {
		return tokenRecord{}, ErrInvalidToken
	}
	var rec tokenRecord
	found, err := s.get(tokenKey(token), &rec)
	if err != nil {
		return tokenRecord{}, err
	}
	if !found || rec.Refresh != (prefix == refreshPrefix) {
		return tokenRecord{}, ErrInvalidToken
	}
	if !s.now().Before(rec.Expires) {
		return tokenRecord{}, ErrExpiredToken
	}
	var fam family
	if found, err = s.get(familyKey(rec.DID, rec.Family), &fam); err != nil {
		return tokenRecord{}, err
	}
	if !found {
		return tokenRecord{}, ErrInvalidToken
	}
	owner, err := s.cfg.Owners.OwnerOf(ctx, rec.DID)
	if err != nil {
		return tokenRecord{}, fmt.Errorf("session: owner: %w", err)
	}
	if owner != fam.Owner {
		return tokenRecord{}, ErrInvalidToken
	}
	return rec, nil
}

// newFamily starts a sign-in, making room by ending the oldest if there are too many.
// Of fam the owner, the method and the evidence are given.
func (s *Sessions) newFamily(w *batch, a Account, fam family, from Client) (Grant, error) {
	if s.cfg.Barred != nil {
		if err := s.cfg.Barred(context.Background(), a.DID); err != nil { // answers from memory and local state
			return Grant{}, err
		}
	}
	if err := s.evictFamily(w, a.DID); err != nil {
		return Grant{}, err
	}
	fam.Created = s.now()
	fam.see(from, fam.Created)
	return s.grant(w, a, randomText(12), fam)
}

func (s *Sessions) evictFamily(w *batch, did identity.DID) error {
	var oldest []byte
	var oldestAt time.Time
	n := 0
	err := s.kv.Scan(familyPrefix(did), func(key, value []byte) error {
		var f family
		if err := decode(value, &f); err != nil {
			return err
		}
		n++
		if oldest == nil || f.Created.Before(oldestAt) {
			oldest, oldestAt = append([]byte(nil), key...), f.Created
		}
		return nil
	})
	if err != nil {
		return wrap("scan sign-ins", err)
	}
	if n >= maxFamilies {
		w.delete(oldest)
	}
	return nil
}

// grant adds a new pair of tokens to the batch and commits it: the exchange is
// durable before either text leaves the process.
func (s *Sessions) grant(w *batch, a Account, familyID string, fam family) (Grant, error) {
	now := s.now()
	g := Grant{
		Account: a,
		Access:  accessPrefix + randomText(32), AccessExpires: now.Add(AccessTTL),
		Refresh: refreshPrefix + randomText(32), RefreshExpires: now.Add(RefreshTTL),
	}
	fam.Expires = g.RefreshExpires
	w.putJSON(familyKey(a.DID, familyID), fam)
	w.putJSON(tokenKey(g.Access), tokenRecord{DID: a.DID, Family: familyID, Expires: g.AccessExpires})
	w.putJSON(tokenKey(g.Refresh), tokenRecord{DID: a.DID, Family: familyID, Refresh: true, Expires: g.RefreshExpires})
	if err := w.commit(); err != nil {
		return Grant{}, err
	}
	return g, nil
}

// Sweep forgets what time has ended: tokens, sign-ins, nonces. Call it every
// few minutes; correctness doesn't depend on it, space does.
func (s *Sessions) Sweep(ctx context.Context) error {
	now := s.now()
	s.nonces.Sweep()
	s.usage.forget(now.Add(-AccessTTL))
	w := s.batch()
	errTokens := s.kv.Scan([]byte{tagToken}, func(key, value []byte) error {
		var t tokenRecord
		if err := decode(value, &t); err != nil || !now.Before(t.Expires) {
			w.delete(append([]byte(nil), key...))
		}
		return ctx.Err()
	})
	errFamilies := s.kv.Scan([]byte{tagFamily}, func(key, value []byte) error {
		var f family
		if err := decode(value, &f); err != nil || !now.Before(f.Expires) {
			w.delete(append([]byte(nil), key...))
		}
		return ctx.Err()
	})
	if err := errors.Join(errTokens, errFamilies, s.registration.sweep(), s.freeHandles(ctx)); err != nil {
		return wrap("sweep", err)
	}
	return w.commit()
}

var tokenTextLen = base64.RawURLEncoding.EncodedLen(32)

func randomText(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

func tokenKey(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return append([]byte{tagToken}, h[:]...)
}
