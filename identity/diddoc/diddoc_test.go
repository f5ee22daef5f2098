package diddoc

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"metanet/identity"
)

var (
	alice = identity.Address{19: 1}
	did   = identity.NewDID(0x7a69, alice)
)

func name(text string) (b [32]byte) {
	copy(b[:], text)
	return b
}

func attribute(text, value string, validTo uint64) Event {
	return Event{Kind: AttributeChanged, Name: name(text), Value: []byte(value), ValidTo: validTo}
}

func delegate(kind string, n byte, validTo uint64) Event {
	return Event{Kind: DelegateChanged, Name: name(kind), Address: identity.Address{19: n}, ValidTo: validTo}
}

// Numbers count events, ended ones included, as the method's specification says;
// node/test holds whole documents against the public resolver.
func TestEthr(t *testing.T) {
	const now, later = 100, 200
	methods := func(events ...Event) (ids []string) {
		doc, _ := Ethr(did, events, now)
		for _, m := range doc.VerificationMethods {
			ids = append(ids, m.ID[len(did):])
		}
		for _, s := range doc.Services {
			ids = append(ids, s.ID[len(did):])
		}
		return ids
	}
	for _, c := range []struct {
		what   string
		events []Event
		want   []string
	}{
		{"nothing", nil, []string{"#controller"}},
		{"a delegate", []Event{delegate("veriKey", 1, later)}, []string{"#controller", "#delegate-1"}},
		{"one that ends now", []Event{delegate("veriKey", 1, now)}, []string{"#controller", "#delegate-1"}},
		{"one that has ended", []Event{delegate("veriKey", 1, now-1), delegate("sigAuth", 2, later)}, []string{"#controller", "#delegate-2"}},
		{"one for ever", []Event{delegate("veriKey", 1, math.MaxUint64)}, []string{"#controller", "#delegate-1"}},
		{"revoked", []Event{delegate("veriKey", 1, later), delegate("veriKey", 1, 0)}, []string{"#controller"}},
		{"of an unknown kind", []Event{delegate("x", 1, later), delegate("veriKey", 2, later)}, []string{"#controller", "#delegate-2"}},
		{"granted again", []Event{delegate("veriKey", 1, later), delegate("veriKey", 2, later), delegate("veriKey", 1, later)}, []string{"#controller", "#delegate-3", "#delegate-2"}},
		{"a service", []Event{attribute("did/svc/Hub", "x", 0), attribute("did/svc/Hub", "y", later)}, []string{"#controller", "#service-2"}},
		{"no attribute of the method", []Event{attribute("did/pub", "x", later), attribute("did/pub/a/b/c/d", "x", later), attribute("did/pub/A/veriKey", "x", later)}, []string{"#controller", "#delegate-1"}},
		{"a name that is no text", []Event{{Kind: DelegateChanged, Name: [32]byte{0xff}, ValidTo: later}}, []string{"#controller"}},
	} {
		if got := methods(c.events...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
	bob := identity.Address{19: 2}
	if doc, _ := Ethr(did, []Event{{Kind: OwnerChanged, Owner: bob}}, now); doc.VerificationMethods[0].Account != "eip155:31337:"+bob.Checksum() {
		t.Errorf("controller %+v", doc.VerificationMethods[0])
	}
	doc, ended := Ethr(did, []Event{delegate("veriKey", 1, later), {Kind: OwnerChanged}, {Kind: OwnerChanged, Owner: bob}}, now)
	if !ended || len(doc.VerificationMethods) != 0 || doc.VerificationMethods == nil {
		t.Errorf("deactivated: %v, %+v", ended, doc)
	}
}

// Whatever stands on-chain, a document is JSON.
func FuzzEthr(f *testing.F) {
	f.Add("did/svc/Hub", []byte(`{"a":1}`), uint64(200))
	f.Add("did/pub/Ed25519/veriKey/base58", []byte{0, 1}, uint64(200))
	f.Add("did/pub/RSA/sigAuth/pem", []byte("x"), uint64(0))
	f.Fuzz(func(t *testing.T, text string, value []byte, validTo uint64) {
		doc, _ := Ethr(did, []Event{attribute(text, string(value), validTo), attribute(text, "", 0)}, 100)
		b, err := json.Marshal(doc)
		if err != nil || !json.Valid(b) {
			t.Errorf("%q %x: %v", text, value, err)
		}
	})
}
