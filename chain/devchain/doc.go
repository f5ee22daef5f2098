// Package devchain runs a private, persistent Ethereum chain inside the
// process, so that one command is enough to try everything.
//
// It owns a directory (the chain's data, its genesis.json and the faucet's key)
// and a JSON-RPC listener (HTTP and WebSocket on one port; namespaces eth, net
// and web3 only, no accounts, nothing that signs). It knows nothing of MetaNet's
// contracts: to a node this is one more RPC URL.
//
// What is answered is durable. go-ethereum writes its database unsynced and
// shows a receipt as soon as the block is canonical; here every byte that leaves
// the listener waits for the sync of the block it may speak of (durable.go), so
// that a receipt that somebody has read survives kill -9 and power loss.
//
// A block is sealed only when a transaction waits. Its timestamp must exceed its
// parent's, so sealing faster than once a second runs the chain's clock ahead of
// real time; Config.Ahead bounds by how much.
//
// go-ethereum keeps its logger in a package variable: Start points it to
// Config.Logger (the last chain started wins) and leaves the standard library's
// log and slog defaults alone.
package devchain
