package devchain

import (
	"context"
	"math/big"
	"testing"
	"time"
)

// After a rewind of any depth the chain goes on: what the lost blocks held comes
// back where the pool still has it, and new transactions get in at once.
func TestRewind(t *testing.T) {
	chain := start(t, Config{})
	client := dial(t, chain.URL())
	fund := func(n int) {
		t.Helper()
		for range n {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if _, err := chain.Fund(ctx, chain.Faucet(), new(big.Int)); err != nil {
				t.Fatal(err)
			}
		}
	}
	head := func() uint64 {
		n, err := client.BlockNumber(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	fund(150)
	for _, depth := range []uint64{0, 1, 2, 10, 63, 64, 65, 100} {
		at := head()
		was, err := client.HeaderByNumber(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := chain.Rewind(at - depth); err != nil {
			t.Fatal(err)
		}
		fund(int(depth) + 1)
		is, err := client.HeaderByNumber(t.Context(), was.Number)
		if err != nil {
			t.Fatal(err)
		}
		if depth > 0 && is.Hash() == was.Hash() {
			t.Errorf("depth %d: block %d is the same", depth, at)
		}
	}
	if err := chain.Rewind(head() + 1); err == nil {
		t.Error("rewound to a block that there is not")
	}
	fund(1)
}
