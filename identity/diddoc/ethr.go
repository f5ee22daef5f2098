package diddoc

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/mr-tron/base58"

	"metanet/identity"
)

// Event is one ERC-1056 event of an identity, as the did:ethr method reads it.
// Exactly one of the three kinds is meant.
type Event struct {
	Kind    Kind
	Owner   identity.Address // OwnerChanged
	Name    [32]byte         // the delegate's type, or the attribute's name
	Address identity.Address // DelegateChanged
	Value   []byte           // AttributeChanged
	ValidTo uint64           // seconds; capped
}

// Kind is which event it was.
type Kind byte

const (
	OwnerChanged Kind = iota
	DelegateChanged
	AttributeChanged
)

var ethrContext = []string{
	"https://www.w3.org/ns/did/v1",
	"https://w3id.org/security/suites/secp256k1recovery-2020/v2",
	"https://w3id.org/security/v3-unstable",
}

const recoveryMethod = "EcdsaSecp256k1RecoveryMethod2020"

// Ethr is the document that the did:ethr method gives for the events of an
// identity, oldest first, at a time in seconds
// (github.com/decentralized-identity/ethr-did-resolver, doc/did-method-spec.md).
// A deactivated identity's has no keys.
func Ethr(did identity.DID, events []Event, now uint64) (doc Document, deactivated bool) {
	r := &ethrReader{did: string(did), chain: did.ChainID(), owner: did.Address(), now: now}
	for _, e := range events {
		if r.read(e); r.deactivated {
			break
		}
	}
	return r.document(), r.deactivated
}

// ethrReader is what the events so far have made of the document. The spec
// numbers delegates and services by their events, ended ones included.
type ethrReader struct {
	did         string
	chain       uint64
	owner       identity.Address
	now         uint64
	deactivated bool
	delegates   int
	services    int
	entries     []ethrEntry // in the order in which they came
}

// ethrEntry is what one event added.
type ethrEntry struct {
	event     string // names the delegate or attribute, whatever its validity
	method    *VerificationMethod
	service   *Service
	auth, enc bool
}

func (r *ethrReader) read(e Event) {
	if e.Kind == OwnerChanged {
		r.owner = e.Owner
		r.deactivated = e.Owner.IsZero()
		return
	}
	if !utf8.Valid(e.Name[:]) {
		return
	}
	name := strings.TrimRight(string(e.Name[:]), "\x00")
	event := fmt.Sprintf("%d %s %x %s", e.Kind, name, e.Value, e.Address)
	live := e.ValidTo != 0 && e.ValidTo >= r.now
	switch {
	case e.Kind == DelegateChanged:
		r.delegates++
		if live && (name == "veriKey" || name == "sigAuth") {
			r.put(ethrEntry{event: event, auth: name == "sigAuth", method: &VerificationMethod{
				ID: r.delegateID(), Type: recoveryMethod, Controller: r.did, Account: r.account(e.Address),
			}})
			return
		}
	case live:
		if r.attribute(event, name, e.Value) {
			return
		}
	case strings.HasPrefix(name, "did/pub/"):
		r.delegates++
	case strings.HasPrefix(name, "did/svc/"):
		r.services++
	}
	if !live {
		r.drop(event)
	}
}

var attributeName = regexp.MustCompile(`^did/(pub|svc)/([A-Za-z0-9_]+)(?:/([A-Za-z0-9_]+))?(?:/([A-Za-z0-9_]+))?$`)

// keyTypes are the spec's names for an algorithm and a use.
var keyTypes = map[string]string{
	"Secp256k1 veriKey": "EcdsaSecp256k1VerificationKey2019",
	"Secp256k1 sigAuth": "EcdsaSecp256k1VerificationKey2019",
	"Ed25519 veriKey":   "Ed25519VerificationKey2018",
	"Ed25519 sigAuth":   "Ed25519VerificationKey2018",
	"RSA veriKey":       "RSAVerificationKey2018",
	"X25519 enc":        "X25519KeyAgreementKey2019",
}

func (r *ethrReader) attribute(event, name string, value []byte) bool {
	m := attributeName.FindStringSubmatch(name)
	if m == nil {
		return false
	}
	section, algorithm, use, encoding := m[1], m[2], m[3], m[4]
	if section == "svc" {
		r.services++
		if !utf8.Valid(value) {
			return false
		}
		endpoint := json.RawMessage(value)
		if !json.Valid(value) {
			endpoint = URL(string(value))
		}
		r.put(ethrEntry{event: event, service: &Service{fmt.Sprintf("%s#service-%d", r.did, r.services), algorithm, endpoint}})
		return true
	}
	r.delegates++
	key := &VerificationMethod{ID: r.delegateID(), Type: keyTypes[algorithm+" "+use], Controller: r.did}
	if key.Type == "" {
		key.Type = algorithm
	}
	switch encoding {
	case "", "hex":
		key.Hex = hex.EncodeToString(value)
	case "base64":
		key.Base64 = base64.StdEncoding.EncodeToString(value)
	case "base58":
		key.Base58 = base58.Encode(value)
	case "pem":
		if !utf8.Valid(value) {
			return false
		}
		key.PEM = string(value)
	default:
		key.Value = hex.EncodeToString(value)
	}
	r.put(ethrEntry{event: event, method: key, auth: use == "sigAuth", enc: use == "enc"})
	return true
}

// put lets the same thing, granted again, keep its place.
func (r *ethrReader) put(e ethrEntry) {
	for i := range r.entries {
		if r.entries[i].event == e.event {
			r.entries[i] = e
			return
		}
	}
	r.entries = append(r.entries, e)
}

func (r *ethrReader) drop(event string) {
	for i := range r.entries {
		if r.entries[i].event == event {
			r.entries = append(r.entries[:i], r.entries[i+1:]...)
			return
		}
	}
}

func (r *ethrReader) delegateID() string { return fmt.Sprintf("%s#delegate-%d", r.did, r.delegates) }

func (r *ethrReader) account(a identity.Address) string {
	return fmt.Sprintf("eip155:%d:%s", r.chain, a.Checksum())
}

func (r *ethrReader) document() Document {
	doc := Document{
		Context: ethrContext, ID: r.did,
		VerificationMethods: []VerificationMethod{}, Authentication: []string{}, AssertionMethod: []string{},
	}
	if r.deactivated {
		return doc
	}
	controller := VerificationMethod{ID: r.did + "#controller", Type: recoveryMethod, Controller: r.did, Account: r.account(r.owner)}
	doc.VerificationMethods = append(doc.VerificationMethods, controller)
	doc.Authentication = append(doc.Authentication, controller.ID)
	doc.AssertionMethod = append(doc.AssertionMethod, controller.ID)
	for _, e := range r.entries {
		if e.service != nil {
			doc.Services = append(doc.Services, *e.service)
			continue
		}
		doc.VerificationMethods = append(doc.VerificationMethods, *e.method)
		switch {
		case e.enc:
			doc.KeyAgreement = append(doc.KeyAgreement, e.method.ID)
			continue
		case e.auth:
			doc.Authentication = append(doc.Authentication, e.method.ID)
		}
		doc.AssertionMethod = append(doc.AssertionMethod, e.method.ID)
	}
	return doc
}
