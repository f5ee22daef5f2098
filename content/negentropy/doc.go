// Package negentropy is the Negentropy protocol, version 1: range-based set
// reconciliation. Two parties who each hold a set of 32-byte ids, ordered by a time,
// find out which ids one has and the other has not, at a cost that follows the
// difference and not the sets.
//
// It owns the messages, what is answered to them, and the arithmetic of
// fingerprints. It does not know where a set is kept (a [Set] says), what an id
// stands for, nor how messages travel. It keeps nothing between two messages: each
// one is answered from the set as it is then, and what changed meanwhile is one more
// difference.
//
// Messages come from strangers. Reading one takes memory in proportion to its bytes,
// and answering it at most [MaxRanges] sums and one frame; whatever is left over is
// answered by one fingerprint, as the protocol does when a frame is full.
//
// The format is that of https://github.com/hoytech/negentropy
// (docs/negentropy-protocol-v1.md), cited here as §Message, §Range, §Bound and
// §Fingerprint.
package negentropy
