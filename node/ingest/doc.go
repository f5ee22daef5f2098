// Package ingest is the one door: every record, whoever brings it, enters the
// node here and nowhere else.
//
// A post made on the web page, a bundle from gossip, a page of catch-up and a
// record of an imported archive all become a [Candidate] and take the same way:
//
//	fair.go     sources, and authors within them, take turns; memory is bounded
//	recent.go   what was stored lately is known by the hash of its bytes
//	decode.go   bytes become bundles; only the one canonical encoding passes
//	verify.go   signatures, in batches, over this network's domain
//	admit.go    the chain's word on the key, the clock, the bindings, the schema
//	commit.go   one durable write for whatever waits, then the verdicts go back
//
// Two kinds of fault are kept apart with care. A fault that lies in the bytes
// alone (encoding, signature, size) is for ever, so the candidate is [Refused]
// and a peer that forwarded it is to blame. Whatever depends on the chain or on
// the clock is not yet rather than never: such candidates wait in the store and
// come back through the door when an identity changes ([Door.Recount]) or when
// their time has come ([Door.Tick]).
//
// The package doesn't know the network, the chain or HTTP: key histories come
// through [Keys], and callers translate results for their own peers and people.
//
// A Door is safe for concurrent use. It starts goroutines only in [Door.Run].
package ingest
