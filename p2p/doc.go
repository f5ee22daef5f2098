// Package p2p is the wire between MetaNet nodes: a libp2p host with gossip, catch-up streams and Bitswap.
//
// It owns the host, its keys on disk, its connections, their limits and the protocols spoken on them. It moves
// bytes and knows no posts: what a gossip message, a pulled frame or a block means is decided by the functions and
// stores that the node hands in. It imports none of the project's other packages.
//
// # What is on the wire
//
// Every protocol of our own carries the network id (base32, see the protocol's "Network"), so that peers of two
// networks share nothing that could replay from one into the other:
//
//	/metanet/1/<network>/records/<shard>   gossip topics, GossipSub 1.1+ on the standard /meshsub protocols
//	/metanet/1/<network>/pull/1            catch-up: frames in change order after a cursor (sync.go)
//	/metanet/1/<network>/compare/1         questions about what a peer has, for comparing (ask.go)
//	/metanet/1/<network>/kad/1.0.0         Kademlia, only to find peers: no values, no provider records
//	/ipfs/bitswap/1.2.0                    blocks by CID; the public protocol, so that kubo and Helia can fetch too
//
// A peer is a member of our network when it announces (libp2p identify) a protocol under /metanet/1/<network>/,
// foreign when it announces only /metanet/ protocols of other networks, else a stranger (kubo, a gossip-only client).
// Foreign peers are disconnected and kept away for a while, strangers may stay; [Node.PeerEvents] tells of members.
//
// # Concurrency
//
// All methods of Node are safe for concurrent use. Functions handed in run on p2p's goroutines, many at a time, and
// must return when their context ends. Close drains: when it has returned, nothing handed in is called any more, so
// the caller may close its stores.
//
// # Limits
//
// Each limit is a named constant with its reason beside it: limits.go (connections, streams, memory), gossip.go
// (queues, sizes), pace.go (how fast we publish), score.go (what misbehaviour costs), sync.go and pull_server.go (what
// a peer may pull), blocks.go (what it may want of Bitswap).
package p2p
