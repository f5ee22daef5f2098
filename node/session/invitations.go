package session

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"metanet/identity"
)

const (
	// codeBytes is 80 bits: codes cannot be guessed at any rate of sign-ins.
	codeBytes    = 10
	invitationID = 8 // bytes of the hash that name an invitation in lists

	maxInvitations      = 10_000
	maxOpenOfMember     = 50 // of one member's, unused
	maxInvitationUses   = 1000
	InvitationTTL       = 30 * 24 * time.Hour // unless its maker says otherwise
	maxInvitationTTL    = 366 * 24 * time.Hour
	maxMadeAtOnce       = 100
	invitationAlphabet  = "abcdefghjkmnpqrstvwxyz0123456789" // no i, l, o, u
	invitationGroup     = 4
	invitationOperators = "operator"
)

var invitationEncoding = base32.NewEncoding(invitationAlphabet).WithPadding(base32.NoPadding)

// Invitation is what is kept of a code: not the code.
type Invitation struct {
	ID      string         `json:"id"`
	By      string         `json:"by"` // "operator", or the DID of the member who made it
	Note    string         `json:"note,omitempty"`
	Made    time.Time      `json:"made"`
	Expires time.Time      `json:"expires"`
	Uses    int            `json:"uses"` // how many accounts it gives
	Used    []identity.DID `json:"used,omitempty"`
}

func (i *Invitation) good(now time.Time) bool {
	return now.Before(i.Expires) && len(i.Used) < i.Uses
}

// InvitationRequest asks for codes. Zero fields have defaults: one code, of one
// use, for thirty days.
type InvitationRequest struct {
	By      identity.DID // a member; "" is the operator
	Count   int
	Uses    int
	Expires time.Time
	Note    string
}

// Invite makes invitations. The codes are nowhere else than in the answer.
func (r *Registration) Invite(_ context.Context, q InvitationRequest) (codes []string, made []Invitation, err error) {
	now := r.now().UTC()
	q.Count, q.Uses = max(q.Count, 1), max(q.Uses, 1)
	if q.Expires.IsZero() {
		q.Expires = now.Add(InvitationTTL)
	}
	if q.Count > maxMadeAtOnce || q.Uses > maxInvitationUses || !q.Expires.After(now) || q.Expires.Sub(now) > maxInvitationTTL {
		return nil, nil, fmt.Errorf("%w: at most %d at once, of %d uses, for a year", ErrInvitations, maxMadeAtOnce, maxInvitationUses)
	}
	by := invitationOperators
	if q.By != "" {
		by = string(q.By)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.roomFor(q, now); err != nil {
		return nil, nil, err
	}
	w := newBatch(r.kv)
	for range q.Count {
		code := newCode()
		hash := sha256.Sum256([]byte(plainCode(code)))
		i := Invitation{
			ID: hex.EncodeToString(hash[:invitationID]), By: by, Note: cleanNote(q.Note), Made: now, Expires: q.Expires.UTC(), Uses: q.Uses,
		}
		w.putJSON(invitationKey(hash), i)
		codes, made = append(codes, code), append(made, i)
	}
	if q.By == "" {
		ids := make([]string, len(made))
		for i, m := range made {
			ids[i] = m.ID
		}
		if err := r.decided("invite", strings.Join(ids, " "), cleanNote(q.Note)); err != nil {
			return nil, nil, err
		}
	}
	return codes, made, w.commit()
}

// roomFor bounds the list, and what one member can fill of it.
func (r *Registration) roomFor(q InvitationRequest, now time.Time) error {
	have, err := r.invitations(nil)
	if err != nil {
		return err
	}
	open := 0
	for _, i := range have {
		if i.By == string(q.By) && i.good(now) {
			open++
		}
	}
	switch {
	case q.By != "" && open+q.Count > maxOpenOfMember:
		return fmt.Errorf("%w: %d of yours are unused; withdraw some", ErrInvitations, open)
	case len(have)+q.Count > maxInvitations:
		return fmt.Errorf("%w: %d are open; withdraw some", ErrInvitations, len(have))
	}
	return nil
}

// newCode is four groups of four characters that are not taken for one another.
func newCode() string {
	b := make([]byte, codeBytes)
	rand.Read(b) // never fails (crypto/rand)
	text := invitationEncoding.EncodeToString(b)
	groups := slices.Collect(slices.Chunk([]byte(text), invitationGroup))
	return string(bytes.Join(groups, []byte("-")))
}

// plainCode reads a code as people copy it.
func plainCode(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(strings.TrimSpace(text)))
}

