package chain_test

import (
	"bytes"
	"errors"
	"testing"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/contracts/bindings"
	"metanet/identity"
	"metanet/identity/siwe"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

var (
	_ siwe.ContractVerifier = (*chain.Wallets)(nil)
	_ siwe.ContractHistory  = (*chain.Wallets)(nil)
)

func TestContractWallets(t *testing.T) {
	e := newEnv(t)
	contract := chaintest.NewContractWallet()
	owner, wallet := contract.Owner, contract.Account()
	factory, deploy := contract.Deployment()

	hash := crypto.Keccak256Hash([]byte("hello"))
	sig := sign27(t, owner, hash)
	wrapped := chaintest.Wrap6492(factory, deploy, sig)
	verify := func(a common.Address, hash common.Hash, sig []byte) bool {
		t.Helper()
		ok, at, err := chain.NewWallets(e.client, e.contracts.ChainID).VerifyContract(t.Context(), e.contracts.ChainID, identity.Address(a), hash, sig)
		if err != nil || at.Number == 0 {
			t.Fatal(at, err)
		}
		return ok
	}
	for _, deployed := range []bool{false, true} {
		if deployed {
			if _, err := e.sender.Send(t.Context(), "wallet", factory, deploy); err != nil {
				t.Fatal(err)
			}
		}
		if verify(wallet, hash, sig) != deployed {
			t.Errorf("deployed %v: ERC-1271 says otherwise", deployed)
		}
		if !verify(wallet, hash, wrapped) {
			t.Errorf("deployed %v: ERC-6492 refused", deployed)
		}
		stranger := sign27(t, chaintest.NewWallet(), hash)
		for name, ok := range map[string]bool{
			"another's signature":          verify(wallet, hash, stranger),
			"another's wrapped signature":  verify(wallet, hash, chaintest.Wrap6492(factory, deploy, stranger)),
			"another hash":                 verify(wallet, crypto.Keccak256Hash(nil), wrapped),
			"another wallet":               verify(common.Address{1}, hash, wrapped),
			"a factory that does nothing":  !deployed && verify(wallet, hash, chaintest.Wrap6492(common.Address{2}, deploy, sig)),
			"no signature":                 verify(wallet, hash, nil),
			"broken wrapping":              verify(wallet, hash, wrapped[64:]),
			"wrapping only":                verify(wallet, hash, bytes.Repeat([]byte{0x64, 0x92}, 16)),
			"a wallet that crashes":        verify(e.crasher(t), hash, sig),
			"an account with a key only":   verify(owner.Account(), hash, sig),
			"a contract that is no wallet": verify(e.contracts.LogRegistry, hash, sig),
		} {
			if ok {
				t.Errorf("deployed %v: accepted %s", deployed, name)
			}
		}
	}
	// What it said at a block it says of that block for ever.
	wallets := chain.NewWallets(e.client, e.contracts.ChainID)
	ok, now, err := wallets.VerifyContract(t.Context(), e.contracts.ChainID, identity.Address(wallet), hash, sig)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	for _, c := range []struct {
		name  string
		sig   []byte
		block common.Hash
		want  bool
	}{
		{"ERC-1271, deployed", sig, common.Hash(now.Hash), true},
		{"ERC-1271, in the first block", sig, e.contracts.Genesis, false},
		{"ERC-6492, deployed", wrapped, common.Hash(now.Hash), true},
		{"ERC-6492, in the first block", wrapped, e.contracts.Genesis, true}, // the factory is there from the first block on
	} {
		ok, err := wallets.VerifyContractAt(t.Context(), e.contracts.ChainID, identity.Address(wallet), hash, c.sig, c.block)
		if err != nil || ok != c.want {
			t.Errorf("%s: %t, %v", c.name, ok, err)
		}
		if _, err := wallets.VerifyContractAt(t.Context(), e.contracts.ChainID, identity.Address(wallet), hash, c.sig, common.Hash{1}); err == nil {
			t.Errorf("%s: at a block that nobody knows it is no error", c.name)
		}
	}

	_, _, err = wallets.VerifyContract(t.Context(), 1, identity.Address(wallet), hash, sig)
	if !errors.Is(err, chain.ErrWrongChain) {
		t.Errorf("another chain: %v", err)
	}

	// The wallet has an identity of its own, which its owner's signature moves.
	did := identity.NewDID(e.contracts.ChainID, identity.Address(wallet))
	e.do(t, owner, chain.Operation{Op: chain.OpAddKey, Identity: did, Key: key(7), Purpose: identity.PurposeDevice, Expiry: later})
	if _, known, _ := e.follower.Key(t.Context(), did, key(7)); !known {
		t.Error("the contract wallet's key is unknown")
	}
	if _, err := e.tryDo(t, chaintest.NewWallet(), chain.Operation{Op: chain.OpRevokeAllKeys, Identity: did}); !errors.Is(err, chain.ErrInvalidSignature) {
		t.Errorf("a stranger moved it: %v", err)
	}
}

// crasher deploys a contract whose code is a jump with nothing on the stack.
func (e *env) crasher(t *testing.T) common.Address {
	t.Helper()
	init := common.FromHex("6356000000600052600460" + "1cf3")
	if _, err := e.sender.Send(t.Context(), "crasher", common.HexToAddress(bindings.FactoryAddress), append(make([]byte, 32), init...)); err != nil && !errors.Is(err, chain.ErrReverted) {
		t.Fatal(err)
	}
	return bindings.Create2Address(common.Hash{}, init)
}

func sign27(t *testing.T, w chaintest.Wallet, hash common.Hash) []byte {
	t.Helper()
	sig, err := w.SignHash(hash)
	if err != nil {
		t.Fatal(err)
	}
	sig[64] += 27
	return sig
}
