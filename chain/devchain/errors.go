package devchain

import "errors"

var (
	// ErrInUse is returned by Start when another process has the directory open.
	ErrInUse = errors.New("devchain: directory is in use by another process")

	// ErrAddressInUse is returned by Start when the RPC address is taken; the
	// error that wraps it names the address.
	ErrAddressInUse = errors.New("devchain: RPC address is already in use")

	// ErrClosed is returned by calls on a chain that was closed.
	ErrClosed = errors.New("devchain: closed")

	// ErrIncomplete is returned by Start for a directory that holds chain data
	// but not the genesis or the faucet's key it was made with.
	ErrIncomplete = errors.New("devchain: directory holds a chain but not its genesis.json or faucet.key")
)
