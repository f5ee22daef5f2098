package p2p

import (
	"errors"
	"fmt"
	"time"

	"github.com/ipfs/go-cid"
)

var (
	// ErrConfig is returned by New for a Config that cannot work; the text names the field.
	ErrConfig = errors.New("p2p: invalid configuration")

	// ErrKeyFile is returned by LoadKey for a file that isn't an Ed25519 private key or that others can read.
	ErrKeyFile = errors.New("p2p: unusable key file")

	// ErrClosed is returned by every method once Close has begun.
	ErrClosed = errors.New("p2p: node is closed")

	// ErrForeign is returned by Connect when the peer turns out to belong to another network.
	ErrForeign = errors.New("p2p: peer belongs to another network")

	// ErrShard is returned by Publish and Subscribe for a shard that the network doesn't have.
	ErrShard = errors.New("p2p: no such shard")

	// ErrTooLarge is returned by Publish and by a pull's send for data over MaxMessage or MaxPayload.
	ErrTooLarge = errors.New("p2p: data too large")

	// ErrSubscribed is returned by Subscribe for a shard that already has a handler.
	ErrSubscribed = errors.New("p2p: shard already has a handler")

	// ErrFrame is returned by Pull when the server's bytes break the pull protocol, and by a pull's send for
	// frames out of order. Nothing after the first broken frame is handed on.
	ErrFrame = errors.New("p2p: malformed pull stream")

	// ErrBusy is what a *BusyError is: the server asks to come back later.
	ErrBusy = errors.New("p2p: peer is busy")

	// ErrNotServed is returned by Pull when the peer doesn't serve its changes, or doesn't speak the protocol.
	ErrNotServed = errors.New("p2p: peer serves no changes")

	// ErrRemote is returned by Pull when the server says that it failed.
	ErrRemote = errors.New("p2p: peer failed to serve")

	// ErrNoBlockstore is returned by Fetch and AnnounceBlocks of a node without Config.Blockstore.
	ErrNoBlockstore = errors.New("p2p: no blockstore configured")

	// ErrMissing is what a *MissingError is: not every wanted block could be had.
	ErrMissing = errors.New("p2p: blocks missing")
)

// BusyError says when a server that refused a pull wants to be asked again.
type BusyError struct{ RetryAfter time.Duration }

func (e *BusyError) Error() string {
	return fmt.Sprintf("%v, asks to wait %v", ErrBusy, e.RetryAfter)
}

// Unwrap makes errors.Is(err, ErrBusy) true.
func (e *BusyError) Unwrap() error { return ErrBusy }

// MissingError names the blocks that a Fetch ended without.
type MissingError struct {
	CIDs  []cid.Cid // wanted and not received
	Cause error     // why Fetch stopped waiting: the context's error, or nil after FetchIdle without a block
}

func (e *MissingError) Error() string {
	if e.Cause == nil {
		return fmt.Sprintf("%v: %d, first %s: no block for %v", ErrMissing, len(e.CIDs), e.CIDs[0], FetchIdle)
	}
	return fmt.Sprintf("%v: %d, first %s: %v", ErrMissing, len(e.CIDs), e.CIDs[0], e.Cause)
}

// Unwrap makes errors.Is true for ErrMissing and for the cause.
func (e *MissingError) Unwrap() []error {
	if e.Cause == nil {
		return []error{ErrMissing}
	}
	return []error{ErrMissing, e.Cause}
}
