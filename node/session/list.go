package session

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"metanet/identity"
	"metanet/identity/siwe"
)

// Client is what a request tells of the program that sent it. It is shown to the
// account's owner, so that they recognise their devices; nothing is decided by it.
type Client struct {
	Agent   string     // as the program calls itself, unchecked
	Address netip.Addr // where it called from
}

// Method says how a sign-in was proved.
type Method string

const (
	ByWallet  Method = "wallet"  // an EIP-4361 message
	ByPasskey Method = "passkey" // a WebAuthn assertion
	ByCode    Method = "code"    // a recovery code
)

// Open is one sign-in that lives, as its account's owner sees it.
type Open struct {
	ID      string
	Method  Method
	Agent   string // what the program called itself last
	Network string // the network it called from last: an IPv4 /24 or an IPv6 /48
	Created time.Time
	Used    time.Time // after a restart: to within AccessTTL
	Expires time.Time

	// Evidence is what shows once more that a contract wallet signed in; nil where a
	// key or no wallet signed.
	Evidence *siwe.Evidence
}

// List is the sign-ins of one account, the one used last first. Those that nothing can be
// done with any more, which wait to be swept, are left out.
func (s *Sessions) List(ctx context.Context, did identity.DID) ([]Open, error) {
	owner, err := s.cfg.Owners.OwnerOf(ctx, did)
	if err != nil {
		return nil, wrap("owner", err)
	}
	now := s.now()
	prefix := familyPrefix(did)
	var open []Open
	err = s.kv.Scan(prefix, func(key, value []byte) error {
		var f family
		if err := decode(value, &f); err != nil {
			return err
		}
		if f.Owner == owner && now.Before(f.Expires) {
			open = append(open, f.open(string(key[len(prefix):]), s.usage))
		}
		return nil
	})
	slices.SortFunc(open, func(a, b Open) int { return b.Used.Compare(a.Used) })
	return open, wrap("scan sign-ins", err)
}

func (f family) open(id string, u *usage) Open {
	return Open{
		ID: id, Method: f.Method, Agent: f.Agent, Network: f.Network,
		Created: f.Created, Used: u.of(id, f.Used), Expires: f.Expires, Evidence: f.Evidence,
	}
}

// SignOutOthers ends every sign-in of an identity but one.
func (s *Sessions) SignOutOthers(_ context.Context, did identity.DID, but string) error {
	return s.endWhere(did, func(id string, _ family) bool { return id != but })
}

// EndEverybody ends all sign-ins in a space that no Sessions uses now: of a home that
// was brought back to an earlier state, in which tokens are good again that have been
// exchanged or ended since.
func EndEverybody(kv KV) error {
	var ended [][]byte
	for _, tag := range []byte{tagFamily, tagToken} {
		err := kv.Scan([]byte{tag}, func(key, _ []byte) error {
			ended = append(ended, slices.Clone(key))
			return nil
		})
		if err != nil {
			return wrap("scan sign-ins", err)
		}
	}
	return wrap("end sign-ins", kv.Apply(nil, ended))
}

// endWhere takes the lock: a refresh under way would write its sign-in back.
func (s *Sessions) endWhere(did identity.DID, which func(id string, f family) bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.batch()
	prefix := familyPrefix(did)
	err := s.kv.Scan(prefix, func(key, value []byte) error {
		var f family
		if err := decode(value, &f); err != nil {
			return err
		}
		if which(string(key[len(prefix):]), f) {
			w.delete(slices.Clone(key))
		}
		return nil
	})
	if err != nil {
		return wrap("scan sign-ins", err)
	}
	return w.commit()
}

// maxAgent bounds what is kept of how a program calls itself.
const maxAgent = 200

// see notes what a client tells of itself. Control and formatting characters,
// which could make one sign-in look like another in a list, are dropped.
func (f *family) see(c Client, now time.Time) {
	f.Used = now
	f.Network = coarse(c.Address)
	f.Agent = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(c.Agent[:min(len(c.Agent), maxAgent)], ""))
}

// coarse is enough of an address to recognise a place by, and no more: what isn't
// kept cannot leak.
func coarse(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return "" // not known
	}
	return p.String()
}

// usage remembers when sign-ins were last used. It lies in memory, since a
// durable write at each use would cost more than the use; a refresh, at least
// every AccessTTL of use, writes it down.
type usage struct {
	mu   sync.Mutex
	last map[string]time.Time // guarded by mu; by family id
}

// maxUsage bounds the memory to a few megabytes.
const maxUsage = 50_000

func newUsage() *usage { return &usage{last: make(map[string]time.Time)} }

func (u *usage) note(id string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, known := u.last[id]; known || len(u.last) < maxUsage {
		u.last[id] = now
	}
}

// of is the later of what is remembered and what was written down.
func (u *usage) of(id string, written time.Time) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	if t := u.last[id]; t.After(written) {
		return t
	}
	return written
}

// forget drops what a refresh must have written down since.
func (u *usage) forget(before time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for id, t := range u.last {
		if t.Before(before) {
			delete(u.last, id)
		}
	}
}
