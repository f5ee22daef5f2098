// Package plc makes and verifies an identity's second name: a did:plc computed
// offline.
//
// A did:plc is the hash of its signed genesis operation. Ours lists the identity's
// did:ethr in alsoKnownAs, and is kept as the record net.metanet.identity.at/self
// of that identity; so whoever holds the record verifies the binding in both
// directions ([Verify]), without a directory: the record's envelope is signed for
// the did:ethr, the operation names the did:ethr, and the name is the hash of
// the operation.
//
// It owns the genesis operation, its canonical bytes, its signature and the
// record's value. It does not know later operations, nullification or PLC
// directories (what a directory has made of the name since belongs to the AT
// face), nor envelopes: that the record is the identity's own is its caller's
// to check.
//
// It is stricter than a PLC directory, which admits what once was written: one to
// five distinct rotation keys (did:plc v0.1 "Operation Serialization, Signing,
// and Validation"), did:key texts only in the form that we would write, bounded
// counts and sizes, no unknown field anywhere in the operation, exactly one at://
// handle and exactly one did:ethr. Legacy "create" operations cannot name a
// did:ethr and are refused.
package plc
