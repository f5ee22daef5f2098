// Package store is the node's one database: records by path with the law of
// merging, the feed of changes, records that wait, and the ordered key space in
// which content/blob, content/index and small state of other packages live.
//
// It owns the key space (keys.go declares every family of keys, once) and atomic
// durable commits; how bytes are kept is the engine's matter (package engine). It does not know why a record counts (a
// Standing comes with it), what a post is (content/index does, through the
// Applier), nor where records come from or go to.
//
// # Durability
//
// What Update or Commit acknowledged survives a crash and a loss of power; what
// it did not acknowledge is there whole or not at all. An error from either says
// "not acknowledged", never "did not happen". Readers may see a write a moment
// before it is durable; whatever is published from the feed is durable first,
// since Feed and Watch end at the last synced sequence number.
//
// What happens when the disk is full or fails is told in engine/disk.
//
// # Concurrency
//
// A DB is safe for concurrent use. Updates run one after another, and a
// function given to Update sees all that earlier ones wrote; their syncs overlap, so
// many small writers share one sync. The package starts no goroutine of its own.
package store
