package session

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"metanet/identity"
)

// Mode says who may get an account at this server. People who have one are never
// asked again.
type Mode string

const (
	ModeOpen       Mode = "open"       // anybody
	ModeApproval   Mode = "approval"   // whom the operator approves
	ModeInvitation Mode = "invitation" // who brings an invitation's code
	ModeWallets    Mode = "wallets"    // wallets on the operator's list
	ModeClosed     Mode = "closed"     // nobody
)

// ParseMode reads a mode as flags and the operator write it.
func ParseMode(text string) (Mode, error) {
	modes := []Mode{ModeOpen, ModeApproval, ModeInvitation, ModeWallets, ModeClosed}
	if slices.Contains(modes, Mode(text)) {
		return Mode(text), nil
	}
	return "", fmt.Errorf("%q is not open, approval, invitation, wallets or closed", text)
}

// Why nobody new gets an account. Nothing else has changed when one is returned,
// but that ErrApprovalPending may have put an application on the list.
var (
	ErrRegistrationClosed = errors.New("session: this server takes no new people")
	ErrNotListed          = errors.New("session: this wallet is not on the server's list")
	ErrInvitationRequired = errors.New("session: an invitation is needed")
	ErrInvalidInvitation  = errors.New("session: that invitation is unknown, used up or expired")
	ErrApprovalRequired   = errors.New("session: a note to the operator is needed")
	ErrApprovalPending    = errors.New("session: the application waits for the operator")
	ErrApprovalRefused    = errors.New("session: the operator refused the application")
	ErrApplicationsFull   = errors.New("session: too many applications wait")
)

// Applicant is who asks for an account.
type Applicant struct {
	DID        identity.DID
	Wallet     identity.Address // who signed; zero if no wallet did, as with a passkey
	Handle     string           // what they would like to be called; checked by whoever calls Admit
	Invitation string           // an invitation's code, as typed
	Note       string           // to the operator
	Client     netip.Addr       // where the request came from; invalid if nobody can tell
}

// Registration decides who gets an account. It keeps mode, applications,
// invitations and the list of wallets in the KV of the Sessions it is of, so that
// an invitation's use and the account it gives are one write.
type Registration struct {
	kv  KV
	now func() time.Time
	cfg *Config     // that of Sessions
	mu  sync.Locker // that of Sessions: see its field
}

// Mode is the mode in force: open, until somebody has said otherwise.
func (r *Registration) Mode(context.Context) (Mode, error) {
	b, found, err := r.kv.Get(modeKey())
	if err != nil || !found {
		return ModeOpen, wrap("read registration", err)
	}
	return Mode(b), nil
}

// SetMode changes the mode, durably and from now on. Applications stay.
func (r *Registration) SetMode(ctx context.Context, m Mode) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now, err := r.Mode(ctx); err != nil || now == m {
		return err
	}
	if err := r.decided("set registration", string(m), ""); err != nil {
		return err
	}
	w := newBatch(r.kv)
	w.put(modeKey(), []byte(m))
	return w.commit()
}

// admit says whether a may have an account, adding to w what giving it uses up.
// The caller holds mu until w is committed. ErrApprovalPending comes after the
// application is durable.
func (r *Registration) admit(ctx context.Context, w *batch, a Applicant) error {
	mode, err := r.Mode(ctx)
	if err != nil {
		return err
	}
	switch mode {
	case ModeOpen:
		return nil
	case ModeApproval:
		return r.admitApproved(w, a)
	case ModeInvitation:
		return r.useInvitation(ctx, w, a)
	case ModeWallets:
		return r.admitListed(a)
	}
	return ErrRegistrationClosed
}

// The list of wallets: bounded by what an operator types or a script sends.
const maxListed = 100_000

func (r *Registration) admitListed(a Applicant) error {
	if a.Wallet.IsZero() {
		return ErrNotListed
	}
	_, found, err := r.kv.Get(listedKey(a.Wallet))
	if err != nil {
		return wrap("read wallets", err)
	}
	if !found {
		return ErrNotListed
	}
	return nil
}

// Wallets is the list that ModeWallets goes by, in order.
func (r *Registration) Wallets(context.Context) (list []identity.Address, err error) {
	prefix := registrationKey(kindListed)
	err = r.kv.Scan(prefix, func(key, _ []byte) error {
		list = append(list, identity.Address(key[len(prefix):]))
		return nil
	})
	return list, wrap("scan wallets", err)
}

// ListWallets adds wallets to the list and takes others off it.
func (r *Registration) ListWallets(ctx context.Context, add, remove []identity.Address) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	have, err := r.Wallets(ctx)
	if err != nil {
		return err
	}
	if len(have)+len(add) > maxListed {
		return fmt.Errorf("session: the list holds at most %d wallets", maxListed)
	}
	if err := errors.Join(r.decidedWallets("list wallets", add), r.decidedWallets("unlist wallets", remove)); err != nil {
		return err
	}
	w := newBatch(r.kv)
	for _, a := range add {
		w.put(listedKey(a), nil)
	}
	for _, a := range remove {
		delete(w.puts, string(listedKey(a)))
		w.delete(listedKey(a))
	}
	return w.commit()
}

// maxNote bounds what people write with an application or an invitation, in runes.
const maxNote = 500

// cleanNote makes one line of what strangers write, so that it cannot dress up as
// more than one line of a list on the operator's terminal.
func cleanNote(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool {
		return r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == ' ' || (r >= 0x200b && r <= 0x200f) || (r >= 0x2028 && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069)
	}), " ")
	if utf8.RuneCountInString(text) > maxNote {
		text = string([]rune(text)[:maxNote])
	}
	return text
}
