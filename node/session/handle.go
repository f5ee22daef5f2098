package session

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/identity"
	"metanet/identity/plc"
)

const (
	// handleRest is how long a handle that was given up stays its last holder's:
	// whoever takes it next should not be taken for them.
	handleRest = 30 * 24 * time.Hour
	// maxFormer bounds the handles that one person keeps others from. A sixth
	// change within handleRest has to wait.
	maxFormer = 5
)

// FormerHandle is a handle that its holder has given up.
type FormerHandle struct {
	Handle   syntax.Handle `json:"handle"`
	Released time.Time     `json:"released"`
}

// Handles resolves handles that are not this server's to give.
type Handles interface {
	// ResolveHandle answers whom the handle's own host name names.
	ResolveHandle(ctx context.Context, h syntax.Handle) (syntax.DID, error)
}

// HandleOwner tells whose a handle under this server's domain is today. It is
// what makes the handle resolvable and is one half of its proof, the other being
// the record that claims it.
func (s *Sessions) HandleOwner(ctx context.Context, h syntax.Handle) (identity.DID, bool, error) {
	h = h.Normalize()
	did, held, err := s.handleHolder(h)
	if err != nil || !held {
		return "", false, err
	}
	a, err := s.Account(ctx, did)
	if errors.Is(err, ErrNoAccount) || err == nil && a.Handle != h {
		return "", false, nil // given up, and only kept from others
	}
	return did, err == nil, err
}

// handleHolder is who keeps a handle from others.
func (s *Sessions) handleHolder(h syntax.Handle) (identity.DID, bool, error) {
	b, found, err := s.kv.Get(handleKey(h))
	if err != nil || !found {
		return "", false, wrap("read handle", err)
	}
	return identity.DID(b), true, nil
}

// CheckHandle finds out whether an account could be called text: a handle under
// this server's domain that is free, or one elsewhere whose host name already
// names the account's AT name.
func (s *Sessions) CheckHandle(ctx context.Context, did identity.DID, text string) (syntax.Handle, error) {
	a, err := s.Account(ctx, did)
	if err != nil {
		return "", err
	}
	name := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "@")
	if !strings.Contains(name, ".") || strings.HasSuffix(name, "."+s.cfg.Domain) {
		return s.freeHandle(ctx, name, did)
	}
	h, err := syntax.ParseHandle(name)
	if err != nil {
		return "", fmt.Errorf("%w: %q is no host name", ErrInvalidHandle, clip(name))
	}
	if s.cfg.Handles == nil {
		return "", fmt.Errorf("%w: this server gives out handles under %s only", ErrInvalidHandle, s.cfg.Domain)
	}
	found, err := s.cfg.Handles.ResolveHandle(ctx, h)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrHandleNotProved, err)
	}
	if found != syntax.DID(a.Name) {
		return "", fmt.Errorf("%w: it names %s", ErrHandleNotProved, found)
	}
	return h, nil
}

