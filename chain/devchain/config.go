package devchain

import (
	"fmt"
	"log/slog"
	"net"
	"time"
)

// DefaultRPC is where the chain listens unless told otherwise.
const DefaultRPC = "127.0.0.1:8545"

// DefaultAhead is how far block timestamps may run ahead of real time by
// default: a burst of six blocks is sealed at once, then one per second. What
// compares block times with clocks allows for minutes.
const DefaultAhead = 5 * time.Second

// Config says where the chain lives and listens.
type Config struct {
	// Dir holds everything the chain keeps. It is made (0700) if missing.
	Dir string

	// RPC is the host:port of HTTP and WebSocket; port 0 picks a free one.
	// Empty means DefaultRPC. Beyond loopback a warning is logged.
	RPC string

	// Ahead bounds how far block timestamps may run ahead of the clock, and with
	// it how many blocks can be sealed in a burst. 0 means DefaultAhead. Tests
	// that want blocks at once set it to hours.
	Ahead time.Duration

	// Logger gets the chain's own messages and go-ethereum's warnings;
	// go-ethereum's other messages arrive at debug level. Nil discards.
	Logger *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" {
		return c, fmt.Errorf("devchain: no directory given")
	}
	if c.RPC == "" {
		c.RPC = DefaultRPC
	}
	if c.Ahead == 0 {
		c.Ahead = DefaultAhead
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// isLoopback reports whether only this machine can reach addr.
func isLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
