package identity_test

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/identity"
)

const lower = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"

// EIP-55's own examples: all caps, all lower, normal.
var checksummed = []string{
	"0x52908400098527886E0F7030069857D2E4169EE7",
	"0x8617E340B3D01FA5F11F306F4090FD50E238070D",
	"0xde709f2102306220921060314715629080e2fb77",
	"0x27b1fdb04752bbc536007a920d24acb045561c26",
	"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
	"0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
	"0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
	"0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
}

func TestParseAddress(t *testing.T) {
	for _, s := range checksummed {
		a, err := identity.ParseAddress(s)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		if a.Checksum() != s || a.String() != strings.ToLower(s) {
			t.Errorf("%s: written as %s and %s", s, a.Checksum(), a)
		}
		if b, err := identity.ParseAddress(a.String()); err != nil || a != b {
			t.Errorf("%s: lower case does not come back: %v", s, err)
		}
	}
}

func TestParseAddressRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"empty":            "",
		"no prefix":        lower[2:],
		"capital prefix":   "0X" + lower[2:],
		"short":            lower[:41],
		"long":             lower + "0",
		"not hex":          lower[:41] + "g",
		"wrong checksum":   "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
		"all upper":        "0x" + strings.ToUpper(lower[2:]),
		"space":            lower + " ",
		"newline":          lower[:41] + "\n",
		"non-ascii digits": "0x" + strings.Repeat("٠", 20),
	} {
		if a, err := identity.ParseAddress(s); !errors.Is(err, identity.ErrInvalidAddress) || !a.IsZero() {
			t.Errorf("%s: got %v, %v", name, a, err)
		}
	}
}

func TestDID(t *testing.T) {
	a, _ := identity.ParseAddress(lower)
	for _, c := range []struct {
		chain uint64
		want  string
	}{
		{1, "did:ethr:0x1:" + lower},
		{0x7a69, "did:ethr:0x7a69:" + lower},
		{math.MaxUint64, "did:ethr:0xffffffffffffffff:" + lower},
	} {
		d := identity.NewDID(c.chain, a)
		if d.String() != c.want {
			t.Errorf("NewDID(%d) = %s, want %s", c.chain, d, c.want)
		}
		p, err := identity.ParseDID(c.want)
		if err != nil || p != d || p.ChainID() != c.chain || p.Address() != a {
			t.Errorf("ParseDID(%s) = %s (%d, %s), %v", c.want, p, p.ChainID(), p.Address(), err)
		}
	}
}

func TestParseDIDRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"empty":           "",
		"no chain":        "did:ethr:" + lower,
		"network name":    "did:ethr:mainnet:" + lower,
		"decimal chain":   "did:ethr:1:" + lower,
		"chain zero":      "did:ethr:0x0:" + lower,
		"leading zero":    "did:ethr:0x01:" + lower,
		"empty chain":     "did:ethr:0x:" + lower,
		"upper chain":     "did:ethr:0x7A69:" + lower,
		"chain sign":      "did:ethr:0x+1:" + lower,
		"chain underline": "did:ethr:0x1_0:" + lower,
		"chain too large": "did:ethr:0x10000000000000000:" + lower,
		"checksum case":   "did:ethr:0x1:" + checksummed[4],
		"public key":      "did:ethr:0x1:0x03fdd57adec3d438ea237fe46b33ee1e016eda6b585c3e27ea66686c2ea5358479",
		"fragment":        "did:ethr:0x1:" + lower + "#controller",
		"upper method":    "DID:ethr:0x1:" + lower,
		"plc":             "did:plc:ewvi7nxzyoun6zhxrhs64oiz",
	} {
		if d, err := identity.ParseDID(s); !errors.Is(err, identity.ErrInvalidDID) || d != "" {
			t.Errorf("%s: got %q, %v", name, d, err)
		}
	}
}

func TestDIDNeverParsed(t *testing.T) {
	d := identity.DID("did:web:example.org")
	if d.ChainID() != 0 || !d.Address().IsZero() {
		t.Errorf("got %d, %s", d.ChainID(), d.Address())
	}
}

func TestParseATName(t *testing.T) {
	const good = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
	if n, err := identity.ParseATName(good); err != nil || n.String() != good {
		t.Errorf("got %q, %v", n, err)
	}
	for _, bad := range []string{
		"", "did:plc:", good + "a", good[:31], strings.ToUpper(good), "did:web:example.org",
		"did:plc:ewvi7nxzyoun6zhxrhs64oi1", "did:plc:ewvi7nxzyoun6zhxrhs64oi=", "did:plc:ewvi7nxzyoun6zhxrhs64o\n\n",
	} {
		if n, err := identity.ParseATName(bad); !errors.Is(err, identity.ErrInvalidATName) || n != "" {
			t.Errorf("%q: got %q, %v", bad, n, err)
		}
	}
}

