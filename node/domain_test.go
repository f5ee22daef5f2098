package node

import (
	"testing"

	"metanet/chain"
)

// Whoever registers a name a second time proves no handles under it.
func TestDomainHolder(t *testing.T) {
	servers := []chain.Server{
		{ID: 1, Domain: "a.test"}, {ID: 2, Domain: "b.test"}, {ID: 3, Domain: "a.test"}, {ID: 4, Domain: "b.test"},
	}
	for _, c := range []struct {
		domain string
		own    *chain.Server
		want   uint64
	}{
		{"a.test", nil, 1},
		{"b.test", &chain.Server{ID: 1, Domain: "a.test"}, 2},
		{"b.test", &chain.Server{ID: 4, Domain: "b.test"}, 4}, // its own, whoever came first
		{"c.test", nil, 0},
	} {
		if got := domainHolder(servers, c.domain, c.own); got != c.want {
			t.Errorf("%s as seen by %v: server %d, want %d", c.domain, c.own, got, c.want)
		}
	}
}
