// Package dagcbor reads and writes the one canonical encoding of everything
// that MetaNet hashes and signs: strict DAG-CBOR
// (https://ipld.io/specs/codecs/dag-cbor/spec/).
//
// It accepts exactly what it would itself produce: shortest integers and
// lengths, no indefinite lengths, map keys that are unique UTF-8 strings in
// length-first then bytewise order, 64-bit floats that are neither NaN nor
// infinite, tag 42 only, around a well-formed CID behind a 0x00 byte, no simple
// values but false, true and null. Anything else is an error, so equal data has
// one sequence of bytes and one CID.
//
// [Reader] is a cursor that copies nothing and keeps its first error; decoders
// of fixed shapes are written as straight lines over it. [Check] walks data of
// unknown shape. [Node] looks things up in data that was checked before. The
// Append functions write.
//
// The package knows nothing of records or of AT's data model. It starts no
// goroutines; a Reader belongs to one goroutine, the rest is stateless.
package dagcbor
