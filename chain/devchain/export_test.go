package devchain

import (
	"math/big"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/common"
)

// TestExportAndRestore: the restored chain is the exported one up to the head that
// was held, and goes on from there.
func TestExportAndRestore(t *testing.T) {
	c := start(t, Config{})
	fund := func(c *Chain, n int64) {
		t.Helper()
		if _, err := c.Fund(t.Context(), common.Address{0xaa}, big.NewInt(n)); err != nil {
			t.Fatal(err)
		}
	}
	for range blocksPerFile + 3 {
		if err := c.Skip(t.Context(), 1e9); err != nil {
			t.Fatal(err)
		}
	}
	fund(c, 7)
	var head uint64
	if err := c.Hold(func(n uint64) error { head = n; return nil }); err != nil {
		t.Fatal(err)
	}
	want := c.eth.BlockChain().GetBlockByNumber(head).Hash()
	fund(c, 8) // after
	dir := filepath.Join(t.TempDir(), "chain")
	if err := c.Export(t.Context(), dir, head); err != nil {
		t.Fatal(err)
	}
	if files, err := filepath.Glob(filepath.Join(dir, "*.blocks")); err != nil || len(files) != 2 {
		t.Fatalf("exported %v, %v", files, err)
	}
	if err := Restore(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if files, err := filepath.Glob(filepath.Join(dir, "*.blocks")); err != nil || len(files) != 0 {
		t.Fatalf("left %v, %v", files, err)
	}
	r := start(t, Config{Dir: dir})
	if got := r.eth.BlockChain().CurrentBlock(); got.Hash() != want || got.Number.Uint64() != head {
		t.Fatalf("head %d %s, want %d %s", got.Number, got.Hash(), head, want)
	}
	if r.ChainID() != c.ChainID() || r.Genesis() != c.Genesis() {
		t.Error("another chain")
	}
	fund(r, 9)
	balance, err := dial(t, r.URL()).BalanceAt(t.Context(), common.Address{0xaa}, nil)
	if err != nil || balance.Int64() != 16 {
		t.Errorf("balance %v, %v", balance, err)
	}
}

// TestRestoreWantsTheGenesis: without it there is no chain to restore, and none is
// made up.
func TestRestoreWantsTheGenesis(t *testing.T) {
	if err := Restore(t.Context(), t.TempDir()); err == nil {
		t.Error("restored from nothing")
	}
}
