package ingest

import "errors"

// Reasons for which a candidate is refused or waits. Each [Result.Err] wraps
// one of these, or one of content/record's for faults of the bytes.
var (
	// ErrSignature: the signature is not the key's over these bytes in this network.
	ErrSignature = errors.New("ingest: signature does not verify")
	// ErrWrongChain: the author's DID belongs to another chain than this network's.
	ErrWrongChain = errors.New("ingest: author's identity lives on another chain")
	// ErrUnknownKey: the chain has not shown this key for the author (yet).
	ErrUnknownKey = errors.New("ingest: key is not authorised on-chain for this identity")
	// ErrEndedKey: the key was revoked, has expired or ended with its epoch. From
	// peers such records are kept hidden; a local writer gets this error.
	ErrEndedKey = errors.New("ingest: key has ended")
	// ErrEarlyRev: rev lies before the key was added, by more than the skew.
	ErrEarlyRev = errors.New("ingest: rev lies before the key was added")
	// ErrFutureRev: rev lies ahead of this node's clock by more than the skew.
	ErrFutureRev = errors.New("ingest: rev lies in the future")
	// ErrBinding: the AT name record does not prove what it claims.
	ErrBinding = errors.New("ingest: AT name binding does not verify")
	// ErrSchema: a local value breaks the published schema of its type. From
	// peers and imports such values are kept with a flag.
	ErrSchema = errors.New("ingest: value does not fit its lexicon")
	// ErrBlocked: this node's operator has blocked the author, their home server
	// or this very record. It is neither stored nor passed on.
	ErrBlocked = errors.New("ingest: blocked by this server's operator")
	// ErrLeft: the author has deleted their account after this record's rev. A
	// local writer gets this error; from peers such records are superseded.
	ErrLeft = errors.New("ingest: the account was deleted after this rev")
	// ErrDeparture: what stands at record.DeparturePath is no departure.
	ErrDeparture = errors.New("ingest: not the deletion of an account")
	// ErrWaitingFull: the record would have to wait, and its source lets too many wait.
	ErrWaitingFull = errors.New("ingest: too many records of this source wait")
	// ErrClosed: the door's Run has ended; nothing was written.
	ErrClosed = errors.New("ingest: the door is closed")
)
