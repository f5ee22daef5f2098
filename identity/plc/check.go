package plc

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/bluesky-social/indigo/atproto/atcrypto"
	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/identity"
)

// Limits of an operation. The did:plc specification gives the number of rotation
// keys; the others are no wider than the reference directory's (did-method-plc,
// packages/server/src/constraints.ts), which must take the operation on the day
// that AT federation is switched on.
const (
	maxOperation    = 4000 // bytes of DAG-CBOR
	maxRotationKeys = 5
	maxEntries      = 10  // of alsoKnownAs, verificationMethods and services each
	maxID           = 32  // bytes of a method's or a service's id
	maxKey          = 256 // bytes of a did:key
	maxName         = 258 // bytes of an alsoKnownAs entry
	maxType         = 96  // bytes of a service's type
	maxEndpoint     = 256
)

// check holds everything that is asked of an operation but its signature.
func (op *Operation) check() error {
	if op.Type != operationType {
		return invalid("type is %q, want %q", clip(op.Type), operationType)
	}
	if op.Prev != nil {
		return invalid("prev is not null: not a genesis operation")
	}
	for _, check := range []func() error{op.checkKeys, op.checkMethods, op.checkNames, op.checkServices} {
		if err := check(); err != nil {
			return err
		}
	}
	if b, err := op.Bytes(); err != nil || len(b) > maxOperation {
		return invalid("the operation takes more than %d bytes", maxOperation)
	}
	return nil
}

func (op *Operation) checkKeys() error {
	if n := len(op.RotationKeys); n < 1 || n > maxRotationKeys {
		return invalid("%d rotation keys, want 1 to %d", n, maxRotationKeys)
	}
	for i, text := range op.RotationKeys {
		if slices.Contains(op.RotationKeys[:i], text) {
			return invalid("a rotation key is listed twice")
		}
		if _, err := parseKey(text); err != nil {
			return err
		}
	}
	return nil
}

func (op *Operation) checkMethods() error {
	if len(op.VerificationMethods) > maxEntries {
		return invalid("%d verification methods, at most %d", len(op.VerificationMethods), maxEntries)
	}
	if _, ok := op.VerificationMethods[atprotoMethod]; !ok {
		return invalid("verification method %q is missing", atprotoMethod)
	}
	for id, key := range op.VerificationMethods {
		if !isText(id, maxID) {
			return invalid("verification method id %q is empty or too long", clip(id))
		}
		if _, err := parseKey(key); err != nil {
			return err
		}
	}
	return nil
}

func (op *Operation) checkNames() error {
	if len(op.AlsoKnownAs) > maxEntries {
		return invalid("%d names in alsoKnownAs, at most %d", len(op.AlsoKnownAs), maxEntries)
	}
	for i, name := range op.AlsoKnownAs {
		if !isText(name, maxName) {
			return invalid("alsoKnownAs holds a name that is empty, too long or not plain ASCII")
		}
		if slices.Contains(op.AlsoKnownAs[:i], name) {
			return invalid("alsoKnownAs holds %q twice", clip(name))
		}
	}
	if _, err := op.handle(); err != nil {
		return err
	}
	_, err := op.did()
	return err
}

func (op *Operation) checkServices() error {
	if len(op.Services) > maxEntries {
		return invalid("%d services, at most %d", len(op.Services), maxEntries)
	}
	if op.Services[pdsService].Type != pdsType {
		return invalid("service %q is missing or not of type %s", pdsService, pdsType)
	}
	for id, s := range op.Services {
		if !isText(id, maxID) || !isText(s.Type, maxType) || !isText(s.Endpoint, maxEndpoint) {
			return invalid("service %q is empty or too long", clip(id))
		}
		if u, err := url.Parse(s.Endpoint); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
			return invalid("service %q: endpoint is not an http or https URL", clip(id))
		}
	}
	return nil
}

// handle finds the one at:// name. Its case must be the canonical one: the text
// is hashed into the name.
func (op *Operation) handle() (syntax.Handle, error) {
	text, err := op.only(handleScheme)
	if err != nil {
		return "", err
	}
	h, err := syntax.ParseHandle(strings.TrimPrefix(text, handleScheme))
	if err != nil || h != h.Normalize() {
		return "", invalid("%q is not a handle in lower case", clip(text))
	}
	return h, nil
}

// did finds the one did:ethr. An operation that named two would let two
// identities claim one name.
func (op *Operation) did() (identity.DID, error) {
	text, err := op.only("did:ethr:")
	if err != nil {
		return "", err
	}
	did, err := identity.ParseDID(text)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrInvalidOperation, err)
	}
	return did, nil
}

func (op *Operation) only(prefix string) (found string, err error) {
	for _, name := range op.AlsoKnownAs {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		if found != "" {
			return "", invalid("alsoKnownAs holds more than one %s…", prefix)
		}
		found = name
	}
	if found == "" {
		return "", invalid("alsoKnownAs holds no %s…", prefix)
	}
	return found, nil
}

// parseKey reads a did:key of K-256 or P-256 in its one canonical text.
func parseKey(text string) (atcrypto.PublicKey, error) {
	if !isText(text, maxKey) { // before base58, which takes quadratic time
		return nil, invalid("did:key is missing or too long")
	}
	key, err := atcrypto.ParsePublicDIDKey(text)
	if err != nil || key.DIDKey() != text {
		return nil, invalid("%q is not a did:key of K-256 or P-256", clip(text))
	}
	return key, nil
}

// isText reports whether s is 1 to limit bytes of visible ASCII.
func isText(s string, limit int) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= limit
}

// clip shortens a stranger's text for an error.
func clip(s string) string { return s[:min(len(s), 80)] }

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrInvalidOperation}, args...)...)
}
