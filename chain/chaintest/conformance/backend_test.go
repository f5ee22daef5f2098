package conformance

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
)

// Backend is a chain that the suite has to itself.
type Backend interface {
	// URL is the JSON-RPC's over HTTP, Socket over WebSocket.
	URL() string
	Socket() string

	// Fund gives an account coins.
	Fund(t testing.TB, a common.Address)

	// Grow adds n blocks, at least.
	Grow(t testing.TB, n int)

	// Mark remembers the chain as it is. What it returns takes the chain back
	// there, once: it is shorter then, until it grows anew.
	Mark(t testing.TB) (back func())

	// Reorg puts other blocks in the place of the highest n, and one above.
	Reorg(t testing.TB, n int)
}
