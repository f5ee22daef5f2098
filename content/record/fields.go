package record

import "crypto/rand"

// Our own fields in values; see the package comment.
const (
	FieldSalt     = "net.metanet.salt"
	FieldFullText = "net.metanet.fullText"
	FieldDAG      = "net.metanet.dag"
)

// NewSalt returns fresh bytes for FieldSalt.
func NewSalt() []byte {
	salt := make([]byte, SaltSize)
	rand.Read(salt) // never fails, and fills salt entirely (crypto/rand)
	return salt
}
