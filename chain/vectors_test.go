package chain

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"

	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// The vectors that testdata/README.md names. What wallets sign is hashed as ethers
// hashes it, and their signatures recover.
func TestTypedDataVectors(t *testing.T) {
	var cases []struct {
		Name, PrimaryType string
		Types             apitypes.Types
		Domain, Data      json.RawMessage
		Digest            common.Hash
		PrivateKey        hexutil.Bytes
		Signature         hexutil.Bytes
	}
	readGzip(t, "testdata/ethers/typed-data.json.gz", &cases)
	if len(cases) != 130 {
		t.Fatalf("%d cases", len(cases))
	}
	signed := 0
	for _, c := range cases {
		td := apitypes.TypedData{Types: c.Types, PrimaryType: c.PrimaryType}
		var present map[string]json.RawMessage
		for into, raw := range map[any]json.RawMessage{&td.Domain: c.Domain, &td.Message: c.Data, &present: c.Domain} {
			if err := json.Unmarshal(raw, into); err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
		}
		// EIP-712: "Protocol designers only need to include the fields that make sense."
		td.Types["EIP712Domain"] = nil
		for _, f := range append(domainTypes[:len(domainTypes):len(domainTypes)], apitypes.Type{Name: "salt", Type: "bytes32"}) {
			if _, ok := present[f.Name]; ok {
				td.Types["EIP712Domain"] = append(td.Types["EIP712Domain"], f)
			}
		}
		digest, err := digestOf(td)
		if len(present) == 0 {
			digest, err = withoutDomain(td)
		}
		if err != nil || digest != c.Digest {
			t.Errorf("%s: digest %s, want %s (%v)", c.Name, digest, c.Digest, err)
			continue
		}
		if len(c.Signature) == 0 {
			continue
		}
		signed++
		key, err := crypto.ToECDSA(c.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		signer, ok := identity.RecoverAddress(digest, c.Signature)
		if want := identity.Address(crypto.PubkeyToAddress(key.PublicKey)); !ok || signer != want {
			t.Errorf("%s: signed by %s, want %s", c.Name, signer, want)
		}
	}
	if signed == 0 {
		t.Error("no signature was checked")
	}
}

// withoutDomain hashes typed data of the empty domain, which go-ethereum refuses to
// hash as a whole, and we to relay.
func withoutDomain(td apitypes.TypedData) (common.Hash, error) {
	td.Domain.Name = "go-ethereum wants one to hash a struct"
	message, err := td.HashStruct(td.PrimaryType, td.Message)
	domain := crypto.Keccak256(crypto.Keccak256([]byte("EIP712Domain()")))
	return crypto.Keccak256Hash([]byte{0x19, 0x01}, domain, message), err
}

func TestERC6492Vector(t *testing.T) {
	var c struct {
		Wrapped hexutil.Bytes
		Expect  struct {
			Address         common.Address
			Data, Signature hexutil.Bytes
		}
	}
	b, err := os.ReadFile("testdata/erc6492/viem.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	encoded, wrapped := identity.Unwrap6492(c.Wrapped)
	factory, data, sig, ok := unwrap(encoded)
	if !wrapped || !ok || factory != c.Expect.Address || !bytes.Equal(data, c.Expect.Data) || !bytes.Equal(sig, c.Expect.Signature) {
		t.Errorf("%t %t %s %x %x", wrapped, ok, factory, data, sig)
	}
	if _, wrapped := identity.Unwrap6492(c.Expect.Signature); wrapped {
		t.Error("a plain signature is taken for a wrapped one")
	}
}

func readGzip(t *testing.T, name string, v any) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(r).Decode(v); err != nil {
		t.Fatal(err)
	}
}
