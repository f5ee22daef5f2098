// Package atproto is the face for clients of the AT Protocol: writing and reading
// one's repository (com.atproto.repo), blobs, handles, and the reads of
// app.bsky that such clients show, each in its published shape.
//
// Writes are signed by the hosted key that the account's wallet has authorised,
// since these clients cannot sign; they pass the one door like everybody's.
// Reads come from content/index and are shaped here: people by AT name, a handle
// that isn't proved both ways as handle.invalid, blobs as URLs to our getBlob.
//
// What is not here yet: commits and the firehose (there is no signed repository
// to export, so swapCommit is refused and no commit is answered), labels,
// moderation lists, notifications. Lexicons are followed as published; fields
// that are optional there and unknown to us are left out.
//
// net.metanet.feed.getPublic is registered here and not with the other
// net.metanet names because it answers in app.bsky's shapes.
//
// The package knows no chain, no p2p and no database: see Config.
package atproto
