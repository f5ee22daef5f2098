// Package pull fetches what this node is missing: records that were made while
// it was away, blobs that the records it holds refer to, and what is answered here and
// never was here.
//
// It owns the comparing of this store with a peer's, the cursors of catch-up (how far
// each peer's store has been read) and the retries of blobs. What it fetches enters by the door (node/ingest) like
// everything else; a peer's word is never taken for anything. It serves the same
// to others: records in the order in which this store changed.
package pull
