package devchain

import (
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

const (
	genesisFile = "genesis.json"
	faucetFile  = "faucet.key"
	chainFolder = "geth" // go-ethereum's own folder; it exists once a chain was made

	gasLimit = 30_000_000
)

// faucetBalance is plenty and still prints: 10^9 ether.
var faucetBalance = new(big.Int).Mul(big.NewInt(1e9), big.NewInt(1e18))

// The deployer is Arachnid's deterministic deployment proxy, at the address it has
// on public chains, so that CREATE2 gives contracts the same addresses here.
// https://github.com/Arachnid/deterministic-deployment-proxy
var (
	deployerAddress = common.HexToAddress("0x4e59b44847b379578588920cA78FbF26c0B4956C")
	deployerCode    = common.FromHex("0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3")
)

// home is what the directory remembers beside the chain's data.
type home struct {
	genesis *core.Genesis
	faucet  *ecdsa.PrivateKey
}

// openHome reads the genesis and the faucet's key, or makes both when the
// directory is new. The genesis is kept as a file rather than computed, so that
// a later go-ethereum with other defaults still opens the chain.
func openHome(dir string) (home, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return home{}, fmt.Errorf("devchain: %w", err)
	}
	h, err := readHome(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return h, err
	}
	if _, statErr := os.Stat(filepath.Join(dir, chainFolder, "chaindata")); statErr == nil {
		return home{}, fmt.Errorf("%w: %v", ErrIncomplete, err)
	}
	return makeHome(dir)
}

func readHome(dir string) (h home, err error) {
	b, err := os.ReadFile(filepath.Join(dir, genesisFile))
	if err != nil {
		return h, fmt.Errorf("devchain: %w", err)
	}
	h.genesis = new(core.Genesis)
	if err := json.Unmarshal(b, h.genesis); err != nil {
		return h, fmt.Errorf("devchain: %s: %w", genesisFile, err)
	}
	if h.genesis.Config == nil || h.genesis.Config.ChainID == nil {
		return h, fmt.Errorf("devchain: %s: no chain id", genesisFile)
	}
	h.faucet, err = crypto.LoadECDSA(filepath.Join(dir, faucetFile))
	if err != nil {
		return h, fmt.Errorf("devchain: %s: %w", faucetFile, err)
	}
	return h, nil
}

// makeHome writes the key first and the genesis last: the genesis names the
// faucet, so a directory with a genesis is complete. A crash before that leaves
// a key that the next start replaces together with the genesis.
func makeHome(dir string) (h home, err error) {
	if h.faucet, err = crypto.GenerateKey(); err != nil {
		return h, fmt.Errorf("devchain: %w", err)
	}
	id, err := randomChainID()
	if err != nil {
		return h, fmt.Errorf("devchain: %w", err)
	}
	h.genesis = newGenesis(id, crypto.PubkeyToAddress(h.faucet.PublicKey))
	b, err := json.MarshalIndent(h.genesis, "", "  ")
	if err != nil {
		return h, fmt.Errorf("devchain: %w", err)
	}
	key := fmt.Appendf(nil, "%x", crypto.FromECDSA(h.faucet))
	if err := writeDurably(filepath.Join(dir, faucetFile), key); err != nil {
		return h, fmt.Errorf("devchain: %w", err)
	}
	if err := writeDurably(filepath.Join(dir, genesisFile), b); err != nil {
		return h, fmt.Errorf("devchain: %w", err)
	}
	return h, nil
}

// newGenesis is go-ethereum's developer genesis with the forks of today, the
// faucet, and the deployment proxy.
func newGenesis(chainID uint64, faucet common.Address) *core.Genesis {
	g := core.DeveloperGenesisBlock(gasLimit, nil)
	config := *g.Config
	config.ChainID = new(big.Int).SetUint64(chainID)
	config.BogotaTime = nil // unreleased gas rules that triple the price of a storage slot
	g.Config = &config
	g.Alloc[faucet] = types.Account{Balance: faucetBalance}
	g.Alloc[deployerAddress] = types.Account{Balance: new(big.Int), Nonce: 1, Code: deployerCode}
	return g
}

// randomChainID draws from [2^30, 2^31): far from registered chains' ids and
// small enough for every wallet (some keep ids as 32-bit or JavaScript numbers).
func randomChainID() (uint64, error) {
	var b [4]byte
	if _, err := rand.Read(b[:]); err != nil {
		return 0, err
	}
	return uint64(1<<30 | binary.BigEndian.Uint32(b[:])>>2), nil
}

// writeDurably makes path with b in it, readable by its owner only, all or
// nothing, safe against power loss.
func writeDurably(path string, b []byte) error {
	tmp := path + ".tmp"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