// useInvitation notes one use in w. A code is looked up by its hash, so that no
// comparison takes place that time could tell apart.
func (r *Registration) useInvitation(ctx context.Context, w *batch, a Applicant) error {
	key, i, err := r.invitation(ctx, a.Invitation)
	if err != nil {
		return err
	}
	i.Used = append(i.Used, a.DID)
	w.putJSON(key, i)
	return nil
}

// invitation is the one of a code, as typed, if it still brings somebody in.
func (r *Registration) invitation(ctx context.Context, text string) (key []byte, i Invitation, err error) {
	code := plainCode(text)
	if code == "" {
		return nil, i, ErrInvitationRequired
	}
	if len(code) != invitationEncoding.EncodedLen(codeBytes) {
		return nil, i, ErrInvalidInvitation
	}
	key = invitationKey(sha256.Sum256([]byte(code)))
	found, err := r.read(key, &i)
	if err != nil {
		return nil, i, err
	}
	if !found || !i.good(r.now()) {
		return nil, i, ErrInvalidInvitation
	}
	// Whom the operator has shut out brings nobody else in.
	if i.By != invitationOperators && r.cfg.Barred != nil && r.cfg.Barred(ctx, identity.DID(i.By)) != nil {
		return nil, i, ErrInvalidInvitation
	}
	return key, i, nil
}

// Invitations are those that were not withdrawn and expired less than thirty days
// ago, oldest first; by one member if by is not "".
func (r *Registration) Invitations(_ context.Context, by identity.DID) ([]Invitation, error) {
	return r.invitations(func(i *Invitation) bool { return by == "" || i.By == string(by) })
}

func (r *Registration) invitations(want func(*Invitation) bool) (all []Invitation, err error) {
	err = r.kv.Scan(registrationKey(kindInvitation), func(_, value []byte) error {
		var i Invitation
		if err := decode(value, &i); err != nil {
			return err
		}
		if want == nil || want(&i) {
			all = append(all, i)
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b Invitation) int { return a.Made.Compare(b.Made) })
	return all, wrap("scan invitations", err)
}

// Withdraw ends an invitation: an operator's call for any, a member's for one of
// their own.
func (r *Registration) Withdraw(_ context.Context, id string, by identity.DID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := newBatch(r.kv)
	err := r.kv.Scan(registrationKey(kindInvitation), func(key, value []byte) error {
		var i Invitation
		if err := decode(value, &i); err != nil {
			return err
		}
		if i.ID == id && (by == "" || i.By == string(by)) {
			w.delete(bytes.Clone(key))
		}
		return nil
	})
	if err != nil {
		return wrap("scan invitations", err)
	}
	if len(w.deletes) == 0 {
		return fmt.Errorf("%w: no invitation %s", ErrNotFound, id)
	}
	if by == "" {
		if err := r.decided("withdraw invitation", id, ""); err != nil {
			return err
		}
	}
	return w.commit()
}

// withdrawAll ends a member's unused invitations, in w. The caller holds mu.
func (r *Registration) withdrawAll(w *batch, by identity.DID) error {
	err := r.kv.Scan(registrationKey(kindInvitation), func(key, value []byte) error {
		var i Invitation
		if err := decode(value, &i); err != nil || i.By != string(by) {
			return err
		}
		w.delete(bytes.Clone(key))
		return nil
	})
	return wrap("scan invitations", err)
}

// sweep forgets applications that have lapsed and invitations long expired.
func (r *Registration) sweep() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, w := r.now(), newBatch(r.kv)
	all, err := r.list()
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.lapsed(now) {
			w.delete(applicationKey(a.DID))
		}
	}
	err = r.kv.Scan(registrationKey(kindInvitation), func(key, value []byte) error {
		var i Invitation
		if err := decode(value, &i); err != nil || now.Sub(i.Expires) > InvitationTTL {
			w.delete(bytes.Clone(key))
		}
		return nil
	})
	if err != nil {
		return wrap("scan invitations", err)
	}
	return w.commit()
}
