package chain_test

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
)

// clock is a hand-set clock.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Unix(1_800_000_000, 0)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// fleet is a client of several proxies in front of one scripted chain.
type fleet struct {
	*chain.Client
	fake    *chaintest.Fake
	proxies []*chaintest.Proxy
	clock   *clock
	log     *strings.Builder
}

func newFleet(t *testing.T, n, quorum int) *fleet {
	t.Helper()
	f := &fleet{fake: chaintest.NewFake(t), clock: newClock(), log: &strings.Builder{}}
	f.fake.Mine()
	var urls []string
	for range n {
		p := chaintest.NewProxy(t, f.fake.URL)
		f.proxies = append(f.proxies, p)
		urls = append(urls, p.URL)
	}
	f.Client = f.dial(t, chain.DialConfig{URLs: urls, Quorum: quorum})
	return f
}

func (f *fleet) dial(t *testing.T, config chain.DialConfig) *chain.Client {
	t.Helper()
	config.Now = f.clock.Now
	config.Logger = slog.New(slog.NewTextHandler(f.log, nil))
	c, err := chain.Dial(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// head asks once and says which proxies were asked for it.
func (f *fleet) head(t *testing.T) (asked string, err error) {
	t.Helper()
	before := make([]int, len(f.proxies))
	for i, p := range f.proxies {
		before[i] = p.Total()
	}
	_, err = f.Head(t.Context())
	for i, p := range f.proxies {
		if p.Total() > before[i] {
			asked += string(rune('a' + i))
		}
	}
	return asked, err
}

func (f *fleet) states() string {
	var s []string
	for _, e := range f.Endpoints() {
		s = append(s, string(e.State))
	}
	return strings.Join(s, ", ")
}

// Each way in which an endpoint can be unavailable makes the next one be asked,
// and the first again once it is well.
func TestFailoverAndBack(t *testing.T) {
	for name, fault := range map[string]chaintest.Fault{
		"502": chaintest.Lose, "lost answer": chaintest.Forget, "403": chaintest.Deny, "429": chaintest.Limit,
		"garbage": chaintest.Garble, "dropped": chaintest.Drop, "cut off": chaintest.Cut, "hangs": chaintest.Hang,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, 3, 0)
			if asked, err := f.head(t); asked != "a" || err != nil {
				t.Fatalf("asked %s: %v", asked, err)
			}
			f.proxies[0].Always(fault)
			if fault == chaintest.Hang { // while it is checked, which takes less patience than a call
				f.proxies[0].Always(chaintest.Lose)
				f.head(t)
				f.proxies[0].Always(fault)
				f.clock.pass(time.Minute)
			}
			if asked, err := f.head(t); asked != "ab" || err != nil {
				t.Fatalf("asked %s: %v", asked, err)
			}
			if asked, err := f.head(t); asked != "b" || err != nil {
				t.Errorf("asked %s: %v; a should rest", asked, err)
			}
			if s := f.Endpoints(); s[0].Err == nil || s[0].Failures == 0 || !s[1].Active {
				t.Errorf("status %+v", s)
			}
			f.proxies[0].Always(chaintest.Pass)
			f.clock.pass(time.Hour)
			if asked, err := f.head(t); asked != "a" || err != nil {
				t.Errorf("asked %s: %v; a is well again", asked, err)
			}
			if got := f.states(); got != "well, well, untried" {
				t.Error(got)
			}
		})
	}
}

// A method that one provider doesn't offer is asked of the next; the first goes on
// being asked for all else.
func TestRefusedMethodGoesToTheNext(t *testing.T) {
	for _, fault := range []chaintest.Fault{chaintest.Refuse, chaintest.Stumble} {
		f := newFleet(t, 2, 0)
		f.head(t)
		f.proxies[0].Always(fault)
		if asked, err := f.head(t); asked != "ab" || err != nil {
			t.Fatalf("asked %s: %v", asked, err)
		}
		f.proxies[0].Always(chaintest.Pass)
		if asked, err := f.head(t); asked != "a" || err != nil {
			t.Fatalf("asked %s: %v", asked, err)
		}
		f.proxies[0].Always(fault)
		f.proxies[1].Always(fault)
		if _, err := f.head(t); err == nil || errors.Is(err, chain.ErrUnavailable) {
			t.Errorf("%v: an answer, not silence", err)
		}
	}
}

// A provider that asks for a pause gets it, even if there is no other.
func TestRetryAfterIsKept(t *testing.T) {
	f := newFleet(t, 1, 0)
	f.head(t)
	f.proxies[0].Always(chaintest.Limit)
	f.proxies[0].RetryAfter("90")
	if _, err := f.head(t); !errors.Is(err, chain.ErrUnavailable) {
		t.Fatal(err)
	}
	f.proxies[0].Always(chaintest.Pass)
	f.clock.pass(89 * time.Second)
	if asked, err := f.head(t); asked != "" || !errors.Is(err, chain.ErrUnavailable) {
		t.Errorf("asked %q within the pause: %v", asked, err)
	}
	if f.states() != "limited" {
		t.Error(f.states())
	}
	f.clock.pass(2 * time.Second)
	if asked, err := f.head(t); asked != "a" || err != nil {
		t.Errorf("asked %q after the pause: %v", asked, err)
	}
}

