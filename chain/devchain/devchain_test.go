package devchain

import (
	"bytes"
	"context"
	"errors"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
)

func start(t *testing.T, c Config) *Chain {
	t.Helper()
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	if c.RPC == "" {
		c.RPC = "127.0.0.1:0"
	}
	if c.Ahead == 0 {
		c.Ahead = time.Hour
	}
	chain, err := Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := chain.Close(); err != nil {
			t.Error(err)
		}
	})
	return chain
}

func dial(t *testing.T, url string) *ethclient.Client {
	t.Helper()
	client, err := ethclient.DialContext(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func TestFundIsSeenOverBothProtocols(t *testing.T) {
	chain := start(t, Config{})
	to := common.HexToAddress("0x00000000000000000000000000000000000000aa")
	hash, err := chain.Fund(t.Context(), to, big.NewInt(7))
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{chain.URL(), "ws://" + chain.Addr()} {
		client := dial(t, url)
		balance, err := client.BalanceAt(t.Context(), to, nil)
		if err != nil || balance.Int64() != 7 {
			t.Errorf("%s: balance %v, %v", url, balance, err)
		}
		if r, err := client.TransactionReceipt(t.Context(), hash); err != nil || r.Status != types.ReceiptStatusSuccessful {
			t.Errorf("%s: receipt %v, %v", url, r, err)
		}
		id, err := client.ChainID(t.Context())
		if err != nil || id.Uint64() != chain.ChainID() {
			t.Errorf("%s: chain id %v, want %d (%v)", url, id, chain.ChainID(), err)
		}
	}
}

func TestConcurrentFunds(t *testing.T) {
	chain := start(t, Config{})
	to := common.HexToAddress("0x00000000000000000000000000000000000000aa")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := chain.Fund(t.Context(), to, big.NewInt(1)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	balance, err := dial(t, chain.URL()).BalanceAt(t.Context(), to, nil)
	if err != nil || balance.Int64() != 8 {
		t.Fatalf("balance %v, %v", balance, err)
	}
}

// The proxy's code hash as it is on public chains.
func TestDeployerIsTheRealOne(t *testing.T) {
	chain := start(t, Config{})
	code, err := dial(t, chain.URL()).CodeAt(t.Context(), deployerAddress, nil)
	if err != nil {
		t.Fatal(err)
	}
	const want = "0x2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989"
	if got := crypto.Keccak256Hash(code).Hex(); got != want {
		t.Fatalf("code hash %s, want %s", got, want)
	}
}

func TestRestartGoesOn(t *testing.T) {
	dir := t.TempDir()
	first := start(t, Config{Dir: dir})
	to := common.HexToAddress("0x00000000000000000000000000000000000000aa")
	if _, err := first.Fund(t.Context(), to, big.NewInt(7)); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := start(t, Config{Dir: dir})
	if first.ChainID() != second.ChainID() || first.Genesis() != second.Genesis() || first.Faucet() != second.Faucet() {
		t.Error("a restart changed the chain's identity")
	}
	if _, err := second.Fund(t.Context(), to, big.NewInt(1)); err != nil {
		t.Fatal(err)
	}
	balance, err := dial(t, second.URL()).BalanceAt(t.Context(), to, nil)
	if err != nil || balance.Int64() != 8 {
		t.Fatalf("balance %v, %v", balance, err)
	}
}

func TestHomesHaveTheirOwnChains(t *testing.T) {
	a, b := start(t, Config{}), start(t, Config{})
	if a.ChainID() == b.ChainID() || a.Genesis() == b.Genesis() {
		t.Error("two homes share a chain id or a genesis")
	}
}

func TestOnlyPublicNamespaces(t *testing.T) {
	chain := start(t, Config{})
	client := dial(t, chain.URL()).Client()
	var result any
	for _, ok := range []string{"eth_blockNumber", "net_version", "web3_clientVersion", "eth_gasPrice"} {
		if err := client.CallContext(t.Context(), &result, ok); err != nil {
			t.Errorf("%s: %v", ok, err)
		}
	}
	for _, no := range []string{"admin_nodeInfo", "debug_memStats", "miner_setGasPrice", "txpool_status", "personal_listAccounts", "engine_exchangeCapabilities"} {
		var e rpc.Error
		if err := client.CallContext(t.Context(), &result, no); !errors.As(err, &e) || e.ErrorCode() != -32601 {
			t.Errorf("%s: %v, want method not found", no, err)
		}
	}
	var accounts []common.Address
	if err := client.CallContext(t.Context(), &accounts, "eth_accounts"); err != nil || len(accounts) != 0 {
		t.Errorf("eth_accounts: %v, %v", accounts, err)
	}
}

func TestErrorsNameTheCause(t *testing.T) {
	chain := start(t, Config{})
	_, err := Start(t.Context(), Config{Dir: t.TempDir(), RPC: chain.Addr()})
	if !errors.Is(err, ErrAddressInUse) || !strings.Contains(err.Error(), chain.Addr()) {
		t.Errorf("port in use: %v", err)
	}
	_, err = Start(t.Context(), Config{Dir: chain.config.Dir, RPC: "127.0.0.1:0"})
	if !errors.Is(err, ErrInUse) {
		t.Errorf("directory in use: %v", err)
	}
	if _, err = Start(t.Context(), Config{}); err == nil {
		t.Error("no directory: no error")
	}
}

func TestLostGenesisIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	chain := start(t, Config{Dir: dir})
	if err := chain.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, genesisFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Config{Dir: dir, RPC: "127.0.0.1:0"}); !errors.Is(err, ErrIncomplete) {
		t.Fatalf("got %v", err)
	}
}

func TestFaucetKeyIsPrivate(t *testing.T) {
	chain := start(t, Config{})
	info, err := os.Stat(filepath.Join(chain.config.Dir, faucetFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
}

// Timestamps rise by a second per block; the chain's clock must not leave ours.
func TestClockKeepsRealTime(t *testing.T) {
	const ahead = time.Second
	chain := start(t, Config{Ahead: ahead})
	to := common.HexToAddress("0x00000000000000000000000000000000000000aa")
	began := time.Now()
	for range 4 {
		if _, err := chain.Fund(t.Context(), to, big.NewInt(1)); err != nil {
			t.Fatal(err)
		}
		lead := time.Until(time.Unix(int64(chain.eth.BlockChain().CurrentBlock().Time), 0))
		if lead > ahead {
			t.Errorf("block time leads by %v", lead)
		}
	}
	if took := time.Since(began); took < time.Second {
		t.Errorf("four blocks with one second's lead took %v", took)
	}
}

// A transaction whose fee is below the base fee gets in as blocks bring it down.
func TestLowFeeIsNotStuck(t *testing.T) {
	chain := start(t, Config{})
	key, _ := crypto.GenerateKey()
	from := crypto.PubkeyToAddress(key.PublicKey)
	if _, err := chain.Fund(t.Context(), from, big.NewInt(1e18)); err != nil {
		t.Fatal(err)
	}
	tx := types.MustSignNewTx(key, types.LatestSignerForChainID(chain.chainID), &types.DynamicFeeTx{
		ChainID: chain.chainID, GasTipCap: big.NewInt(1), GasFeeCap: big.NewInt(1e8), Gas: 21000, To: &from,
	})
	client := dial(t, chain.URL())
	if err := client.SendTransaction(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		if _, err := client.TransactionReceipt(ctx, tx.Hash()); err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatal("still waiting")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestLogsAreRoutedNotHijacked(t *testing.T) {
	var std, ours bytes.Buffer
	oldWriter, oldSlog := log.Writer(), slog.Default()
	log.SetOutput(&std)
	defer log.SetOutput(oldWriter)
	var mu sync.Mutex
	logger := slog.New(slog.NewTextHandler(lockedWriter{&mu, &ours}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	chain := start(t, Config{Logger: logger})
	if _, err := chain.Fund(t.Context(), chain.Faucet(), big.NewInt(1)); err != nil {
		t.Fatal(err)
	}
	log.Print("standard log works")
	if slog.Default() != oldSlog {
		t.Error("slog's default was replaced")
	}
	if !strings.Contains(std.String(), "standard log works") {
		t.Error("the standard log was redirected")
	}
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(ours.String(), "level=DEBUG") {
		t.Error("go-ethereum's messages did not arrive")
	}
	if strings.Contains(ours.String(), "level=INFO") {
		t.Error("go-ethereum's info messages were not quietened:\n" + ours.String())
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

// While a block is visible but not yet synced, no byte leaves.
func TestGateHoldsAnswersUntilDurable(t *testing.T) {
	var g gate
	client, server := net.Pipe()
	defer client.Close()
	conn := durableConn{server, &g}
	inCommit, release := make(chan struct{}), make(chan struct{})
	go g.commit(func() error { close(inCommit); <-release; return nil })
	<-inCommit
	arrived := make(chan struct{})
	go func() { client.Read(make([]byte, 1)); close(arrived) }()
	go conn.Write([]byte("x"))
	select {
	case <-arrived:
		t.Fatal("a byte left before the sync")
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	<-arrived

	full := errors.New("disk is full")
	if err := g.commit(func() error { return full }); !errors.Is(err, full) {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("x")); !errors.Is(err, full) {
		t.Fatalf("after a failed sync: %v", err)
	}
	if err := g.commit(func() error { return nil }); !errors.Is(err, full) {
		t.Fatalf("a failed chain committed again: %v", err)
	}
}

func TestWarnsBeyondLoopback(t *testing.T) {
	var out bytes.Buffer
	var mu sync.Mutex
	logger := slog.New(slog.NewTextHandler(lockedWriter{&mu, &out}, nil))
	start(t, Config{RPC: "0.0.0.0:0", Logger: logger})
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(out.String(), "reachable from other machines") {
		t.Error("no warning: " + out.String())
	}
}

func TestRebindingIsRefused(t *testing.T) {
	chain := start(t, Config{})
	for host, want := range map[string]int{"evil.example": http.StatusForbidden, "localhost": http.StatusOK, chain.Addr(): http.StatusOK} {
		body := strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}`)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, chain.URL(), body)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("Host %s: status %d, want %d", host, resp.StatusCode, want)
		}
	}
}
