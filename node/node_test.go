package node

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"metanet/chain"
	"metanet/content/policy"
	"metanet/node/client"
)

// running is a node that runs in this process.
type running struct {
	*Node
	t    *testing.T
	cfg  Config
	done chan error
	stop context.CancelFunc
}

func up(t *testing.T, cfg Config) *running {
	t.Helper()
	r := &running{t: t, cfg: cfg}
	r.start(Config{Home: cfg.Home, Logger: quiet, HTTP: "127.0.0.1:0", RPC: "127.0.0.1:0", P2P: []string{"/ip4/127.0.0.1/tcp/0"}, Join: cfg.Join, Domain: cfg.Domain, Chain: cfg.Chain, now: cfg.now})
	return r
}

func (r *running) start(cfg Config) {
	r.t.Helper()
	n, err := Open(r.t.Context(), cfg)
	if err != nil {
		r.t.Fatalf("Open: %v", err)
	}
	var ctx context.Context
	r.Node, r.done = n, make(chan error, 1)
	ctx, r.stop = context.WithCancel(context.Background())
	go func() { r.done <- n.Run(ctx) }()
	r.t.Cleanup(func() { r.down() })
	select {
	case <-n.Ready():
	case err := <-r.done:
		r.done <- err
		r.t.Fatalf("Run: %v", err)
	case <-time.After(30 * time.Second):
		r.t.Fatal("not ready in time")
	}
}

// again starts it with no flags at all, as a restart does.
func (r *running) again() {
	r.t.Helper()
	r.start(Config{Home: r.cfg.Home, Logger: quiet})
}

func (r *running) down() {
	r.t.Helper()
	if r.Node == nil {
		return
	}
	r.stop()
	err := <-r.done
	if err := errors.Join(err, r.Close()); err != nil {
		r.t.Errorf("stop: %v", err)
	}
	r.Node = nil
}

func (r *running) status() Status {
	r.t.Helper()
	s, err := operator{r.Node}.Status(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return s.(Status)
}

func (r *running) get(path string) error {
	c, err := client.New(r.control.URL)
	if err == nil {
		_, err = c.Get(r.t.Context(), path)
	}
	return err
}

func (r *running) publish(title string) (chain.PolicyVersion, error) {
	d := *policy.Default()
	d.Title = title
	return r.publishPolicy(r.t.Context(), &d)
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not in time", what)
		}
	}
}

// Two nodes from nothing: one makes a network, the other joins it, each stands
// on-chain; policies; restarts of both; the chain away.
func TestTwoNodes(t *testing.T) {
	dir := t.TempDir()
	a := up(t, Config{Home: filepath.Join(dir, "a")})
	first := a.status()
	if !first.Ready || first.Server != 1 || first.Policies != 1 || first.Chain.RPC == "" {
		t.Fatalf("a: %+v", first)
	}
	b := up(t, Config{Home: filepath.Join(dir, "b"), Join: first.Web})
	if s := b.status(); !s.Ready || s.Server != 2 || s.Network != first.Network || s.Chain.ID != first.Chain.ID || s.Operator == first.Operator {
		t.Fatalf("b: %+v", s)
	}
	eventually(t, "the nodes are connected", func() bool { return len(a.status().Peers) == 1 && len(b.status().Peers) == 1 })

	t.Run("policies", func(t *testing.T) {
		second, err := a.publish("Second")
		if err != nil || second.Version != 2 {
			t.Fatalf("publish: %+v, %v", second, err)
		}
		if again, err := a.publish("Second"); err != nil || again.Version != 2 || again.Tx != second.Tx {
			t.Errorf("the same again: %+v, %v", again, err)
		}
		testUnderWay(t, a)
	})
	t.Run("another process", func(t *testing.T) {
		if _, err := Open(t.Context(), Config{Home: a.cfg.Home, Logger: quiet}); !errors.Is(err, ErrHomeInUse) {
			t.Errorf("Open: %v, want %v", err, ErrHomeInUse)
		}
		for _, d := range Examine(t.Context(), a.cfg.Home) {
			if d.Health != Fine {
				t.Errorf("doctor: %+v", d)
			}
		}
	})
	t.Run("restart", func(t *testing.T) {
		before := b.status()
		b.down()
		b.again()
		if s := b.status(); s.Web != before.Web || s.Server != before.Server || s.Chain.Queued != 0 || fmt.Sprint(s.Addresses) != fmt.Sprint(before.Addresses) {
			t.Errorf("b is another: %+v, was %+v", s, before)
		}
	})
	t.Run("the chain is away", func(t *testing.T) {
		before := a.status()
		a.down()
		b.down()
		b.again()
		if s := b.status(); s.Server != 2 {
			t.Errorf("b doesn't know its server: %+v", s)
		}
		if err := b.get("/livez"); err != nil {
			t.Errorf("livez: %v", err)
		}
		eventually(t, "b says so", func() bool { return b.status().Chain.Error != "" })
		a.again()
		if s := a.status(); s.Web != before.Web || s.Policies != before.Policies || s.Network != before.Network {
			t.Errorf("a is another: %+v, was %+v", s, before)
		}
		eventually(t, "b follows again", func() bool { return b.status().Chain.Error == "" })
		if err := b.get("/readyz"); err != nil {
			t.Errorf("readyz: %v", err)
		}
	})
	t.Run("another network", func(t *testing.T) {
		b.down()
		_, err := Open(t.Context(), Config{Home: b.cfg.Home, Chain: []string{"dev"}, RPC: "127.0.0.1:0", Logger: quiet})
		if !errors.Is(err, chain.ErrWrongChain) || !strings.Contains(err.Error(), first.Network) {
			t.Errorf("a chain of its own: %v, want %v", err, chain.ErrWrongChain)
		}
		b.start(Config{Home: b.cfg.Home, Domain: "B.Example", Logger: quiet})
		if s := b.status(); s.Domain != "b.example" || s.Server != 2 || b.server.Load().Domain != "b.example" {
			t.Errorf("a domain of its own: %+v", s)
		}
	})
	t.Run("joining one's own", func(t *testing.T) {
		web := b.control.URL
		a.down()
		a.start(Config{Home: a.cfg.Home, Join: web, Logger: quiet})
		if s := a.status(); s.Network != first.Network || a.anchor.dev == nil || s.Server != 1 {
			t.Errorf("a lost its chain: %+v", s)
		}
	})
}

