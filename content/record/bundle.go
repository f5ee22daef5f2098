package record

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"

	"metanet/content/record/dagcbor"
	"metanet/identity"
)

// Bundle is an envelope with its value, as it came over the wire. It is
// immutable, and it shares the bytes that it was decoded from: whoever keeps one
// of a large message for long keeps the message, unless it is cloned.
type Bundle struct {
	Envelope
	ID    cid.Cid // of the envelope's bytes: the record's id
	Value []byte  // nil for a tombstone

	raw              []byte // the whole bundle
	envelope         []byte // within raw
	sigStart, sigEnd int    // the field sig, within envelope
}

// Decode reads one bundle. It judges everything that the bytes alone tell except
// the signature: size, canonical encoding, the envelope's fields, the value's
// data model, that its $type is the collection, and that its hash is the
// envelope's CID. The bundle keeps b.
func Decode(b []byte) (*Bundle, error) {
	if len(b) > MaxBundle {
		return nil, fmt.Errorf("%w: bundle of %d bytes", ErrTooLarge, len(b))
	}
	bundle := &Bundle{raw: b}
	r := dagcbor.NewReader(b)
	if r.Array() != 2 {
		r.Fail("a bundle is [envelope, value]")
	}
	start := r.Offset()
	var err error
	if bundle.sigStart, bundle.sigEnd, err = readEnvelope(&r, &bundle.Envelope); err != nil {
		return nil, err
	}
	bundle.envelope = b[start:r.Offset():r.Offset()]
	if !r.Null() {
		bundle.Value = r.Bytes()
	}
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	if err := bundle.checkValue(); err != nil {
		return nil, err
	}
	bundle.ID = Sum(bundle.envelope)
	return bundle, nil
}

// checkValue holds the value against the envelope.
func (b *Bundle) checkValue() error {
	if b.Deletes() || b.Value == nil {
		if b.Deletes() != (b.Value == nil) {
			return fmt.Errorf("%w: exactly one of value and cid is null", ErrMismatch)
		}
		return nil
	}
	if err := CheckRecord(b.Path, b.Value); err != nil {
		return err
	}
	digest := sha256.Sum256(b.Value)
	if b.CID.KeyString()[len(recordCIDPrefix):] != string(digest[:]) {
		return ErrMismatch
	}
	return nil
}

// Bytes is the bundle's encoding, not to be changed.
func (b *Bundle) Bytes() []byte { return b.raw }

// EnvelopeBytes is the envelope's encoding, not to be changed.
func (b *Bundle) EnvelopeBytes() []byte { return b.envelope }

// Clone returns a copy that shares no memory with the bytes decoded.
func (b *Bundle) Clone() *Bundle {
	clone, err := Decode(bytes.Clone(b.raw))
	if err != nil {
		panic("record: a decoded bundle was changed: " + err.Error())
	}
	return clone
}

// SigningBytes is what the signature covers in network n: the bytes received,
// without the field sig, under a map head that counts one less.
func (b *Bundle) SigningBytes(n identity.Network) []byte {
	dst := make([]byte, 0, len(signingDomain)+len(n)+len(b.envelope))
	dst = appendSigningPrefix(dst, n)
	dst = dagcbor.AppendMap(dst, envelopeFields-1)
	dst = append(dst, b.envelope[1:b.sigStart]...)
	return append(dst, b.envelope[b.sigEnd:]...)
}

// Verify checks the signature for network n. Callers with many bundles put key,
// SigningBytes and signature into an identity.Batch instead, which judges alike.
func (b *Bundle) Verify(n identity.Network) error {
	if !b.Key.Verify(b.SigningBytes(n), b.Sig[:]) {
		return ErrSignature
	}
	return nil
}

// Compare orders two records of one path: the greater replaces the lesser
// wherever both count. Order is by rev, then by the bytes of the envelope's CID,
// so it is total, and 0 only for the same record.
func Compare(a, b *Bundle) int {
	if c := strings.Compare(string(a.Rev), string(b.Rev)); c != 0 {
		return c
	}
	return strings.Compare(a.ID.KeyString(), b.ID.KeyString())
}

// A Signer holds a private key.
type Signer interface {
	Public() identity.Key
	Sign(msg []byte) ([]byte, error)
}

// Sign makes the record that puts value under path, or deletes what is there if
// value is nil. It refuses whatever Decode would refuse.
func Sign(n identity.Network, did identity.DID, path Path, rev syntax.TID, value []byte, signer Signer) (*Bundle, error) {
	e := Envelope{DID: did, Path: path, Rev: rev, Key: signer.Public()}
	if value != nil {
		e.CID = Sum(value)
	}
	sig, err := signer.Sign(e.SigningBytes(n))
	if err != nil {
		return nil, fmt.Errorf("record: sign %s: %w", path, err)
	}
	if len(sig) != len(e.Sig) {
		return nil, fmt.Errorf("%w: %d bytes from the signer", ErrSignature, len(sig))
	}
	copy(e.Sig[:], sig)
	return Decode(encodeBundle(&e, value))
}

func encodeBundle(e *Envelope, value []byte) []byte {
	dst := dagcbor.AppendArray(make([]byte, 0, 512+len(value)), 2)
	dst = e.append(dst)
	if value == nil {
		return dagcbor.AppendNull(dst)
	}
	return dagcbor.AppendBytes(dst, value)
}
