// Package repo reads repositories of the AT Protocol: CAR files that hold a
// signed commit, the Merkle search tree it names, and the records
// (https://atproto.com/specs/repository), in formats 2 and 3.
//
// Every block is held against its CID, and every node of the tree against what
// the format says of it: canonical encoding, keys in order, each at the layer
// that its hash gives. Damage to any of that is an error, for then nothing can
// be known about the rest. A record that cannot be one of ours is only reported
// as such, as is a part that the file does not have: real files are old, and
// slices of others.
//
// The package checks no commit signatures (the key is in the author's DID
// document) and knows no Lexicons. Memory is bounded by MaxCAR.
package repo
