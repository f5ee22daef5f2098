package plc

import (
	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/identity"
)

// Operation is a did:plc genesis operation. Its DAG-CBOR and its JSON have the
// same fields; a PLC directory takes the JSON.
type Operation struct {
	Type                string             `json:"type"` // always "plc_operation"
	RotationKeys        []string           `json:"rotationKeys"`
	VerificationMethods map[string]string  `json:"verificationMethods"`
	AlsoKnownAs         []string           `json:"alsoKnownAs"`
	Services            map[string]Service `json:"services"`
	Prev                *string            `json:"prev"` // always null: nothing precedes a genesis
	Sig                 string             `json:"sig,omitempty"`
}

// Service is an endpoint that the operation declares.
type Service struct {
	Type     string `json:"type"`
	Endpoint string `json:"endpoint"`
}

const (
	operationType = "plc_operation"
	atprotoMethod = "atproto" // the verification method of AT commits
	pdsService    = "atproto_pds"
	pdsType       = "AtprotoPersonalDataServer"
	handleScheme  = "at://"
)

// New makes an unsigned operation. rotationKeys are did:key texts (K-256 or
// P-256) in the order of their authority: the user's own first, the server's
// last. atprotoKey is the did:key that signs AT commits, pds the server's URL.
func New(rotationKeys []string, atprotoKey string, handle syntax.Handle, did identity.DID, pds string) (*Operation, error) {
	op := &Operation{
		Type:                operationType,
		RotationKeys:        append([]string{}, rotationKeys...),
		VerificationMethods: map[string]string{atprotoMethod: atprotoKey},
		AlsoKnownAs:         []string{handleScheme + handle.Normalize().String(), did.String()},
		Services:            map[string]Service{pdsService: {Type: pdsType, Endpoint: pds}},
	}
	if err := op.check(); err != nil {
		return nil, err
	}
	return op, nil
}

// Bytes is the operation's DAG-CBOR, with the signature if it is signed.
func (op *Operation) Bytes() ([]byte, error) { return drisl.Marshal(op) }

// DID is the did:ethr that the operation lists, "" if it isn't exactly one.
func (op *Operation) DID() identity.DID {
	did, _ := op.did()
	return did
}

// Handle is the handle that the operation lists, "" if it isn't exactly one. It
// is the handle at the time of signing, and no proof of the one today.
func (op *Operation) Handle() syntax.Handle {
	handle, _ := op.handle()
	return handle
}
