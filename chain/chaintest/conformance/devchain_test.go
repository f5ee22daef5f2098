package conformance

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"metanet/chain/devchain"

	"github.com/ethereum/go-ethereum/common"
)

func TestDevchain(t *testing.T) { conform(t, newEmbedded(t)) }

// embedded is the development chain of this process. A transaction of a block
// that it takes back waits in its pool and gets into another, as on public chains.
type embedded struct{ *devchain.Chain }

func newEmbedded(t *testing.T) embedded {
	t.Helper()
	// Blocks come at once, whatever that does to the chain's clock.
	c, err := devchain.Start(t.Context(), devchain.Config{Dir: t.TempDir(), RPC: "127.0.0.1:0", Ahead: 1000 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return embedded{c}
}

func (e embedded) Socket() string { return "ws" + strings.TrimPrefix(e.URL(), "http") }

func (e embedded) Fund(t testing.TB, a common.Address) { e.fund(t, a, ether) }

func (e embedded) fund(t testing.TB, a common.Address, wei *big.Int) {
	t.Helper()
	if _, err := e.Chain.Fund(t.Context(), a, wei); err != nil {
		t.Fatal(err)
	}
}

func (e embedded) Grow(t testing.TB, n int) {
	t.Helper()
	for range n {
		e.fund(t, e.Faucet(), new(big.Int))
	}
}

func (e embedded) Mark(t testing.TB) (back func()) {
	at := height(t, e)
	return func() { e.rewind(t, at) }
}

func (e embedded) Reorg(t testing.TB, n int) {
	t.Helper()
	e.rewind(t, height(t, e)-uint64(n))
	e.Grow(t, n+1)
}

func (e embedded) rewind(t testing.TB, to uint64) {
	t.Helper()
	if err := e.Rewind(to); err != nil {
		t.Fatal(err)
	}
}
