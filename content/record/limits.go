package record

import "metanet/content/record/dagcbor"

// Limits are part of the protocol: all peers must draw the same line, or they
// would disagree on what exists.
const (
	MaxValue   = 64 << 10         // bytes of a value; larger AT records stay AT blocks
	MaxBundle  = 128 << 10        // bytes of a bundle
	MaxMessage = 1 << 20          // bytes of a message
	MaxBundles = 256              // bundles in a message
	MaxDepth   = dagcbor.MaxDepth // levels of arrays and maps in a value, the value itself included

	// MaxInteger is the largest magnitude of an integer, what a float64 holds
	// exactly (https://atproto.com/specs/data-model).
	MaxInteger = 1<<53 - 1

	SaltSize     = 16       // bytes of net.metanet.salt
	MaxGraphemes = 300      // of a post's text
	MaxText      = 3000     // bytes of a post's text
	MaxFullText  = 48 << 10 // bytes of net.metanet.fullText; leaves room for the rest of the value
)
