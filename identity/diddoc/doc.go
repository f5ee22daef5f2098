// Package diddoc makes DID documents (W3C DID 1.0) of an identity's three names:
// did:ethr from what ERC-1056 says of it, did:plc and did:web from the operation
// that binds its AT name. It is pure: who reads the chain or serves documents is
// elsewhere.
package diddoc

import "encoding/json"

// Document is a DID document. Empty lists are left out, except those that
// did:ethr documents always have.
type Document struct {
	Context             []string             `json:"@context,omitempty"`
	ID                  string               `json:"id"`
	AlsoKnownAs         []string             `json:"alsoKnownAs,omitempty"`
	VerificationMethods []VerificationMethod `json:"verificationMethod,omitzero"`
	Authentication      []string             `json:"authentication,omitzero"`
	AssertionMethod     []string             `json:"assertionMethod,omitzero"`
	KeyAgreement        []string             `json:"keyAgreement,omitempty"`
	Services            []Service            `json:"service,omitempty"`
}

// VerificationMethod is one key; exactly one of the last fields is set.
type VerificationMethod struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	Controller string `json:"controller"`

	Account   string `json:"blockchainAccountId,omitempty"` // CAIP-10
	Multibase string `json:"publicKeyMultibase,omitempty"`
	Hex       string `json:"publicKeyHex,omitempty"`
	Base64    string `json:"publicKeyBase64,omitempty"`
	Base58    string `json:"publicKeyBase58,omitempty"`
	PEM       string `json:"publicKeyPem,omitempty"`
	Value     string `json:"value,omitempty"`
}

// Service is an endpoint: in did:ethr any JSON, elsewhere a URL.
type Service struct {
	ID       string          `json:"id"`
	Type     string          `json:"type"`
	Endpoint json.RawMessage `json:"serviceEndpoint"`
}

// URL is a service endpoint that is a URL.
func URL(u string) json.RawMessage {
	b, err := json.Marshal(u)
	if err != nil {
		panic("diddoc: a text is JSON: " + err.Error())
	}
	return b
}