// Without Retry-After, a fault is no reason to leave the only endpoint alone.
func TestOnlyEndpointIsAskedThoughItRests(t *testing.T) {
	f := newFleet(t, 1, 0)
	f.proxies[0].Always(chaintest.Lose)
	for range 3 {
		if asked, err := f.head(t); asked != "a" || !errors.Is(err, chain.ErrUnavailable) {
			t.Fatalf("asked %q: %v", asked, err)
		}
	}
	f.proxies[0].Always(chaintest.Pass)
	if _, err := f.head(t); err != nil {
		t.Error(err)
	}
}

func TestEndpointOfAnotherChain(t *testing.T) {
	f := newFleet(t, 2, 0)
	other := chaintest.NewFake(t)
	other.Set(func(f *chaintest.Fake) { f.ChainID = 5 })
	f.proxies[0].SetTarget(other.URL)
	known := chain.Origin{ChainID: f.fake.ChainID, Genesis: f.fake.Contracts().Genesis}
	f.Client = f.dial(t, chain.DialConfig{URLs: []string{f.proxies[0].URL, f.proxies[1].URL}, Origin: known})
	if asked, err := f.head(t); asked != "ab" || err != nil {
		t.Fatalf("asked %s: %v", asked, err)
	}
	if asked, err := f.head(t); asked != "b" || err != nil {
		t.Fatalf("asked %s: %v", asked, err)
	}
	if s := f.Endpoints()[0]; s.State != chain.EndpointWrong || s.Failures != 1 || !errors.Is(s.Err, chain.ErrWrongChain) {
		t.Errorf("status %+v", s)
	}
	if !strings.Contains(f.log.String(), "level=ERROR") {
		t.Error("not said loudly")
	}
	f.proxies[1].Always(chaintest.Lose)
	if _, err := f.head(t); !errors.Is(err, chain.ErrUnavailable) || errors.Is(err, chain.ErrWrongChain) {
		t.Errorf("%v: one is away, so nobody knows", err)
	}
	f.proxies[1].SetTarget(other.URL)
	f.proxies[1].Always(chaintest.Pass)
	if _, err := f.head(t); !errors.Is(err, chain.ErrWrongChain) {
		t.Errorf("%v: all are wrong", err)
	}
	f.proxies[0].SetTarget(f.fake.URL)
	f.clock.pass(time.Minute)
	if asked, err := f.head(t); asked != "a" || err != nil {
		t.Errorf("asked %s: %v; a was set right", asked, err)
	}
}

// What a URL holds beyond its host is never said.
func TestSecretsAreNotSaid(t *testing.T) {
	f := newFleet(t, 1, 0)
	f.proxies[0].Always(chaintest.Deny)
	secret := strings.Replace(f.proxies[0].URL, "http://", "http://user:pass-word@", 1) + "/v3/key-of-mine?token=tokentoken"
	c := f.dial(t, chain.DialConfig{URLs: []string{secret, "ws://127.0.0.1:1/path-of-mine", "http://127.0.0.1:2/path-of-mine"}})
	_, err := c.Head(t.Context())
	said := f.log.String() + err.Error()
	for _, e := range c.Endpoints() {
		said += e.Name + e.Err.Error()
	}
	for _, s := range []string{"key-of-mine", "tokentoken", "pass-word", "path-of-mine"} {
		if strings.Contains(said, s) {
			t.Errorf("%s is told: %s", s, said)
		}
	}
	for _, bad := range []string{"http://%zz/secret-of-mine", "ftp://host/secret-of-mine", "", "http:///secret-of-mine"} {
		if _, err := chain.Dial(chain.DialConfig{URLs: []string{bad}}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// An endpoint that lags far is asked after the others, once a survey has seen it.
func TestEndpointBehind(t *testing.T) {
	f := newFleet(t, 2, 0)
	lagging := chaintest.NewFork(t, f.fake)
	for range 60 {
		f.fake.Mine()
	}
	f.proxies[0].SetTarget(lagging.URL)
	if asked, _ := f.head(t); asked != "a" {
		t.Fatal(asked)
	}
	f.Survey(t.Context())
	if asked, err := f.head(t); asked != "b" || err != nil || f.states() != "behind, well" {
		t.Errorf("asked %s: %v; %s", asked, err, f.states())
	}
	f.proxies[0].SetTarget(f.fake.URL)
	f.Survey(t.Context())
	if asked, err := f.head(t); asked != "a" || err != nil || f.states() != "well, well" {
		t.Errorf("asked %s: %v; %s", asked, err, f.states())
	}
}
