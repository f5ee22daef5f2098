package session

import (
	"context"
	"fmt"
	"slices"
	"time"

	"metanet/identity"
)

const (
	// maxApplications bounds those that wait: applying costs a signature only.
	maxApplications = 1000
	// applicationTTL is how long an application, or a refusal, stands.
	applicationTTL = 30 * 24 * time.Hour
)

// Decision is what has become of an application.
type Decision string

const (
	Waiting  Decision = "waiting"
	Approved Decision = "approved"
	Refused  Decision = "refused"
)

// Application is somebody who would like an account.
type Application struct {
	DID      identity.DID     `json:"did"`
	Wallet   identity.Address `json:"wallet"`
	Handle   string           `json:"handle"` // not reserved
	Note     string           `json:"note"`
	Made     time.Time        `json:"made"`
	Decision Decision         `json:"decision"`
	Decided  time.Time        `json:"decided,omitzero"`
	Reason   string           `json:"reason,omitempty"` // of a refusal; the applicant is told
}

// lapsed says that the application counts no more. An approval does not lapse
// sooner than what it was the answer to.
func (a *Application) lapsed(now time.Time) bool {
	since := a.Made
	if !a.Decided.IsZero() {
		since = a.Decided
	}
	return now.Sub(since) > applicationTTL
}

// admitApproved lets the approved pass, once, and puts others on the list.
func (r *Registration) admitApproved(w *batch, in Applicant) error {
	var a Application
	found, err := r.read(applicationKey(in.DID), &a)
	if err != nil {
		return err
	}
	if found && !a.lapsed(r.now()) {
		switch a.Decision {
		case Approved:
			w.delete(applicationKey(in.DID))
			return nil
		case Refused:
			return refusal(a.Reason)
		}
	}
	note := cleanNote(in.Note)
	if note == "" && found && !a.lapsed(r.now()) {
		return ErrApprovalPending
	}
	if note == "" {
		return ErrApprovalRequired
	}
	return r.apply(in, note)
}

func refusal(reason string) error {
	if reason == "" {
		return ErrApprovalRefused
	}
	return fmt.Errorf("%w: %s", ErrApprovalRefused, reason)
}

// apply puts an application on the list, or a new note in the place of the old.
func (r *Registration) apply(in Applicant, note string) error {
	waiting, err := r.list()
	if err != nil {
		return err
	}
	n := 0
	for _, a := range waiting {
		if a.Decision == Waiting && a.DID != in.DID {
			n++
		}
	}
	if n >= maxApplications {
		return ErrApplicationsFull
	}
	w := newBatch(r.kv)
	w.putJSON(applicationKey(in.DID), Application{
		DID: in.DID, Wallet: in.Wallet, Handle: cleanNote(in.Handle), Note: note, Made: r.now().UTC(), Decision: Waiting,
	})
	if err := w.commit(); err != nil {
		return err
	}
	return ErrApprovalPending
}

// Applications are those that stand, the oldest first.
func (r *Registration) Applications(context.Context) ([]Application, error) {
	all, err := r.list()
	return slices.DeleteFunc(all, func(a Application) bool { return a.lapsed(r.now()) }), err
}

func (r *Registration) list() (all []Application, err error) {
	err = r.kv.Scan(registrationKey(kindApplication), func(_, value []byte) error {
		var a Application
		if err := decode(value, &a); err != nil {
			return err
		}
		all = append(all, a)
		return nil
	})
	slices.SortStableFunc(all, func(a, b Application) int { return a.Made.Compare(b.Made) })
	return all, wrap("scan applications", err)
}

// Decide approves or refuses an application. A refusal can be turned into an
// approval and the other way round until the account is made.
func (r *Registration) Decide(_ context.Context, did identity.DID, approve bool, reason string) (Application, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var a Application
	found, err := r.read(applicationKey(did), &a)
	if err != nil {
		return a, err
	}
	if !found || a.lapsed(r.now()) {
		return a, fmt.Errorf("%w: %s has not applied", ErrNotFound, did)
	}
	a.Decision, a.Decided, a.Reason = Refused, r.now().UTC(), cleanNote(reason)
	action := "refuse account"
	if approve {
		a.Decision, action = Approved, "approve account"
	}
	if err := r.decided(action, string(did), a.Reason); err != nil {
		return a, err
	}
	w := newBatch(r.kv)
	w.putJSON(applicationKey(did), a)
	return a, w.commit()
}
