// Package record owns what a record is: its envelope, its value, the bundle that
// carries both over the wire, their one canonical encoding, the signature, and
// the order in which records of one path replace each other.
//
// A record's value is DAG-CBOR in the AT Protocol's data model, the same bytes
// with the same CID as in an AT repository. Its envelope is a DAG-CBOR map of
// exactly seven fields:
//
//	v     1
//	did   text, the author's did:ethr
//	path  text, collection NSID "/" record key
//	rev   text, a TID: orders writes
//	cid   link to the value (CIDv1, dag-cbor, sha2-256), or null: the record is deleted
//	key   bytes, the Ed25519 public key that signed, with multicodec prefix 0xed01
//	sig   64 bytes, Ed25519 over "metanet/record/v1\n" + network (32 bytes) +
//	      the DAG-CBOR of the map without sig
//
// The envelope's CID is the record's id. A bundle is the DAG-CBOR array
// [envelope, value as a byte string or null]; a message is an array of bundles.
//
// Everything here is judged from the bytes alone and for ever: what Decode or
// Verify refuses, every node refuses. Whether a key may speak for an identity,
// whether a rev lies in the future and whether a value fits its Lexicon are
// other questions; the last is answered by Catalog, and never makes a record
// invalid.
//
// # Fields of our own in others' values
//
// Values that MetaNet authors may carry three more fields, of whatever type they
// are; AT software ignores them, as Lexicon says of unknown fields:
//
//	net.metanet.salt      16 random bytes, so that no CID can be guessed from a text
//	net.metanet.fullText  the whole text, where text holds a part (SplitText); at most MaxFullText bytes
//	net.metanet.dag       map from the text of a blob's CID to a link to its UnixFS root, for blobs above 1 MiB,
//	                      so that they can be fetched and verified block by block
//
// The package does no I/O, starts no goroutines and keeps no state; all its
// functions may be called concurrently.
package record
