//go:build peers

package conformance

import (
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
)

func TestAnvil(t *testing.T) {
	at := start(t, "METANET_ANVIL", []string{"--host", "127.0.0.1", "--port", "0"}, `Listening on (127\.0\.0\.1:\d+)`)
	a := &anvil{peer{url: "http://" + at[0], socket: "ws://" + at[0]}}
	a.connect(t)
	conform(t, a)
}

// anvil forgets the transactions of blocks that it takes back.
type anvil struct{ peer }

func (a *anvil) Grow(t testing.TB, n int) {
	t.Helper()
	if n > 0 {
		a.call(t, nil, "anvil_mine", hexutil.Uint64(n))
	}
}

func (a *anvil) Mark(t testing.TB) (back func()) {
	t.Helper()
	var snapshot string
	a.call(t, &snapshot, "evm_snapshot")
	return func() {
		t.Helper()
		var done bool
		if a.call(t, &done, "evm_revert", snapshot); !done {
			t.Fatal("evm_revert refused")
		}
	}
}

func (a *anvil) Reorg(t testing.TB, n int) {
	t.Helper()
	a.call(t, nil, "anvil_reorg", n, []any{})
	a.Grow(t, 1)
}