// The golden names were computed from bytes written out by hand: 83, the chain
// id, 5820 and the genesis hash, 54 and the address.
func TestNetworkGolden(t *testing.T) {
	var genesis [32]byte
	for i := range genesis {
		genesis[i] = byte(i)
	}
	registry, _ := identity.ParseAddress(lower)
	for _, c := range []struct {
		chain uint64
		want  string
	}{
		{1, "6jbsfpun5ty5z7lcxunzgejdypt66fq4ks3o6agnpvnd4dlinc7q"},
		{23, "qjps45xhyz4n3pscune4wojnvvrag2c3fumhsgbw4fktir4jx6iq"},
		{24, "65fabbf6cgjnnfkfnqoei4xkd6zcs2pj22pxz3fxy62nb6eiayfa"},
		{31337, "kfsysc3fsg3ehysu6ssfrrjn6dcmzzsnfyoazkqhoxzarbrvtkfq"},
		{11155111, "35jwrcolsgrywvcsbjiqe5g26kus4azo3ydkmh3opigm7b7al4ja"},
		{math.MaxUint64, "rpju547dwjuy26wwyquod2sytujcjn2j7ksuo4sdsj7cj6635yga"},
	} {
		n := identity.NewNetwork(c.chain, genesis, registry)
		if n.String() != c.want {
			t.Errorf("NewNetwork(%d) = %s, want %s", c.chain, n, c.want)
		}
		b, err := drisl.Marshal([]any{c.chain, genesis[:], registry[:]})
		if err != nil {
			t.Fatal(err)
		}
		if other := identity.Network(sha256.Sum256(b)); n != other {
			t.Errorf("NewNetwork(%d) = %s, the general codec gives %s", c.chain, n, other)
		}
		if p, err := identity.ParseNetwork(c.want); err != nil || p != n {
			t.Errorf("ParseNetwork(%s) = %s, %v", c.want, p, err)
		}
	}
}

func TestParseNetworkRefuses(t *testing.T) {
	good := identity.Network{1, 2, 3}.String()
	std := base32.StdEncoding.WithPadding(base32.NoPadding)
	for name, s := range map[string]string{
		"empty":         "",
		"short":         good[:51],
		"long":          good + "a",
		"upper":         std.EncodeToString(make([]byte, 32)),
		"trailing bits": good[:51] + "b",
		"line break":    good[:51] + "\n",
		"multibase":     "b" + good[:51] + "1",
	} {
		if n, err := identity.ParseNetwork(s); !errors.Is(err, identity.ErrInvalidNetwork) || n != (identity.Network{}) {
			t.Errorf("%s: got %v, %v", name, n, err)
		}
	}
}

// In JSON and configuration every name passes its parser.
func TestTextForms(t *testing.T) {
	type names struct {
		Network identity.Network
		Address identity.Address
		DID     identity.DID
		ATName  identity.ATName
		Key     identity.Key
	}
	a, _ := identity.ParseAddress(lower)
	k, _ := identity.ParseKeyString("z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")
	in := names{identity.Network{7}, a, identity.NewDID(5, a), "did:plc:ewvi7nxzyoun6zhxrhs64oiz", k}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out names
	if err := json.Unmarshal(b, &out); err != nil || in != out {
		t.Errorf("%s came back as %+v, %v", b, out, err)
	}
	for _, field := range []string{"Network", "Address", "DID", "ATName", "Key"} {
		if err := json.Unmarshal([]byte(`{"`+field+`":"x"}`), &out); err == nil {
			t.Errorf("%s: a bad text was accepted", field)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add(lower)
	f.Add(checksummed[0])
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := identity.ParseAddress(s); err == nil && a.String() != s && a.Checksum() != s {
			t.Fatalf("%q became %s", s, a)
		}
	})
}

func FuzzParseDID(f *testing.F) {
	f.Add("did:ethr:0x7a69:" + lower)
	f.Add("did:ethr:0x01:" + lower)
	f.Fuzz(func(t *testing.T, s string) {
		d, err := identity.ParseDID(s)
		if err != nil {
			return
		}
		if string(d) != s || identity.NewDID(d.ChainID(), d.Address()) != d {
			t.Fatalf("%q became %q", s, d)
		}
	})
}
