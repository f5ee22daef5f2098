// Package web is the face for people with a browser: the pages of this node.
//
// Pages are rendered here, whole, by html/template, so they are readable and
// fast without JavaScript. One small script (src/, bundled into assets/ and
// embedded) adds what only a browser can do: ask a wallet, hold the device key
// and sign records with it. It writes over the node's XRPC like any other
// client; this package has no endpoint that changes anything, hence no cookies
// and nothing for a forged request to abuse.
//
// What strangers wrote reaches a page only as text that html/template escapes,
// as links whose scheme was checked (richtext.go), and as pictures from this
// node. The content security policy (headers.go) forbids everything else,
// inline script and style included.
//
// The package doesn't know the chain, p2p, the store or other faces. It reads
// posts from content/index and asks for the rest through the interfaces in
// config.go. A [Handler] is immutable and safe for concurrent use.
package web
