package identity_test

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"

	"metanet/identity"
)

// Every account of ethers' test cases: its address in EIP-55's case is read, and
// its key's signatures lead to it.
func TestAccountVectors(t *testing.T) {
	f, err := os.Open("testdata/ethers/accounts.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct{ Name, PrivateKey, Address string }
	if err := json.NewDecoder(r).Decode(&cases); err != nil || len(cases) != 259 {
		t.Fatal(len(cases), err)
	}
	hash := [32]byte(crypto.Keccak256([]byte("hello")))
	for _, c := range cases {
		a, err := identity.ParseAddress(c.Address)
		if err != nil || a.Checksum() != c.Address {
			t.Errorf("%s: %s is read as %s, %v", c.Name, c.Address, a.Checksum(), err)
		}
		if c.PrivateKey == "" {
			continue
		}
		raw, err := hex.DecodeString(strings.TrimPrefix(c.PrivateKey, "0x"))
		if err != nil {
			t.Fatal(err)
		}
		key, err := crypto.ToECDSA(raw)
		if err != nil {
			t.Fatal(c.Name, err)
		}
		sig, err := crypto.Sign(hash[:], key)
		if err != nil {
			t.Fatal(err)
		}
		if signer, ok := identity.RecoverAddress(hash, sig); !ok || signer != a {
			t.Errorf("%s: signed by %s", c.Name, signer)
		}
	}
}

// One signature has two spellings, v as 0, 1 or as 27, 28, and no twin.
func TestRecoverAddress(t *testing.T) {
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	want := identity.Address(crypto.PubkeyToAddress(key.PublicKey))
	hash := [32]byte(crypto.Keccak256([]byte("hello")))
	sig, err := crypto.Sign(hash[:], key)
	if err != nil {
		t.Fatal(err)
	}
	n := crypto.S256().Params().N
	change := func(f func(s []byte)) []byte {
		s := bytes.Clone(sig)
		f(s)
		return s
	}
	for name, c := range map[string]struct {
		sig  []byte
		good bool
	}{
		"v = 0, 1":   {sig, true},
		"v = 27, 28": {change(func(s []byte) { s[64] += 27 }), true},
		"v = 54":     {change(func(s []byte) { s[64] += 54 }), false},
		"v = 2":      {change(func(s []byte) { s[64] += 2 }), false},
		"high S": {change(func(s []byte) {
			new(big.Int).Sub(n, new(big.Int).SetBytes(s[32:64])).FillBytes(s[32:64])
			s[64] ^= 1
		}), false},
		"S over the order": {change(func(s []byte) {
			new(big.Int).Add(n, big.NewInt(1)).FillBytes(s[32:64])
		}), false},
		"no R":    {change(func(s []byte) { clear(s[:32]) }), false},
		"no S":    {change(func(s []byte) { clear(s[32:64]) }), false},
		"short":   {sig[:64], false},
		"long":    {append(bytes.Clone(sig), 0), false},
		"nothing": {nil, false},
	} {
		signer, ok := identity.RecoverAddress(hash, c.sig)
		if ok != c.good || ok && signer != want {
			t.Errorf("%s: %s, %t", name, signer, ok)
		}
	}
}
