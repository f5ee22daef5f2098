package conformance

import (
	"errors"
	"slices"
	"testing"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/contracts/bindings"
)

// overSeveral has the env ask several RPCs of the chain.
func overSeveral(t *testing.T, s *site, n, quorum int) (*env, []*chaintest.Proxy) {
	t.Helper()
	e := newEnv(t, s)
	e.stop()
	config := chain.DialConfig{Quorum: quorum}
	var proxies []*chaintest.Proxy
	for range n {
		p := chaintest.NewProxy(t, s.URL())
		proxies, config.URLs = append(proxies, p), append(config.URLs, p.URL)
	}
	c, err := chain.Dial(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	e.client = c
	e.newSender()
	e.follow(t)
	return e, proxies
}

// failover: one RPC after the other goes away, and the work goes on.
func failover(t *testing.T, s *site) {
	e, proxies := overSeveral(t, s, 3, 0)
	w := chaintest.NewWallet()
	e.addKey(t, w, key(1))
	for i, p := range proxies[:2] {
		p.Always(chaintest.Lose)
		e.addKey(t, w, key(byte(2+i)))
	}
	e.equalToFresh(t)
}

// quorum: one of three lies about events, by inventing or by withholding, which
// nobody could see in its answers alone. It is outvoted; where there are too few
// to agree, nothing is followed.
func quorum(t *testing.T, s *site) {
	w := chaintest.NewWallet()
	invented := asFields(t, chaintest.Event(s.contracts.IdentityRegistry, bindings.NewIdentityRegistry().GetABI(), "KeyAdded",
		w.Account(), [32]byte(key(66)), uint8(1), later, uint32(0), uint32(0)))
	lies := map[string]func([]fields) []fields{
		"withheld": func(l []fields) []fields { return l[:0] },
		"invented": func(l []fields) []fields {
			for _, real := range slices.Clone(l) {
				forged := asFields(t, invented)
				forged["blockHash"], forged["blockNumber"], forged["logIndex"] = real["blockHash"], real["blockNumber"], "0x3e8"
				l = append(l, forged)
			}
			return l
		},
	}
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			e, proxies := overSeveral(t, s, 3, 2)
			other := chaintest.NewWallet()
			proxies[0].OnAnswer(inLogs(lie))
			e.addKey(t, other, key(1))
			if !e.knows(t, other, key(1)) || e.knows(t, w, key(66)) {
				t.Error("the lie was believed")
			}
			e.equalToFresh(t)
			if at := e.client.Endpoints()[0]; at.Disagreements == 0 {
				t.Errorf("the liar is not named: %+v", at)
			}
			proxies[1].Always(chaintest.Lose)
			newEnv(t, s).addKey(t, other, key(2))
			e.until(t, "there is no quorum", func() bool { return errors.Is(e.follower.Status().Err, chain.ErrNoQuorum) })
			if e.knows(t, other, key(2)) || e.knows(t, w, key(66)) {
				t.Error("followed without a quorum")
			}
			proxies[1].OnCall(nil)
			e.until(t, "the follower is well", func() bool { return e.follower.Status().Err == nil })
			e.equalToFresh(t)
		})
	}
}
