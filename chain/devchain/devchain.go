package devchain

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"sync/atomic"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/catalyst"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
)

// Chain is a running chain. Its methods are safe for concurrent use.
type Chain struct {
	config  Config
	log     *slog.Logger
	chainID *big.Int
	faucet  *ecdsa.PrivateKey

	stack   *node.Node
	eth     *eth.Ethereum
	beacon  *catalyst.SimulatedBeacon
	rpc     *rpcServer
	durable gate

	funding sync.Mutex // one faucet nonce at a time
	sealing sync.Mutex // one at a time syncs the pool: it forgets all but the last who waits for that
	closed  atomic.Bool

	stop     context.CancelFunc
	workers  sync.WaitGroup
	failed   chan error // first fatal error of a worker; buffered
	closing  sync.Once
	closeErr error
}

// Start opens the chain in config.Dir, making it the first time, and listens.
// ctx bounds the start only; the chain runs until Close.
func Start(ctx context.Context, config Config) (*Chain, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	h, err := openHome(config.Dir)
	if err != nil {
		return nil, err
	}
	routeLogs(config.Logger)
	c := &Chain{
		config: config, log: config.Logger, chainID: h.genesis.Config.ChainID, faucet: h.faucet,
		failed: make(chan error, 1),
	}
	if err := c.open(ctx, h); err != nil {
		if c.stack != nil {
			err = errors.Join(err, c.stack.Close())
		}
		return nil, err
	}
	if !isLoopback(c.rpc.listen.Addr()) {
		c.log.Warn("development chain is reachable from other machines", "rpc", c.rpc.listen.Addr().String())
	}
	running, stop := context.WithCancel(context.Background())
	c.stop = stop
	c.work(func() error { return c.seal(running) })
	c.work(c.rpc.serve)
	return c, nil
}

// open assembles go-ethereum: storage, state, pool and sealer, no peers.
func (c *Chain) open(ctx context.Context, h home) (err error) {
	c.stack, err = node.New(&node.Config{
		Name:    chainFolder,
		DataDir: c.config.Dir,
		P2P:     p2p.Config{NoDial: true, NoDiscovery: true},
	})
	if errors.Is(err, node.ErrDatadirUsed) {
		return fmt.Errorf("%w: %s", ErrInUse, c.config.Dir)
	}
	if err != nil {
		return fmt.Errorf("devchain: %w", err)
	}
	faucet := crypto.PubkeyToAddress(h.faucet.PublicKey)
	if c.eth, err = eth.New(c.stack, ethConfig(h, faucet)); err != nil {
		return fmt.Errorf("devchain: %w", err)
	}
	if c.beacon, err = catalyst.NewSimulatedBeacon(0, faucet, c.eth); err != nil {
		return fmt.Errorf("devchain: %w", err)
	}
	if c.rpc, err = newRPCServer(ctx, c.config.RPC, &c.durable, c.eth); err != nil {
		return err
	}
	if err := c.stack.Start(); err != nil {
		return errors.Join(fmt.Errorf("devchain: %w", err), c.rpc.listen.Close())
	}
	return nil
}

// ethConfig is for one node that keeps everything. The hash scheme without
// pruning writes each block's state at once: without the two, kill -9 takes the
// chain back to block 0.
func ethConfig(h home, faucet common.Address) *ethconfig.Config {
	e := ethconfig.Defaults
	e.NetworkId = h.genesis.Config.ChainID.Uint64()
	e.SyncMode = ethconfig.FullSync
	e.Genesis = h.genesis
	e.StateScheme, e.NoPruning = rawdb.HashScheme, true
	e.TransactionHistory, e.LogHistory = 0, 0                                            // all of it
	e.DatabaseCache, e.TrieCleanCache, e.TrieDirtyCache, e.SnapshotCache = 64, 16, 16, 0 // MiB
	e.Miner.PendingFeeRecipient = faucet
	e.Miner.GasPrice = big.NewInt(minTip)
	e.TxPool.PriceLimit = minTip
	e.TxPool.AccountSlots, e.TxPool.GlobalSlots = 4096, 16384
	e.TxPool.NoLocals = true
	e.RPCTxFeeCap = 0 // coins are free here
	return &e
}

// work runs f until it returns; its first error is the chain's.
func (c *Chain) work(f func() error) {
	c.workers.Go(func() {
		err := f()
		if err == nil {
			return
		}
		c.log.Error("development chain stopped", "error", err)
		select {
		case c.failed <- err:
		default:
		}
	})
}

// Failed delivers the error after which the chain no longer works (its disk
// refused a sync, its listener died). The owner should end the process.
func (c *Chain) Failed() <-chan error { return c.failed }

// ChainID is random per directory and never changes in it.
func (c *Chain) ChainID() uint64 { return c.chainID.Uint64() }

// Genesis is the hash of block 0.
func (c *Chain) Genesis() common.Hash { return c.eth.BlockChain().Genesis().Hash() }

// Addr is the host:port the RPC listens on, with the actual port.
func (c *Chain) Addr() string { return c.rpc.listen.Addr().String() }

// URL is the RPC's HTTP URL; with ws:// in front it is the WebSocket's.
func (c *Chain) URL() string { return "http://" + c.Addr() }

// Close stops sealing and the RPC, then closes the database. It may be called
// more than once.
func (c *Chain) Close() error {
	c.closing.Do(func() {
		c.closed.Store(true)
		c.stop()
		c.closeErr = c.rpc.close()
		c.workers.Wait()
		c.closeErr = errors.Join(c.closeErr, c.stack.Close())
	})
	return c.closeErr
}
