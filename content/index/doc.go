// Package index answers what people ask: who someone is, what they wrote, what
// is new, what was answered. All of it is derived from the visible records, in
// the commit that changes them (Index is the store's Applier), and can be rebuilt
// from them, byte for byte the same (Rebuild).
//
// It owns the key families 0x40–0x6f of content/store. It does not decide which
// record is visible or whether a key counts (content/store, identity), and knows
// no face: what it answers is in our own words.
//
// # Names
//
// Values name people by AT name and posts by AT-URI; the index keys what refers
// to something by exactly the name in the value. Records are kept by did:ethr.
// The bridge is the record net.metanet.identity.at/self, which proves itself
// (identity/plc), so that two identities cannot claim one AT name. A post's own
// URI uses its author's AT name if there is one, the did:ethr otherwise.
//
// # Order and cursors
//
// A post's time is the earlier of its createdAt and its rev: nobody can pin
// themselves to the top by writing a date from the future. Feeds are newest
// first, and by author and path where times are equal. A cursor is an opaque
// position in that order, valid whatever has been added or removed since; one
// that we did not write, or of another feed, is ErrInvalidCursor.
//
// Every read is bounded: pages have at most MaxLimit items, and reads that skip
// over something (a repost of a post that isn't here) stop after a fixed effort
// and go on in the next page, which may be short or empty with a cursor.
package index
