package bindings

import (
	"bytes"
	"encoding/json"
	"math/big"
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm/runtime"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
)

// The addresses and code hashes that nodes rely on are what an EVM makes of the committed code.
func TestDeploymentInAnEVM(t *testing.T) {
	contracts, err := Deployment()
	if err != nil {
		t.Fatal(err)
	}
	statedb := newState(t)
	factory := common.HexToAddress(FactoryAddress)
	statedb.SetCode(factory, FactoryRuntime(), 0)
	for _, c := range contracts {
		for _, chainID := range []int64{1, 31337} {
			snapshot := statedb.Snapshot()
			ret := call(t, statedb, chainID, alice, factory, c.DeployData())
			if got := common.BytesToAddress(ret); got != c.Address {
				t.Errorf("%s: deployed at %s, want %s", c.Name, got, c.Address)
			}
			if got := crypto.Keccak256Hash(statedb.GetCode(c.Address)); got != c.CodeHash {
				t.Errorf("%s on chain %d: code hash %s, want %s", c.Name, chainID, got, c.CodeHash)
			}
			if chainID == 1 {
				statedb.RevertToSnapshot(snapshot)
			}
		}
	}
}

func TestFactoryTransaction(t *testing.T) {
	var tx types.Transaction
	if err := tx.UnmarshalBinary(hexutil.MustDecode(FactoryTransaction)); err != nil {
		t.Fatal(err)
	}
	from, err := types.Sender(types.HomesteadSigner{}, &tx)
	if err != nil {
		t.Fatal(err)
	}
	if want := common.HexToAddress(FactoryDeployer); from != want {
		t.Errorf("signed by %s, want %s", from, want)
	}
	if got, want := crypto.CreateAddress(from, tx.Nonce()), common.HexToAddress(FactoryAddress); got != want {
		t.Errorf("creates %s, want %s", got, want)
	}
	if got := tx.Cost(); got.Cmp(FactoryFunds()) != 0 {
		t.Errorf("costs up to %s, want %s", got, FactoryFunds())
	}
	ret, _, err := runtime.Execute(tx.Data(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ret, FactoryRuntime()) {
		t.Errorf("leaves code %x, want %x", ret, FactoryRuntime())
	}
}

func TestDeploymentIsAsInArtifacts(t *testing.T) {
	raw, err := os.ReadFile("../artifacts/deployment.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Factory   common.Address
		Salt      common.Hash
		Contracts []struct {
			Name         string
			Address      common.Address
			InitCodeHash common.Hash
			CodeHash     common.Hash
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	contracts, err := Deployment()
	if err != nil {
		t.Fatal(err)
	}
	if file.Factory != common.HexToAddress(FactoryAddress) || file.Salt != Salt() || len(file.Contracts) != len(contracts) {
		t.Fatalf("artifacts name another factory, salt or set of contracts: %+v", file)
	}
	for i, c := range contracts {
		f := file.Contracts[i]
		if f.Name != c.Name || f.Address != c.Address || f.CodeHash != c.CodeHash || f.InitCodeHash != crypto.Keccak256Hash(c.InitCode) {
			t.Errorf("artifacts say %+v, bindings %s %s %s", f, c.Name, c.Address, c.CodeHash)
		}
	}
}

func newState(t *testing.T) *state.StateDB {
	t.Helper()
	s, err := state.New(types.EmptyRootHash, state.NewDatabaseForTesting())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func callFrom(t *testing.T, s *state.StateDB, from, to common.Address, data []byte) []byte {
	t.Helper()
	return call(t, s, 31337, from, to, data)
}

func call(t *testing.T, s *state.StateDB, chainID int64, from, to common.Address, data []byte) []byte {
	t.Helper()
	chain := *params.MergedTestChainConfig
	chain.ChainID = big.NewInt(chainID)
	ret, _, err := runtime.Call(to, data, &runtime.Config{
		ChainConfig: &chain,
		Origin:      from,
		State:       s,
		GasLimit:    30_000_000,
		Time:        testTime,
		BlockNumber: big.NewInt(1),
		Random:      &common.Hash{},
	})
	if err != nil {
		t.Fatalf("call of %s: %v (%x)", to, err, ret)
	}
	return ret
}
