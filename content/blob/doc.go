// Package blob keeps blobs and blocks by content address.
//
// A blob is named by the CIDv1 (raw, sha2-256) of all its bytes, as AT does. Up to
// ChunkSize it is one raw block; above, a UnixFS DAG of raw leaves, whose root is
// kept beside the plain CID, since a sha2-256 over many megabytes cannot be fetched
// and verified block by block.
//
// Store owns the key families 0x20–0x2f of content/store. It is the store's
// Applier for what visible records refer to, so that it knows at any moment which
// blobs are missing and which nobody refers to any more. Blockstore gives all of
// it to Bitswap and gateways, and with it the values of visible records as
// dag-cbor blocks; what has been deleted or hidden is not served.
//
// It keeps sums of what it holds, within Budgets: what members uploaded is refused
// when there is no room, what was fetched for people elsewhere is evicted (Evict) and
// may be recalled (Recall), and what was made of blobs (Derived) is a cache.
//
// It fetches nothing: Missing says what is wanted, Want which blocks of it, and
// Adopt takes a blob whose blocks have come, after hashing the whole again. It
// does not decide who may upload, and believes no MIME type that it is told.
//
// # What a crash leaves
//
// Blocks are durable before the blob that they belong to, in batches; a crash in
// between leaves idle blocks, which Sweep removes after Options.KeepUnused. The
// blob itself appears in one atomic commit.
package blob