// A text that is still on its way when its caller has gone becomes its version,
// and the next text the one after.
func testUnderWay(t *testing.T, a *running) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	lost := *policy.Default()
	lost.Title = "Whose caller went away"
	canonical, err := lost.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	digest := policy.Digest(canonical)
	count := uint64(a.status().Policies)
	// As if the process had been told to send it, and nobody waited.
	_, err = a.anchor.registrar.PublishPolicy(t.Context(), a.serverID(), count+1, digest, policy.CID(digest).Bytes(), 0)
	if err != nil {
		t.Fatal(err)
	}
	next, err := a.publish("After it")
	if err != nil || next.Version != count+2 {
		t.Errorf("the text after: %+v, %v, want version %d", next, err, count+2)
	}
	if _, err := a.publishPolicy(gone, &lost); err == nil {
		t.Error("published for somebody who went away")
	}
}

// A server that cannot pay serves what needs no place on-chain, and says whom to
// fund.
func TestWithoutFunds(t *testing.T) {
	dir := t.TempDir()
	a := up(t, Config{Home: filepath.Join(dir, "a")})
	poor := up(t, Config{Home: filepath.Join(dir, "poor"), Chain: a.anchor.rpcs})
	s := poor.Summary(t.Context())
	operator := poor.status().Operator
	if len(s.Notices) != 1 || !strings.Contains(s.Notices[0], "fund the operator account "+operator) {
		t.Errorf("notices %q, want one that names %s", s.Notices, operator)
	}
	if st := poor.status(); st.Ready || !strings.Contains(st.Reason, operator) || st.Server != 0 {
		t.Errorf("status %+v", st)
	}
	for path, ok := range map[string]bool{"/livez": true, "/readyz": false, "/": true, "/.well-known/metanet": true, "/xrpc/net.metanet.feed.getPublic": true} {
		var refusal *client.Error
		err := poor.get(path)
		if (err == nil) != ok || err != nil && (!errors.As(err, &refusal) || refusal.Status != http.StatusServiceUnavailable) {
			t.Errorf("GET %s: %v", path, err)
		}
	}
	if _, err := poor.publish("Nobody's"); !errors.Is(err, errNotRegistered) {
		t.Errorf("publish: %v, want %v", err, errNotRegistered)
	}
	if _, err := a.anchor.dev.Fund(t.Context(), [20]byte(poor.ring.Operator().Address()), faucetGift); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it takes its place", func() bool { return poor.status().Ready })
	eventually(t, "nothing is left to say", func() bool { return len(poor.Summary(t.Context()).Notices) == 0 })
}
