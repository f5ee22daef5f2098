package session

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"sync"
	"time"

	"metanet/identity"
)

const (
	// NonceTTL is how long a challenge may be answered.
	NonceTTL = 10 * time.Minute
	// maxUsedNonces bounds what is remembered. Only complete, correct sign-ins
	// add to it, so reaching it takes over a hundred wallets' signatures a second.
	maxUsedNonces = 100_000

	nonceTimeLen = 8
	nonceRandLen = 8
	nonceMACLen  = 16
)

var nonceEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// purpose is what a nonce was given out for; one given for another wallet,
// identity or origin does not verify.
type purpose struct {
	address identity.Address
	did     identity.DID
	origin  string
}

// nonces gives out and recognises challenge nonces. See the package comment for
// why only the used ones are kept.
type nonces struct {
	key [32]byte
	now func() time.Time

	mu   sync.Mutex
	used map[string]time.Time // guarded by mu; value: when it lapses anyway
}

func newNonces(now func() time.Time) *nonces {
	n := &nonces{now: now, used: make(map[string]time.Time)}
	rand.Read(n.key[:])
	return n
}

// issue makes a nonce: letters and digits only, as EIP-4361's grammar wants
// ("nonce = 8*( ALPHA / DIGIT )").
func (n *nonces) issue(p purpose) (nonce string, expires time.Time) {
	b := make([]byte, nonceTimeLen+nonceRandLen, nonceTimeLen+nonceRandLen+nonceMACLen)
	expires = n.now().Add(NonceTTL).Truncate(time.Second)
	binary.BigEndian.PutUint64(b, uint64(expires.Unix()))
	rand.Read(b[nonceTimeLen:])
	b = append(b, n.mac(b, p)...)
	return strings.ToLower(nonceEncoding.EncodeToString(b)), expires
}

// check says whether the nonce is ours, for p, in time and unused.
func (n *nonces) check(nonce string, p purpose) error {
	expires, ok := n.open(nonce, p)
	if !ok {
		return ErrNonceUsed
	}
	if !n.now().Before(expires) {
		return ErrExpired
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, used := n.used[nonce]; used {
		return ErrNonceUsed
	}
	return nil
}

// use checks again and marks the nonce used, in one step: of two callers with
// the same message one gets ErrNonceUsed.
func (n *nonces) use(nonce string, p purpose) error {
	expires, ok := n.open(nonce, p)
	if !ok {
		return ErrNonceUsed
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.now()
	if !now.Before(expires) {
		return ErrExpired
	}
	if _, used := n.used[nonce]; used {
		return ErrNonceUsed
	}
	if len(n.used) >= maxUsedNonces {
		n.forget(now)
	}
	if len(n.used) >= maxUsedNonces {
		return ErrBusy
	}
	n.used[nonce] = expires
	return nil
}

// restore undoes a use that led to nothing. It must come from the caller that
// had the use, before it answers.
func (n *nonces) restore(nonce string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.used, nonce)
}

// sweep forgets the nonces whose time alone refuses them.
func (n *nonces) sweep() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.forget(n.now())
}

func (n *nonces) forget(now time.Time) {
	for nonce, expires := range n.used {
		if !now.Before(expires) {
			delete(n.used, nonce)
		}
	}
}

// open verifies the MAC in constant time and reads the expiry. Only the
// spelling that issue writes is taken: base32 has several spellings per value,
// and a second one would be a second use.
func (n *nonces) open(nonce string, p purpose) (expires time.Time, ok bool) {
	b, err := nonceEncoding.DecodeString(strings.ToUpper(nonce))
	if err != nil || len(b) != nonceTimeLen+nonceRandLen+nonceMACLen {
		return time.Time{}, false
	}
	if strings.ToLower(nonceEncoding.EncodeToString(b)) != nonce {
		return time.Time{}, false
	}
	body := b[:nonceTimeLen+nonceRandLen]
	if !hmac.Equal(n.mac(body, p), b[len(body):]) {
		return time.Time{}, false
	}
	return time.Unix(int64(binary.BigEndian.Uint64(b)), 0), true
}

func (n *nonces) mac(body []byte, p purpose) []byte {
	m := hmac.New(sha256.New, n.key[:])
	m.Write([]byte("metanet/nonce/v1\n"))
	m.Write(body) // fixed length
	m.Write(p.address[:])
	m.Write([]byte(p.did)) // no line break inside
	m.Write([]byte{'\n'})
	m.Write([]byte(p.origin))
	return m.Sum(nil)[:nonceMACLen]
}
