package diddoc

import (
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/identity/plc"
)

var atContext = []string{
	"https://www.w3.org/ns/did/v1",
	"https://w3id.org/security/multikey/v1",
	"https://w3id.org/security/suites/secp256k1-2019/v1",
}

// PLC is the document that a PLC directory would derive from the genesis
// operation (did:plc v0.1, "DID Resolution"), with the handle that the identity
// claims today.
func PLC(op *plc.Operation, handle syntax.Handle) Document {
	doc := at(string(op.Name()), op)
	for _, name := range op.AlsoKnownAs {
		if strings.HasPrefix(name, "at://") {
			name = "at://" + string(handle)
		}
		doc.AlsoKnownAs = append(doc.AlsoKnownAs, name)
	}
	return doc
}

// Web is the did:web document of a person's handle
// (w3c-ccg.github.io/did-method-web): the same keys and server, and the other names.
func Web(op *plc.Operation, handle syntax.Handle) Document {
	doc := at("did:web:"+string(handle), op)
	doc.AlsoKnownAs = []string{"at://" + string(handle), string(op.Name()), string(op.DID())}
	return doc
}

// WebServer is a server's own did:web document.
func WebServer(host, url string) Document {
	id := "did:web:" + strings.ReplaceAll(host, ":", "%3A") // did:web, "Method-specific identifier"
	return Document{
		Context: atContext[:1], ID: id,
		Services: []Service{{"#atproto_pds", "AtprotoPersonalDataServer", URL(url)}, {"#metanet", "MetaNetServer", URL(url)}},
	}
}

func at(id string, op *plc.Operation) Document {
	doc := Document{Context: atContext, ID: id}
	if key, ok := op.VerificationMethods["atproto"]; ok {
		doc.VerificationMethods = []VerificationMethod{{
			ID: id + "#atproto", Type: "Multikey", Controller: id, Multibase: strings.TrimPrefix(key, "did:key:"),
		}}
	}
	if pds, ok := op.Services["atproto_pds"]; ok {
		doc.Services = []Service{{"#atproto_pds", pds.Type, URL(pds.Endpoint)}}
	}
	return doc
}
