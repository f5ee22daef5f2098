package node

import (
	"testing"
	"time"

	"metanet/chain"
)

// TestStale: a chain that was away for two minutes makes the node not ready, not one
// that has only just gone, or is well again.
func TestStale(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		err  error
		ago  time.Duration
		want string
	}{
		{nil, time.Hour, ""},
		{chain.ErrUnavailable, time.Second, ""},
		{chain.ErrUnavailable, 2 * time.Minute, ""},
		{chain.ErrUnavailable, 2*time.Minute + 1, "chain: " + chain.ErrUnavailable.Error()},
	} {
		if got := stale(chain.Status{Err: c.err, Since: now.Add(-c.ago)}, now); got != c.want {
			t.Errorf("%v for %s: %q, want %q", c.err, c.ago, got, c.want)
		}
	}
}