// ChooseHandle gives an account another handle, and answers the account with the
// binding that claims it. The identity says so itself by signing that value as
// its record net.metanet.identity.at/self; until then its former handle stands
// there. The former handle under this server's domain stops resolving at once,
// and nobody else can take it for 30 days.
func (s *Sessions) ChooseHandle(ctx context.Context, did identity.DID, text string) (Account, error) {
	h, err := s.CheckHandle(ctx, did, text) // before the lock: it may ask strangers
	if err != nil {
		return Account{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.Account(ctx, did)
	if err != nil {
		return Account{}, err
	}
	if a.Handle == h {
		return a, nil
	}
	w := s.batch()
	if s.isOurs(h) {
		if err := s.stillFree(h, did); err != nil {
			return Account{}, err
		}
		w.put(handleKey(h), []byte(did))
	}
	if err := s.releaseHandle(w, &a, h); err != nil {
		return Account{}, err
	}
	if a.Binding, err = plc.WithHandle(a.Binding, h); err != nil {
		return Account{}, fmt.Errorf("session: %w", err)
	}
	a.Handle = h
	w.putJSON(accountKey(did), a)
	return a, w.commit()
}

func (s *Sessions) isOurs(h syntax.Handle) bool {
	return strings.HasSuffix(string(h), "."+s.cfg.Domain)
}

// stillFree looks again under the lock.
func (s *Sessions) stillFree(h syntax.Handle, did identity.DID) error {
	holder, held, err := s.handleHolder(h)
	if err != nil {
		return err
	}
	if held && holder != did {
		return s.takeRested(h, holder)
	}
	return nil
}

// takeRested allows a handle that its last holder has given up long enough ago.
func (s *Sessions) takeRested(h syntax.Handle, holder identity.DID) error {
	last, err := s.Account(context.Background(), holder)
	if errors.Is(err, ErrNoAccount) {
		return ErrHandleTaken // they have left; Sweep frees it in time (leave.go)
	}
	if err != nil {
		return err
	}
	for _, f := range last.Former {
		if f.Handle == h && s.now().Sub(f.Released) >= handleRest {
			return nil
		}
	}
	return ErrHandleTaken
}

// releaseHandle puts the present handle among the former ones, takes the next
// from them, and lets go of those that have rested.
func (s *Sessions) releaseHandle(w *batch, a *Account, next syntax.Handle) error {
	kept := a.Former[:0:0]
	for _, f := range a.Former {
		switch {
		case f.Handle == next:
		case s.now().Sub(f.Released) >= handleRest:
			if holder, held, err := s.handleHolder(f.Handle); err != nil {
				return err
			} else if held && holder == a.DID {
				w.delete(handleKey(f.Handle))
			}
		default:
			kept = append(kept, f)
		}
	}
	if s.isOurs(a.Handle) {
		kept = append(kept, FormerHandle{a.Handle, s.now().UTC()})
	}
	if len(kept) > maxFormer {
		return fmt.Errorf("%w: %s is free again on %s", ErrHandleChanges, kept[0].Handle,
			kept[0].Released.Add(handleRest).UTC().Format(time.DateOnly))
	}
	a.Former = slices.Clip(kept)
	return nil
}

// clip shortens a stranger's text for an error.
func clip(s string) string { return s[:min(len(s), 80)] }

// A handle that we give out is one label under the server's domain: 3 to 20
// characters, letters, digits and inner hyphens. It is stricter than a DNS
// label (RFC 1035 §2.3.1) on purpose: no doubled hyphen, which also keeps
// "xn--" homographs out.
var handleLabel = regexp.MustCompile(`^[a-z0-9](?:-?[a-z0-9]){2,19}$`)

const maxHandleLabel = 20

// reservedLabels are names that a visitor would take for the server itself,
// that mail and web conventions give a meaning (RFC 2142), or that we may want
// to answer under one day.
var reservedLabels = makeSet(`
	about abuse account accounts admin administrator all anonymous api app apps at atproto auth
	blob blobs blog bot cdn chain contact dev dns docs download everyone feed feeds ftp gateway handle health help
	hostmaster here home host http https imap info invalid ipfs ipns livez localhost login logout
	mail mailer-daemon me media metanet metrics mod moderation moderator news nobody node noc node
	null official operator owner pds peer plc policy pop post postmaster privacy public readyz
	relay root rpc rules security server servers settings signin signout signup site smtp staff
	static status store support sync sys sysadmin system team terms test undefined usenet user
	username users verify wallet web webfinger webmaster well-known www xrpc you
`)

func makeSet(words string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// parseHandle takes "alice" or "alice.example.org" to the handle under domain.
func parseHandle(text, domain string) (syntax.Handle, error) {
	text = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "@")
	label := strings.TrimSuffix(text, "."+domain)
	if len(label) > maxHandleLabel || !handleLabel.MatchString(label) {
		return "", fmt.Errorf("%w: choose 3 to 20 letters, digits and inner hyphens", ErrInvalidHandle)
	}
	if reservedLabels[label] {
		return "", fmt.Errorf("%w: %q is reserved", ErrInvalidHandle, label)
	}
	h, err := syntax.ParseHandle(label + "." + domain)
	if err != nil {
		return "", fmt.Errorf("%w: %q is no host name", ErrInvalidHandle, label+"."+domain)
	}
	return h.Normalize(), nil
}
