package ens

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/chain/devchain"
	"metanet/identity"
)

// ensip15 are the published validation tests; see testdata/README.md.
func TestNormalizeVectors(t *testing.T) {
	data, err := os.ReadFile("testdata/custom-tests.json")
	if err != nil {
		t.Fatal(err)
	}
	var tests []struct {
		Name  string  `json:"name"`
		Norm  *string `json:"norm"`
		Error bool    `json:"error"`
	}
	if err := json.Unmarshal(data, &tests); err != nil || len(tests) < 100 {
		t.Fatalf("%d tests, %v", len(tests), err)
	}
	for _, c := range tests {
		got, err := Normalize(c.Name)
		want := c.Name
		if c.Norm != nil {
			want = *c.Norm
		}
		if c.Error != errors.Is(err, ErrInvalidName) || !c.Error && string(got) != want {
			t.Errorf("%q: %q, %v; want %q", c.Name, got, err, want)
		}
	}
}

// EIP-137's examples.
func TestNode(t *testing.T) {
	for name, want := range map[Name]string{
		"":        "0x0000000000000000000000000000000000000000000000000000000000000000",
		"eth":     "0x93cdeb708b7545dc668eb9280176169d1c33cfd8ed6f04690a0bcc88a93fc4ae",
		"foo.eth": "0xde9b09fd7c5f901e23a3f19fecc54828e9c848539801e86591bd9801b019f84f",
	} {
		if got := name.node().Hex(); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := string(Name("foo.eth").wire()); got != "\x03foo\x03eth\x00" {
		t.Errorf("on the wire: %q", got)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, bad := range []string{
		"", "Alice.eth", "alice..eth", ".eth", "alice.eth.", "a b.eth", strings.Repeat("a", 256) + ".eth",
		strings.Repeat("a.", 16) + "eth", strings.Repeat("ab.", 300) + "eth", "\xff.eth",
	} {
		if n, err := Parse(bad); !errors.Is(err, ErrInvalidName) || n != "" {
			t.Errorf("%q: %q, %v", bad, n, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"alice.eth", "RaFFY🚴‍♂️.eTh", "xn--ls8h.eth", "\u200d", "1⃣.eth"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(string(n)); err != nil || again != n || string(n) != s {
			t.Errorf("%q: %q, then %q, %v", s, n, again, err)
		}
	})
}

// world is a chain with an ENS of the test's own.
type world struct {
	*Resolver
	t       *testing.T
	eth     *ethclient.Client
	wallet  chaintest.Wallet
	chainID *big.Int
	code    map[string]hexutil.Bytes
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dev, err := devchain.Start(t.Context(), devchain.Config{Dir: t.TempDir(), RPC: "127.0.0.1:0", Ahead: 1000 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	w := &world{t: t, wallet: chaintest.NewWallet(), chainID: new(big.Int).SetUint64(dev.ChainID())}
	if _, err := dev.Fund(t.Context(), w.wallet.Account(), big.NewInt(1e18)); err != nil {
		t.Fatal(err)
	}
	client, err := chain.Dial(chain.DialConfig{URLs: []string{dev.URL()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if w.eth, err = ethclient.Dial(dev.URL()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.eth.Close)
	data, err := os.ReadFile("testdata/contracts.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &w.code); err != nil {
		t.Fatal(err)
	}
	w.Resolver = &Resolver{Chain: client, Registry: w.deploy("TestRegistry")}
	return w
}

// send sends a transaction and waits until it is in a block; to nil deploys.
func (w *world) send(to *common.Address, data []byte) *types.Receipt {
	w.t.Helper()
	ctx := context.Background()
	nonce, err := w.eth.PendingNonceAt(ctx, w.wallet.Account())
	if err != nil {
		w.t.Fatal(err)
	}
	tx, err := w.wallet.SignTransaction(ctx, w.chainID, types.NewTx(&types.DynamicFeeTx{
		ChainID: w.chainID, Nonce: nonce, GasTipCap: big.NewInt(1e9), GasFeeCap: big.NewInt(5e9), Gas: 2_000_000, To: to, Data: data,
	}))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.eth.SendTransaction(ctx, tx); err != nil {
		w.t.Fatal(err)
	}
	receipt, err := w.eth.TransactionReceipt(ctx, tx.Hash())
	for deadline := time.Now().Add(time.Minute); err != nil && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		receipt, err = w.eth.TransactionReceipt(ctx, tx.Hash()) // not found yet, or not indexed
	}
	if err != nil || receipt.Status != types.ReceiptStatusSuccessful {
		w.t.Fatalf("%+v, %v", receipt, err)
	}
	return receipt
}

func (w *world) deploy(name string, arg ...byte) identity.Address {
	w.t.Helper()
	code := append([]byte{}, w.code[name]...)
	if arg != nil {
		code = append(code, common.LeftPadBytes(arg, 32)...)
	}
	return identity.Address(w.send(nil, code).ContractAddress)
}

var setters = mustABI(`[
	{"type":"function","name":"setResolver","inputs":[{"type":"bytes32","name":"n"},{"type":"address","name":"a"}]},
	{"type":"function","name":"setAddr","inputs":[{"type":"bytes32","name":"n"},{"type":"address","name":"a"}]},
	{"type":"function","name":"setName","inputs":[{"type":"bytes32","name":"n"},{"type":"string","name":"s"}]}
]`)

func (w *world) set(to identity.Address, function string, name Name, value any) {
	w.t.Helper()
	if a, ok := value.(identity.Address); ok {
		value = common.Address(a)
	}
	data, err := setters.Pack(function, name.node(), value)
	if err != nil {
		w.t.Fatal(err)
	}
	at := common.Address(to)
	w.send(&at, data)
}

func reverse(a identity.Address) Name { return Name(a.String()[2:] + ".addr.reverse") }

func TestPrimary(t *testing.T) {
	w := newWorld(t)
	resolver := w.deploy("TestResolver")
	nonsense := w.deploy("TestNonsense")
	dora := identity.Address{0xd0}
	wildcard, offchain := w.deploy("TestWildcard", dora[:]...), w.deploy("TestWildcard", 0)

	// claim has an address call itself something.
	claim := func(a identity.Address, name string) {
		t.Helper()
		w.set(w.Registry, "setResolver", reverse(a), resolver)
		w.set(resolver, "setName", reverse(a), name)
	}
	names := func(name Name, by identity.Address, a identity.Address) {
		t.Helper()
		w.set(w.Registry, "setResolver", name, by)
		if a != (identity.Address{}) {
			w.set(by, "setAddr", name, a)
		}
	}
	alice, bob, carol, erin := identity.Address{0xa1}, identity.Address{0xb0}, identity.Address{0xca}, identity.Address{0xe1}
	frank, grace, heidi, ivan := identity.Address{0xf1}, identity.Address{0x67}, identity.Address{0x4e}, identity.Address{0x11}
	claim(alice, "alice.eth")
	names("alice.eth", resolver, alice)
	claim(bob, "alice.eth") // hers
	claim(carol, "Carol.eth")
	names("carol.eth", resolver, carol)
	claim(dora, "dora.sub.wild.eth")
	names("wild.eth", wildcard, identity.Address{})
	claim(erin, "erin.off.eth")
	names("off.eth", offchain, identity.Address{})
	claim(frank, "frank.alice.eth") // her resolver answers for no names below
	claim(grace, "grace.eth")       // that nobody resolves
	w.set(w.Registry, "setResolver", reverse(heidi), nonsense)
	w.set(w.Registry, "setResolver", reverse(ivan), resolver) // calls itself nothing

	for _, c := range []struct {
		who  identity.Address
		want Name
		err  error
	}{
		{alice, "alice.eth", nil},
		{bob, "", ErrMismatch},
		{carol, "", ErrInvalidName},
		{dora, "dora.sub.wild.eth", nil},
		{erin, "", ErrOffchain},
		{frank, "", ErrNoName},
		{grace, "", ErrNoName},
		{heidi, "", ErrResolver},
		{ivan, "", ErrNoName},
		{identity.Address{0x99}, "", ErrNoName},
	} {
		if got, err := w.Primary(t.Context(), c.who); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %v; want %q, %v", c.who, got, err, c.want, c.err)
		}
	}
	elsewhere := &Resolver{Chain: w.Chain, Registry: identity.Address{1, 2, 3}} // no contract there
	if _, err := elsewhere.Primary(t.Context(), alice); !errors.Is(err, ErrResolver) {
		t.Errorf("no registry: %v", err)
	}
}

func TestRegistry(t *testing.T) {
	if a, ok := Registry(1); !ok || a.Checksum() != "0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e" {
		t.Errorf("mainnet: %s, %v", a.Checksum(), ok)
	}
	if _, ok := Registry(31337); ok {
		t.Error("a development chain has ENS")
	}
}
