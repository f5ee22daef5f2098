package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"metanet/content/record"
	"metanet/identity"
)

// Flags are remarks about a stored record.
type Flags uint8

const (
	// FlagSchema: the value does not fit the published schema of its type.
	FlagSchema Flags = 1 << iota
	// FlagImported: brought in from elsewhere, so nobody is told of it.
	FlagImported
)

// Stored is a record as the store holds it.
type Stored struct {
	Bundle   *record.Bundle
	Seq      uint64 // its place in the feed of changes; larger is later
	Local    bool   // written at this node, which has to publish it
	Flags    Flags
	Standing identity.Standing
	Received time.Time
	// Buried: a tombstone that counts stands above it, or it is withheld. The
	// record is kept, since the tombstone's key may turn out to have been stolen,
	// but its value is no longer for others. Derived when read; not stored.
	Buried bool
}

// MaxKeysPerPath bounds how many signing keys' records one path keeps: the
// highest ones. Each key costs its owner a transaction, so that more than one or
// two is an accident or an attack on the disk.
const MaxKeysPerPath = 16

// OutcomeStatus says what became of one admission.
type OutcomeStatus uint8

const (
	OutcomeStored     OutcomeStatus = iota + 1 // new, and kept
	OutcomeDuplicate                           // the very same record is there
	OutcomeSuperseded                          // the same key has signed a later one for this path
)

func (s OutcomeStatus) String() string {
	switch s {
	case OutcomeStored:
		return "stored"
	case OutcomeDuplicate:
		return "duplicate"
	case OutcomeSuperseded:
		return "superseded"
	}
	return fmt.Sprintf("status(%d)", uint8(s))
}

// merge is the law of merging, for the records of one path: of each signing key
// the highest is kept, in the order of record.Compare, and of those the highest
// MaxKeysPerPath. state is sorted by key and is not changed. replaced is what
// had to go, if anything.
//
// Both rules are maxima, so merging is commutative, associative and idempotent;
// and since keys are kept apart, a key that is ended later gives way to the
// others' records without anything to be fetched again.
func merge(state []Stored, in Stored) (out []Stored, status OutcomeStatus, replaced *Stored) {
	at, found := slices.BinarySearchFunc(state, in, func(a, b Stored) int {
		return bytes.Compare(a.Bundle.Key[:], b.Bundle.Key[:])
	})
	if found {
		switch c := record.Compare(in.Bundle, state[at].Bundle); {
		case c == 0:
			return state, OutcomeDuplicate, nil
		case c < 0:
			return state, OutcomeSuperseded, nil
		}
		out = slices.Clone(state)
		replaced, out[at] = &state[at], in
		return out, OutcomeStored, replaced
	}
	out = slices.Insert(slices.Clone(state), at, in)
	if len(out) <= MaxKeysPerPath {
		return out, OutcomeStored, nil
	}
	low := lowest(out)
	dropped := out[low]
	if low == at {
		return state, OutcomeSuperseded, nil
	}
	return slices.Delete(out, low, low+1), OutcomeStored, &dropped
}

func lowest(state []Stored) int {
	low := 0
	for i := range state {
		if record.Compare(state[i].Bundle, state[low].Bundle) < 0 {
			low = i
		}
	}
	return low
}

// visible is what people see of a path: the highest record that counts, unless
// it deletes.
func visible(state []Stored) *Stored {
	best := highest(state)
	if best == nil || best.Bundle.Deletes() {
		return nil
	}
	return best
}

// highest is the highest record that counts, which may be a tombstone.
func highest(state []Stored) *Stored {
	var best *Stored
	for i := range state {
		s := &state[i]
		if s.Standing.Counts() && (best == nil || record.Compare(s.Bundle, best.Bundle) > 0) {
			best = s
		}
	}
	return best
}

// bury marks what lies under a tombstone that counts, and what is withheld.
func bury(state []Stored) {
	best := highest(state)
	for i := range state {
		state[i].Buried = state[i].Standing == identity.Withheld || best != nil && best.Bundle.Deletes() && &state[i] != best && !state[i].Bundle.Deletes()
	}
}

// The state of a path is stored as: format (1), count, then for each record in
// the order of keys: standing, flags, local (0 or 1), seq (8), received (8), length and
// bytes of the bundle.
const (
	stateFormat = 1
	slotHead    = 3 + 8 + 8
)

func encodeState(state []Stored) []byte {
	size := 2
	for _, s := range state {
		size += slotHead + binary.MaxVarintLen32 + len(s.Bundle.Bytes())
	}
	b := append(make([]byte, 0, size), stateFormat, byte(len(state)))
	for _, s := range state {
		b = append(b, byte(s.Standing), byte(s.Flags), bit(s.Local))
		b = binary.BigEndian.AppendUint64(b, s.Seq)
		b = binary.BigEndian.AppendUint64(b, micros(s.Received))
		b = binary.AppendUvarint(b, uint64(len(s.Bundle.Bytes())))
		b = append(b, s.Bundle.Bytes()...)
	}
	return b
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// decodeState reads what encodeState wrote, keeping b. Bundles are decoded in
// full, hashes included: damage is noticed when it is read.
func decodeState(b []byte) ([]Stored, error) {
	if len(b) < 2 || b[0] != stateFormat || b[1] == 0 {
		return nil, fmt.Errorf("%w: state of a path", ErrCorrupt)
	}
	state := make([]Stored, b[1])
	r := ReadParts(b[2:])
	for i := range state {
		if err := state[i].decode(r); err != nil {
			return nil, err
		}
	}
	if r.End() != nil {
		return nil, fmt.Errorf("%w: state of a path", ErrCorrupt)
	}
	return state, nil
}

func (s *Stored) decode(r *KeyReader) (err error) {
	s.Standing, s.Flags, s.Local = identity.Standing(r.Byte()), Flags(r.Byte()), r.Byte() == 1
	s.Seq, s.Received = r.Uint(), r.Time()
	if s.Bundle, err = record.Decode(r.Bytes()); err != nil {
		return fmt.Errorf("%w: record %d: %w", ErrCorrupt, s.Seq, err)
	}
	return nil
}
