package identity

import (
	"fmt"
	"strings"
)

// ATName is an identity's second name, the one that values use for people:
// did:plc and 24 characters of base32, the hash of a signed genesis operation
// (identity/plc makes and verifies them).
type ATName string

const (
	plcPrefix = "did:plc:"
	plcDigits = 24 // 120 bits of a sha2-256: no bits are left over
)

// ParseATName reads a did:plc in its only form, lower case.
func ParseATName(s string) (ATName, error) {
	digits, ok := strings.CutPrefix(s, plcPrefix)
	if !ok || len(digits) != plcDigits || !isBase32Lower(digits) {
		return "", fmt.Errorf("%w: want did:plc: and 24 base32 characters", ErrInvalidATName)
	}
	return ATName(s), nil
}

// isBase32Lower reports whether s is made of RFC 4648's base32 alphabet in lower
// case.
func isBase32Lower(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}

func (n ATName) String() string { return string(n) }

// UnmarshalText reads what ParseATName reads.
func (n *ATName) UnmarshalText(b []byte) (err error) {
	*n, err = ParseATName(string(b))
	return err
}
