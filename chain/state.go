package chain

import (
	"encoding/binary"
	"fmt"

	"metanet/identity"

	"github.com/ethereum/go-ethereum/rlp"
)

// StateStore is the small ordered key-value surface this package keeps its
// state in. Keys are this package's own: it expects a space to itself. A
// store.Space of content/store is one.
type StateStore interface {
	// Get answers the value of key and whether there is one.
	Get(key []byte) (value []byte, found bool, err error)
	// ScanRange calls f for every key in [start, end) in ascending order until f
	// answers false or an error, which it returns. What f is given is valid during
	// the call only.
	ScanRange(start, end []byte, f func(key, value []byte) (more bool, err error)) error
	// Apply makes all puts and deletes visible and durable at once, or, after an
	// error, none of them. No key is in both.
	Apply(puts map[string][]byte, deletes [][]byte) error
}

// schema is the version of the key space below. The projection can be rebuilt
// from the chain: another version makes the follower start anew. The sender's
// families cannot, and keep their meaning.
const schema = 1

// family opens every key. Values are RLP of the struct named. The cursor, the blocks
// and the projection have a second place, 0x40 higher (slot.go).
//
//	family        key                           value          owner
//	metaFamily    -                             meta           follower
//	cursorFamily  -                             cursor         follower
//	blockFamily   number                        blockEntry     follower; the last blocks, with their undo journal
//	identity…     address                       identityEntry  projection, as all that follow
//	keyFamily     address key                   keyEntry
//	epochFamily   address epoch                 epochEntry
//	homeFamily    address home epoch            homeEntry
//	serverFamily  server                        serverEntry
//	policyFamily  server version                policyEntry
//	headFamily    server index                  headEntry
//	agentFamily   server term account           uint8          roles
//	feedFamily    sequence                      subject        follower; who changed, in order of the last change
//	seqFamily     subject                       uint64         follower; a subject's place in the feed
//	txFamily      chain account key             txEntry        sender
//	openFamily    chain account order           its key        sender; what is under way
//	orderFamily   chain account                 uint64         sender; the last order
//	endedFamily   chain account time order      its key        sender; what is finished, to be pruned
//	spentFamily   chain account                 spending       sender; what this UTC day has cost
type family byte

const (
	metaFamily   family = 0x01
	cursorFamily family = 0x02
	blockFamily  family = 0x03

	identityFamily family = 0x10
	keyFamily      family = 0x11
	epochFamily    family = 0x12
	homeFamily     family = 0x13
	serverFamily   family = 0x18
	policyFamily   family = 0x19
	headFamily     family = 0x1a
	agentFamily    family = 0x1b

	feedFamily family = 0x20
	seqFamily  family = 0x21

	txFamily    family = 0x30
	openFamily  family = 0x31
	orderFamily family = 0x32
	endedFamily family = 0x33
	spentFamily family = 0x34
)

// projected is the range of families that events are projected into.
var projected = [2]family{identityFamily, 0x1f}

func (f family) key(parts ...[]byte) []byte {
	k := []byte{byte(f)}
	for _, p := range parts {
		k = append(k, p...)
	}
	return k
}

func be64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
func be32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

func identityKey(a identity.Address) []byte { return identityFamily.key(a[:]) }
func keyKey(a identity.Address, k identity.Key) []byte {
	return keyFamily.key(a[:], k[:])
}
func epochKey(a identity.Address, epoch uint32) []byte { return epochFamily.key(a[:], be32(epoch)) }
func homeKey(a identity.Address, epoch uint32) []byte  { return homeFamily.key(a[:], be32(epoch)) }
func serverKey(id uint64) []byte                       { return serverFamily.key(be64(id)) }
func policyKey(id, version uint64) []byte              { return policyFamily.key(be64(id), be64(version)) }
func headKey(id, index uint64) []byte                  { return headFamily.key(be64(id), be64(index)) }
func agentKey(id uint64, term uint32, a identity.Address) []byte {
	return agentFamily.key(be64(id), be32(term), a[:])
}
func blockKey(number uint64) []byte { return blockFamily.key(be64(number)) }

// prefixEnd is the first key that prefix does not begin. No family is 0xff.
func prefixEnd(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; ; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
}

// load reads the entry under key into a T.
func load[T any](s reader, key []byte) (entry T, found bool, err error) {
	b, found, err := s.Get(key)
	if err != nil {
		return entry, false, fmt.Errorf("%w: %w", ErrState, err)
	}
	if !found {
		return entry, false, nil
	}
	return entry, true, decode(key, b, &entry)
}

// reader is the reading half of StateStore that a draft has, too.
type reader interface {
	Get(key []byte) (value []byte, found bool, err error)
}

func decode(key, value []byte, entry any) error {
	if err := rlp.DecodeBytes(value, entry); err != nil {
		return fmt.Errorf("%w: key %x: %w", ErrCorruptState, key, err)
	}
	return nil
}

// encode cannot fail for this package's entries: all are of types RLP knows,
// which the tests' round trips show.
func encode(entry any) []byte {
	b, err := rlp.EncodeToBytes(entry)
	if err != nil {
		panic("chain: entry that RLP does not know: " + err.Error())
	}
	return b
}
