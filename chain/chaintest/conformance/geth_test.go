//go:build peers

package conformance

import (
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
)

func TestGeth(t *testing.T) {
	at := start(t, "METANET_GETH", []string{
		"--dev", "--datadir", t.TempDir(), "--cache", "64", "--state.scheme", "hash", "--gcmode", "archive", // every block can be gone back to
		"--http", "--http.addr", "127.0.0.1", "--http.port", "0", "--http.api", "eth,net,web3,debug",
		"--ws", "--ws.addr", "127.0.0.1", "--ws.port", "0", "--ws.api", "eth,net,web3",
		"--rpc.allow-unprotected-txs", // the deployment proxy's is signed for all chains
		"--authrpc.port", "0", "--port", "0", "--nodiscover", "--maxpeers", "0", "--ipcdisable", "--log.format", "logfmt",
	}, `WebSocket enabled.*url=(ws://127\.0\.0\.1:\d+)`, `HTTP server started.*endpoint=(127\.0\.0\.1:\d+) auth=false`)
	g := &geth{peer{url: "http://" + at[1], socket: at[0]}}
	g.connect(t)
	conform(t, g)
}

// geth makes a block for each transaction, and forgets those of blocks that it
// takes back (debug_setHead).
type geth struct{ peer }

func (g *geth) Grow(t testing.TB, n int) {
	t.Helper()
	for range n {
		g.transfer(t, g.rich, nil)
	}
}

func (g *geth) Mark(t testing.TB) (back func()) {
	at := height(t, g)
	return func() { g.setHead(t, at) }
}

func (g *geth) Reorg(t testing.TB, n int) {
	t.Helper()
	g.setHead(t, height(t, g)-uint64(n))
	g.Grow(t, n+1)
}

func (g *geth) setHead(t testing.TB, to uint64) {
	t.Helper()
	g.call(t, nil, "debug_setHead", hexutil.Uint64(to))
}
