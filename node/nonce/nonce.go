// Package nonce gives out single-use nonces without remembering them.
//
// A nonce carries its own time and a MAC over what it was given out for, so a
// flood of requests costs no memory; only nonces that were *used* are remembered,
// for as long as they could be used again, up to a limit. The MAC key is drawn
// at start and never stored, hence a restart ends outstanding nonces, and
// forgetting the used ones with them is safe.
//
// It doesn't know what the nonces are for: wallets' messages and passkeys'
// challenges hold them. Safe for concurrent use; somebody calls Sweep.
package nonce

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"time"
)

// What a nonce is refused with.
var (
	ErrUnknown = errors.New("nonce: used already, or never given out for this")
	ErrExpired = errors.New("nonce: its time is over")
	ErrBusy    = errors.New("nonce: too many are in use")
)

const (
	// TTL is how long a nonce may be used.
	TTL = 10 * time.Minute
	// maxUsed bounds what is remembered. Only complete, correct sign-ins add to
	// it, so reaching it takes over a hundred signatures a second.
	maxUsed = 100_000

	timeLen   = 8
	randomLen = 8
	macLen    = 16
)

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Nonces gives out and recognises nonces. See the package comment.
type Nonces struct {
	key [32]byte
	now func() time.Time

	mu   sync.Mutex
	used map[string]time.Time // guarded by mu; value: when it lapses anyway
}

// New draws a key: nonces of another Nonces are not known here.
func New(now func() time.Time) *Nonces {
	n := &Nonces{now: now, used: make(map[string]time.Time)}
	rand.Read(n.key[:]) // never fails (crypto/rand)
	return n
}

// Issue makes a nonce for a purpose: letters and digits only, as EIP-4361's grammar wants
// ("nonce = 8*( ALPHA / DIGIT )").
func (n *Nonces) Issue(purpose string) (nonce string, expires time.Time) {
	b := make([]byte, timeLen+randomLen, timeLen+randomLen+macLen)
	expires = n.now().Add(TTL).Truncate(time.Second)
	binary.BigEndian.PutUint64(b, uint64(expires.Unix()))
	rand.Read(b[timeLen:])
	b = append(b, n.mac(b, purpose)...)
	return strings.ToLower(encoding.EncodeToString(b)), expires
}

// Check says whether the nonce is ours, for this purpose, in time and unused.
func (n *Nonces) Check(nonce string, purpose string) error {
	expires, ok := n.open(nonce, purpose)
	if !ok {
		return ErrUnknown
	}
	if !n.now().Before(expires) {
		return ErrExpired
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, used := n.used[nonce]; used {
		return ErrUnknown
	}
	return nil
}

// Use checks again and marks the nonce used, in one step: of two callers with
// the same message one gets ErrUnknown.
func (n *Nonces) Use(nonce string, purpose string) error {
	expires, ok := n.open(nonce, purpose)
	if !ok {
		return ErrUnknown
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.now()
	if !now.Before(expires) {
		return ErrExpired
	}
	if _, used := n.used[nonce]; used {
		return ErrUnknown
	}
	if len(n.used) >= maxUsed {
		n.forget(now)
	}
	if len(n.used) >= maxUsed {
		return ErrBusy
	}
	n.used[nonce] = expires
	return nil
}

// Restore undoes a use that led to nothing. It must come from the caller that
// had the use, before it answers.
func (n *Nonces) Restore(nonce string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.used, nonce)
}

// Sweep forgets the nonces whose time alone refuses them.
func (n *Nonces) Sweep() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.forget(n.now())
}

func (n *Nonces) forget(now time.Time) {
	for nonce, expires := range n.used {
		if !now.Before(expires) {
			delete(n.used, nonce)
		}
	}
}

// open verifies the MAC in constant time and reads the expiry. Only the
// spelling that issue writes is taken: base32 has several spellings per value,
// and a second one would be a second use.
func (n *Nonces) open(nonce string, purpose string) (expires time.Time, ok bool) {
	b, err := encoding.DecodeString(strings.ToUpper(nonce))
	if err != nil || len(b) != timeLen+randomLen+macLen {
		return time.Time{}, false
	}
	if strings.ToLower(encoding.EncodeToString(b)) != nonce {
		return time.Time{}, false
	}
	body := b[:timeLen+randomLen]
	if !hmac.Equal(n.mac(body, purpose), b[len(body):]) {
		return time.Time{}, false
	}
	return time.Unix(int64(binary.BigEndian.Uint64(b)), 0), true
}

func (n *Nonces) mac(body []byte, purpose string) []byte {
	m := hmac.New(sha256.New, n.key[:])
	m.Write([]byte("metanet/nonce/v1\n"))
	m.Write(body) // fixed length
	m.Write([]byte(purpose))
	return m.Sum(nil)[:macLen]
}
