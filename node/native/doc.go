// Package native is the face for what no other protocol has a name for: the
// net.metanet.* XRPC methods and /.well-known/metanet.
//
// Sign-in with a wallet, the chain operations that a wallet authorises, records
// signed on the user's own device, the stream of what the node admits, the
// server's policies, and the operator's calls.
//
// It owns the shapes of those requests and answers and the codes of their
// errors (errors.go maps every sentinel once). It knows no chain, no p2p and no
// database: everything arrives through the small interfaces in native.go, and
// records leave through the one door. docs/protocol.md lists the endpoints.
package native
