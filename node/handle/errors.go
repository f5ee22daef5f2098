package handle

import "errors"

// What resolving a handle answers. The first three are definite: asking again at
// once would answer the same. ErrUnavailable takes nothing away that was proved.
var (
	// ErrNotFound: nobody says whose the handle is.
	ErrNotFound = errors.New("handle: nobody says whose it is")
	// ErrConflict: the handle's own DNS names several people.
	ErrConflict = errors.New("handle: its DNS names several people")
	// ErrReserved: the handle ends in a name that nobody can look up (RFC 6761).
	ErrReserved = errors.New("handle: under a reserved domain")
	// ErrUnavailable: whoever should know did not answer, or made no sense.
	ErrUnavailable = errors.New("handle: no answer")
)

// ErrAddress is answered where a request would have gone into this node's own
// network.
var ErrAddress = errors.New("handle: the address is not public")
