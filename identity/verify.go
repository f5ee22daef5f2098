package identity

import "github.com/oasisprotocol/curve25519-voi/primitives/ed25519"

// The one acceptance rule. A signature (R, S) of a message by key A counts if
//
//  1. it is 64 bytes long and S < L (RFC 8032 §5.1.7; no malleable twin);
//  2. A and R are canonical encodings of points (RFC 8032 §5.1.3);
//  3. A is not of small order (R may be);
//  4. [8][S]B = [8]R + [8][SHA-512(R ‖ A ‖ M) mod L]A, the cofactored equation.
//
// Libraries differ on hostile input (a key of order eight is accepted on some
// messages by crypto/ed25519, on all of them under ZIP-215, on none here), and
// peers that differ would fork. Whatever WebCrypto or another library says, this
// rule decides. Signatures made honestly pass everywhere.
//
// The library sits behind this file alone; the tests hold it against published
// edge cases and against a slow second implementation.
var acceptance = &ed25519.Options{Verify: ed25519.VerifyOptionsDefault}

// Verify reports whether sig is a signature of msg by k under the one acceptance
// rule.
func (k Key) Verify(msg, sig []byte) bool {
	return ed25519.VerifyWithOptions(k[:], msg, sig, acceptance)
}

// Batch verifies many signatures together, at two to three times the speed of
// single ones, with the same verdicts: the equation is the cofactored one, so a
// batch never accepts what Verify refuses (but for a chance of 2⁻¹²⁸) nor
// refuses what it accepts. Not safe for concurrent use.
type Batch struct{ verifier *ed25519.BatchVerifier }

// expandBelow is the batch size from which voi's algorithm no longer profits
// from tables per key; making them would only cost memory.
const expandBelow = 95

// NewBatch returns a batch with room for about n signatures.
func NewBatch(n int) *Batch {
	v := ed25519.NewBatchVerifierWithCapacity(n)
	if n >= expandBelow {
		v.ForceNoPublicKeyExpansion()
	}
	return &Batch{v}
}

// Add puts a signature into the batch. It keeps neither msg nor sig.
func (b *Batch) Add(k Key, msg, sig []byte) {
	b.verifier.AddWithOptions(k[:], msg, sig, acceptance)
}

// Verify answers one verdict per Add, in order. If any signature is bad, each is
// judged singly (about a third more work than single verification); the good
// ones are never spoilt.
func (b *Batch) Verify() []bool {
	_, valid := b.verifier.Verify(nil)
	return valid
}
