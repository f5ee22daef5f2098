package cli

import (
	"context"
	"math/big"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/rogpeppe/go-internal/testscript"

	"metanet/chain/devchain"
	"metanet/identity"
	"metanet/node/client"
)

// bareChains are chains without our contracts, which scripts start.
type bareChains struct {
	mu    sync.Mutex
	byURL map[string]*devchain.Chain
}

// start puts the URL of a new chain into a variable: barechain VAR.
func (b *bareChains) start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: barechain VAR")
	}
	c, err := devchain.Start(context.Background(), devchain.Config{Dir: ts.MkAbs("barechain-" + args[0]), RPC: "127.0.0.1:0"})
	ts.Check(err)
	ts.Defer(func() { _ = c.Close() })
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.byURL == nil {
		b.byURL = make(map[string]*devchain.Chain)
	}
	b.byURL[c.URL()] = c
	ts.Setenv(args[0], c.URL())
}

// fund gives an account ten coins, of a bare chain or of a node's embedded one:
// fund URL ADDRESS.
func (b *bareChains) fund(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fund URL ADDRESS")
	}
	to, err := identity.ParseAddress(args[1])
	ts.Check(err)
	b.mu.Lock()
	c := b.byURL[args[0]]
	b.mu.Unlock()
	if c != nil {
		_, err = c.Fund(context.Background(), common.Address(to), new(big.Int).Mul(big.NewInt(10), big.NewInt(params.Ether)))
		ts.Check(err)
		return
	}
	node, err := client.New(args[0])
	ts.Check(err)
	ts.Check(node.Procedure(context.Background(), "net.metanet.dev.fund", map[string]any{"address": args[1]}, nil))
}
