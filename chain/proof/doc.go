// Package proof says what one of our contracts holds at one block, and shows it
// to whoever trusts that block's hash and nobody else.
//
// The way from the hash to a fact is: the header's bytes hash to it; the header
// holds the root of the state; a Merkle proof (EIP-1186) leads from there to the
// contract's account, whose code must be the protocol's; and one from the
// account's storage root to each word, or to its absence. What the words mean is
// a [Fact]; facts that need further words (a key's epoch ended when the next one
// began) read those, too, so that an [Evidence] is either whole or refused.
//
// [Verify] is pure: no network, no clock. [Collect] is the same walk with words
// that somebody fetches; package chain does so over JSON-RPC. Both take nothing
// but the exact proof: what is missing, altered, of another place or superfluous
// is ErrProof. So one fact at one block has one evidence.
//
// This package doesn't know why a hash is trusted, nor to which chain it
// belongs: a hash names its chain. It trusts keccak-256 and that the code of our
// contracts does what it says.
package proof
