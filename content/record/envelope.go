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

const (
	envelopeVersion = 1
	envelopeFields  = 7

	// signingDomain separates record signatures from all others of the same key.
	signingDomain = "metanet/record/v1\n"
)

// keyPrefix is multicodec ed25519-pub, the one kind of key today.
const keyPrefix = "\xed\x01"

// Envelope is the signed statement that at rev, under path, stands the value
// with this CID. See the package comment for its encoding.
type Envelope struct {
	DID  identity.DID
	Path Path
	Rev  syntax.TID
	CID  cid.Cid      // of the value; cid.Undef deletes
	Key  identity.Key // that signed; Verify judges whether it is a good one
	Sig  [64]byte
}

// Deletes says whether the envelope is a tombstone.
func (e *Envelope) Deletes() bool { return !e.CID.Defined() }

// SigningBytes is what the signature covers in network n.
func (e *Envelope) SigningBytes(n identity.Network) []byte {
	dst := make([]byte, 0, 512)
	dst = appendSigningPrefix(dst, n)
	dst = dagcbor.AppendMap(dst, envelopeFields-1)
	dst = e.appendBeforeSig(dst)
	return e.appendAfterSig(dst)
}

func appendSigningPrefix(dst []byte, n identity.Network) []byte {
	return append(append(dst, signingDomain...), n[:]...)
}

// append writes the whole envelope.
func (e *Envelope) append(dst []byte) []byte {
	dst = dagcbor.AppendMap(dst, envelopeFields)
	dst = e.appendBeforeSig(dst)
	dst = dagcbor.AppendBytes(dagcbor.AppendText(dst, "sig"), e.Sig[:])
	return e.appendAfterSig(dst)
}

// appendBeforeSig and appendAfterSig write the other fields in canonical order:
// v, cid, did, key, rev, (sig,) path.
func (e *Envelope) appendBeforeSig(dst []byte) []byte {
	dst = dagcbor.AppendUint(dagcbor.AppendText(dst, "v"), envelopeVersion)
	dst = dagcbor.AppendText(dst, "cid")
	if e.Deletes() {
		dst = dagcbor.AppendNull(dst)
	} else {
		dst = dagcbor.AppendLink(dst, e.CID.KeyString())
	}
	dst = dagcbor.AppendText(dagcbor.AppendText(dst, "did"), string(e.DID))
	dst = dagcbor.AppendBytes(dagcbor.AppendText(dst, "key"), e.Key.Multikey())
	return dagcbor.AppendText(dagcbor.AppendText(dst, "rev"), string(e.Rev))
}

func (e *Envelope) appendAfterSig(dst []byte) []byte {
	return dagcbor.AppendText(dagcbor.AppendText(dst, "path"), e.Path.String())
}

// readEnvelope reads the envelope at r's position, and the extent of its sig
// field as offsets from the envelope's start. Fields come in canonical order,
// all of them, and no other.
func readEnvelope(r *dagcbor.Reader, e *Envelope) (sigStart, sigEnd int, err error) {
	start := r.Offset()
	if r.Map() != envelopeFields {
		r.Fail("an envelope has seven fields")
	}
	r.Field("v")
	version := r.Uint()
	r.Field("cid")
	var link []byte
	if !r.Null() {
		link = r.Link()
	}
	r.Field("did")
	did := r.Text()
	r.Field("key")
	key := r.Bytes()
	r.Field("rev")
	rev := r.Text()
	sigStart = r.Offset() - start
	r.Field("sig")
	sig := r.Bytes()
	sigEnd = r.Offset() - start
	r.Field("path")
	path := r.Text()
	if err := r.Err(); err != nil {
		return 0, 0, fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	if version != envelopeVersion {
		return 0, 0, fmt.Errorf("%w: version %d", ErrEnvelope, version)
	}
	return sigStart, sigEnd, e.set(link, did, key, rev, sig, path)
}

// set fills the envelope from well-encoded fields, each of which must have the
// syntax of its type.
func (e *Envelope) set(link, did, key, rev, sig, path []byte) (err error) {
	if e.DID, err = identity.ParseDID(string(did)); err != nil {
		return fmt.Errorf("%w: %w", ErrEnvelope, err)
	}
	if e.Path, err = ParsePath(string(path)); err != nil {
		return fmt.Errorf("%w: %w", ErrEnvelope, err)
	}
	if e.Rev = syntax.TID(rev); !validTID(string(e.Rev)) {
		return fmt.Errorf("%w: rev is not a TID", ErrEnvelope)
	}
	if len(sig) != len(e.Sig) {
		return fmt.Errorf("%w: signature of %d bytes", ErrEnvelope, len(sig))
	}
	copy(e.Sig[:], sig)
	if len(key) != len(keyPrefix)+len(e.Key) || !bytes.HasPrefix(key, []byte(keyPrefix)) {
		return fmt.Errorf("%w: key is not an Ed25519 multikey", ErrEnvelope)
	}
	copy(e.Key[:], key[len(keyPrefix):]) // whether it is a good point, Verify says: that costs a decompression
	if link != nil {
		e.CID, err = valueCID(link)
	}
	return err
}

// recordCIDPrefix begins every CID of a value or an envelope: CIDv1, dag-cbor,
// sha2-256, 32 bytes.
const recordCIDPrefix = "\x01\x71\x12\x20"

func valueCID(binary []byte) (cid.Cid, error) {
	if len(binary) != len(recordCIDPrefix)+sha256.Size || !strings.HasPrefix(string(binary), recordCIDPrefix) {
		return cid.Undef, fmt.Errorf("%w: cid is not CIDv1, dag-cbor, sha2-256", ErrEnvelope)
	}
	c, err := cid.Cast(binary)
	if err != nil {
		return cid.Undef, fmt.Errorf("%w: %w", ErrEnvelope, err)
	}
	return c, nil
}

// Sum is the CID of a value's, or an envelope's, bytes.
func Sum(b []byte) cid.Cid {
	return CIDOf(sha256.Sum256(b))
}

// CIDOf is the CID of a value or an envelope whose sha2-256 is digest.
func CIDOf(digest [sha256.Size]byte) cid.Cid {
	c, err := cid.Cast(append(append(make([]byte, 0, 36), recordCIDPrefix...), digest[:]...))
	if err != nil {
		panic("record: a well-formed CID was refused: " + err.Error()) // the prefix is a constant
	}
	return c
}

// Digest is the sha2-256 in the CID of a value or an envelope.
func Digest(c cid.Cid) [sha256.Size]byte {
	return [sha256.Size]byte([]byte(c.KeyString()[len(recordCIDPrefix):]))
}
