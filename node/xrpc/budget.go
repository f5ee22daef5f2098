package xrpc

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// By says whose budget a call spends.
type By uint8

const (
	ByAddress By = iota // the caller's IPv4 address or IPv6 /64
	ByAccount           // the signed-in DID, else the address
)

// budgetKeys bounds how many callers one Budget remembers. When it is full the
// one unseen longest starts afresh: an attacker with many addresses gets what
// many addresses get, and memory stays at about 20 MB at worst.
const budgetKeys = 100_000

// Budget is a token bucket per caller. One Budget may be shared by several
// routes, which then spend from the same bucket.
type Budget struct {
	name  string
	by    By
	limit rate.Limit
	burst int
	now   func() time.Time

	mu      sync.Mutex
	buckets *lru.Cache[string, *rate.Limiter]
}

// NewBudget allows burst calls at once and perSecond in the long run. The name
// is the metrics label.
func NewBudget(name string, by By, perSecond float64, burst int, now func() time.Time) *Budget {
	buckets, err := lru.New[string, *rate.Limiter](budgetKeys)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &Budget{name: name, by: by, limit: rate.Limit(perSecond), burst: burst, now: now, buckets: buckets}
}

// spend takes one call's worth or says when to come back.
func (b *Budget) spend(c *Call) error {
	now := b.now()
	r := b.bucket(b.key(c)).ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if r.OK() && wait == 0 {
		return nil
	}
	r.CancelAt(now)
	e := Errorf(http.StatusTooManyRequests, CodeRateLimited, "too many calls of this kind (%s); wait a little", b.name)
	e.RetryAfter = max(wait, time.Second)
	return e
}

func (b *Budget) bucket(key string) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	l, ok := b.buckets.Get(key)
	if !ok {
		l = rate.NewLimiter(b.limit, b.burst)
		b.buckets.Add(key, l)
	}
	return l
}

func (b *Budget) key(c *Call) string {
	if b.by == ByAccount && c.Principal.Known() {
		return string(c.Principal.DID)
	}
	return AddressKey(c.Client)
}

// AddressKey is what callers are counted by: the IPv4 address or the /64: one IPv6 customer owns at least
// that much, so anything finer is no limit.
func AddressKey(a netip.Addr) string {
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
