package chain_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/contracts/bindings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient"
)

func TestDeployIsIdempotent(t *testing.T) {
	e := newBareEnv(t)
	before, err := chain.Locate(t.Context(), e.client)
	if !errors.Is(err, chain.ErrNoContracts) {
		t.Fatalf("before: %v", err)
	}
	began := time.Now()
	e.deploy(t)
	t.Logf("deployed in %v", time.Since(began))
	if err := chain.Verify(t.Context(), e.client, e.contracts); err != nil {
		t.Fatal(err)
	}
	if e.contracts.Network() != before.Network() {
		t.Error("the network's name depends on whether the contracts are deployed")
	}
	head, err := e.client.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, err := chain.Deploy(t.Context(), e.client, e.sender)
	if err != nil {
		t.Fatal(err)
	}
	if again.Network() != e.contracts.Network() {
		t.Error("a second deployment gave another network")
	}
	if after, _ := e.client.Head(t.Context()); after != head {
		t.Error("a second deployment sent something")
	}
}

// Two nodes may come to a fresh chain together.
func TestDeployTwiceAtOnce(t *testing.T) {
	e := newBareEnv(t)
	k, _ := chain.Locate(t.Context(), e.client)
	other := chaintest.NewWallet()
	e.fund(t, other)
	errs := make(chan error, 2)
	for _, s := range []*chain.Sender{
		e.newSender(k),
		chain.NewSender(e.client, k, chaintest.NewStore(), other, chain.SenderConfig{Poll: 50 * time.Millisecond}),
	} {
		go func() {
			_, err := chain.Deploy(t.Context(), e.client, s)
			errs <- err
		}()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestVerifyRefusesOtherChains(t *testing.T) {
	e := newBareEnv(t)
	e.deploy(t)
	other := e.contracts
	other.ChainID++
	if err := chain.Verify(t.Context(), e.client, other); !errors.Is(err, chain.ErrWrongChain) {
		t.Errorf("chain id: %v", err)
	}
	other = e.contracts
	other.Genesis[0]++
	if err := chain.Verify(t.Context(), e.client, other); !errors.Is(err, chain.ErrWrongChain) {
		t.Errorf("genesis: %v", err)
	}
	if err := chain.Verify(t.Context(), newBareEnv(t).client, e.contracts); !errors.Is(err, chain.ErrWrongChain) {
		t.Errorf("another chain: %v", err)
	}
	dead := dial(t, "http://127.0.0.1:1")
	if err := chain.Verify(t.Context(), dead, e.contracts); !errors.Is(err, chain.ErrUnavailable) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestUnfundedDeployerIsTold(t *testing.T) {
	e := newBareEnv(t)
	k, _ := chain.Locate(t.Context(), e.client)
	poor := chain.NewSender(e.client, k, chaintest.NewStore(), chaintest.NewWallet(), chain.SenderConfig{})
	if _, err := chain.Deploy(t.Context(), e.client, poor); !errors.Is(err, chain.ErrUnfunded) {
		t.Errorf("got %v", err)
	}
}

// withoutProxy is an RPC of a chain that seems to lack the deployment proxy until
// its transaction is taken: never if it is refused, else once its account is funded.
func withoutProxy(t *testing.T, target, refusal string) string {
	t.Helper()
	var placed atomic.Bool
	funded := func() bool {
		c, err := ethclient.Dial(target)
		if err != nil {
			t.Error(err)
			return false
		}
		defer c.Close()
		b, err := c.BalanceAt(context.Background(), common.HexToAddress(bindings.FactoryDeployer), nil)
		return err == nil && b.Cmp(bindings.FactoryFunds()) >= 0
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body, _ := io.ReadAll(r.Body)
		var q struct {
			ID     json.RawMessage
			Method string
			Params []any
		}
		json.Unmarshal(body, &q)
		switch {
		case q.Method == "eth_sendRawTransaction" && q.Params[0] == bindings.FactoryTransaction:
			switch {
			case refusal != "":
				fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32000,"message":%q}}`, q.ID, refusal)
			case !funded():
				fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"error":{"code":-32000,"message":"insufficient funds for gas * price + value"}}`, q.ID)
			default:
				placed.Store(true)
				fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":"0x%064x"}`, q.ID, 1)
			}
			return
		case q.Method == "eth_getCode" && strings.EqualFold(fmt.Sprint(q.Params[0]), bindings.FactoryAddress) && !placed.Load():
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":"0x"}`, q.ID)
			return
		}
		resp, err := http.Post(target, "application/json", bytes.NewReader(body))
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		io.Copy(w, resp.Body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// A chain that takes no transactions without a chain id is told from one where the
// proxy's account lacks money, before any is spent.
func TestDeployWhereThePresignedTransactionIsRefused(t *testing.T) {
	e := newBareEnv(t)
	client := dial(t, withoutProxy(t, e.dev.URL(), "only replay-protected (EIP-155) transactions allowed over RPC"))
	k, _ := chain.Locate(t.Context(), client)
	sender := chain.NewSender(client, k, &chain.Memory{}, e.operator, chain.SenderConfig{Poll: 50 * time.Millisecond})
	before, err := sender.Balance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chain.Deploy(t.Context(), client, sender); !errors.Is(err, chain.ErrUnprotected) {
		t.Errorf("got %v", err)
	}
	if after, err := sender.Balance(t.Context()); err != nil || after.Cmp(before) != 0 {
		t.Errorf("%s became %s (%v)", before, after, err)
	}
}

// The plan names what is missing and its cost, which is not exceeded; carried out
// and asked for again, it is empty, and the addresses file says where to begin.
func TestDeployPlan(t *testing.T) {
	e := newBareEnv(t)
	e.client = dial(t, withoutProxy(t, e.dev.URL(), ""))
	k, _ := chain.Locate(t.Context(), e.client)
	sender := chain.NewSender(e.client, k, &chain.Memory{}, e.operator, chain.SenderConfig{Poll: 50 * time.Millisecond})
	plan, err := chain.PlanDeploy(t.Context(), e.client, sender)
	if err != nil || plan.Missing() != 4 || plan.Proxy || plan.Cost.Sign() <= 0 || plan.Balance.Cmp(ether) != 0 {
		t.Fatalf("%+v, %v", plan, err)
	}
	var told []string
	deployed, err := chain.DeployTelling(t.Context(), e.client, sender, func(s string) { told = append(told, s) })
	if err != nil {
		t.Fatal(err)
	}
	if len(told) < 10 {
		t.Errorf("told %q", told)
	}
	balance, err := sender.Balance(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if cost := new(big.Int).Sub(plan.Balance, balance); cost.Cmp(plan.Cost) > 0 {
		t.Errorf("cost %s, planned %s", cost, plan.Cost)
	}
	again, err := chain.PlanDeploy(t.Context(), e.client, sender)
	if err != nil || again.Missing() != 0 || !again.Proxy || again.Cost.Sign() != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
	start, found, err := chain.FindStart(t.Context(), e.client, deployed)
	if err != nil || !found || start != deployed.Start {
		t.Errorf("begins after %d, found %d %v, %v", deployed.Start, start, found, err)
	}
	text, err := deployed.AddressesFile()
	if err != nil {
		t.Fatal(err)
	}
	if back, err := chain.ParseAddressesFile(text); err != nil || back != deployed {
		t.Errorf("%+v, %v", back, err)
	}
	for _, bad := range []string{"", "{}", "[]", strings.Replace(string(text), `"start"`, `"begin"`, 1), strings.Replace(string(text), "0x7c", "0x7d", 1)} {
		if _, err := chain.ParseAddressesFile([]byte(bad)); err == nil {
			t.Errorf("taken: %s", bad)
		}
	}
	poor := chain.NewSender(e.client, k, &chain.Memory{}, chaintest.NewWallet(), chain.SenderConfig{})
	if _, err := chain.PlanDeploy(t.Context(), e.client, poor); err != nil {
		t.Errorf("nothing to pay for: %v", err)
	}
}

// Interrupted between its transactions, a deployment goes on with what is missing;
// what is on its way is waited for, not sent again.
func TestDeployInterrupted(t *testing.T) {
	e := newBareEnv(t)
	proxy := chaintest.NewProxy(t, e.dev.URL())
	client := dial(t, proxy.URL)
	k, _ := chain.Locate(t.Context(), client)
	newSender := func() *chain.Sender {
		return chain.NewSender(client, k, &chain.Memory{}, e.operator, chain.SenderConfig{Poll: 50 * time.Millisecond})
	}
	for n := 1; n <= 6; n++ {
		var sent atomic.Int64
		proxy.OnCall(func(m string) chaintest.Fault {
			if m == "eth_sendRawTransaction" && sent.Add(1) >= int64(n) || sent.Load() >= int64(n) {
				return chaintest.Lose
			}
			return chaintest.Pass
		})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		chain.Deploy(ctx, client, newSender())
		cancel()
		proxy.OnCall(nil)
		if err := newSender().AwaitIdle(t.Context(), func(string) {}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := chain.Deploy(t.Context(), client, newSender()); err != nil {
		t.Fatal(err)
	}
	if err := chain.Verify(t.Context(), client, k); err != nil {
		t.Error(err)
	}
	c, err := ethclient.Dial(e.dev.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if n, err := c.NonceAt(t.Context(), e.operator.Account(), nil); err != nil || n != 4 { // the proxy is there
		t.Errorf("%d transactions, %v", n, err)
	}
}
