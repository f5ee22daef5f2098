package record

import "crypto/rand"

// Our own fields in values; see the package comment.
const (
	FieldSalt     = "net.metanet.salt"
	FieldFullText = "net.metanet.fullText"
	FieldDAG      = "net.metanet.dag"
	// FieldImported marks what was brought in from elsewhere with its old date:
	// a map of source (text), url and inReplyTo (http or https).
	FieldImported = "net.metanet.imported"
)

// ATNamePath is where an identity says what its AT name is: the record that
// holds the signed PLC genesis operation (identity/plc verifies it).
var ATNamePath = Path{Collection: "net.metanet.identity.at", Key: "self"}

// NewSalt returns fresh bytes for FieldSalt.
func NewSalt() []byte {
	salt := make([]byte, SaltSize)
	rand.Read(salt) // never fails, and fills salt entirely (crypto/rand)
	return salt
}
