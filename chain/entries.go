package chain

import (
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
)

// The entries below are what is stored; times are block times in Unix seconds.
// Fields are only ever appended, as rlp "optional".

// meta says whose state this is.
type meta struct {
	Schema  uint64
	Network identity.Network
	Wiping  bool // a clean start was begun and must be finished first

	Slot  slot   `rlp:"optional"` // the copy that is served
	Stage uint64 `rlp:"optional"` // of a resync
	Why   string `rlp:"optional"`
	Next  []byte `rlp:"optional"` // where comparing goes on
}

// cursor is how far the projection has come.
type cursor struct {
	Number uint64
	Hash   common.Hash
	Time   uint64
	Floor  uint64 // the lowest block that can be rolled back to
	Seq    uint64 // the feed's last sequence number
	// Final is the highest followed block that is final.
	Final finalBlock `rlp:"optional"`
}

type finalBlock Block

// started reports whether a first block was laid.
func (c cursor) started() bool { return c.Hash != common.Hash{} }

func (c cursor) block() Block { return Block{Number: c.Number, Hash: c.Hash, Time: c.Time} }

// blockEntry is one followed block and how to undo it. The floor's is without
// journal.
type blockEntry struct {
	Hash    common.Hash
	Time    uint64
	Undo    []undoEntry
	Touched [][]byte // subjects
}

// undoEntry is what a key held before the block.
type undoEntry struct {
	Key     []byte
	Existed bool
	Value   []byte
}

// identityEntry is an identity of which there has been an event; all others are
// their own owners and nothing more.
type identityEntry struct {
	Owner       identity.Address
	Epoch       uint32
	Home        uint64 // 0: none
	HomeEpoch   uint32
	Recovery    identity.Address
	Deactivated bool
	Change      pendingChange
	Takeover    pendingTakeover

	ChangedBlock, ChangedAt uint64
}

type pendingChange struct {
	Kind    uint8 // 0: none
	Target  identity.Address
	ReadyAt uint64
}

type pendingTakeover struct {
	NewOwner    identity.Address // zero: none
	ReadyAt     uint64
	Cancellable bool
}

// keyEntry is a key as it was authorised. When its epoch or home epoch ended is
// the next epoch's entry to say, so that one event ends any number of keys.
type keyEntry struct {
	Purpose              uint8
	Epoch, HomeEpoch     uint32
	Expiry               uint64
	AddedAt, AddedBlock  uint64
	RevokedAt, RevokedIn uint64 // 0: not revoked
	CutOff               cutOff
}

type cutOff struct {
	Server, Size, SetAt uint64 // SetAt 0: none
}

// epochEntry is the start of an owner epoch; there is none for epoch 0.
type epochEntry struct {
	Owner       identity.Address
	Since, From uint64 // time, block
}

// homeEntry is the start of a home epoch; there is none for epoch 0.
type homeEntry struct {
	Server      uint64
	Since, From uint64
}

type serverEntry struct {
	Owner, Pending identity.Address
	Term           uint32 // counts owners; agents belong to a term
	Domain         string
	PeerID         []byte
	Addrs          []string
	Roles          uint8
	Policies       uint64 // versions published
	Heads          uint64 // log heads anchored

	RegisteredAt, RegisteredBlock uint64
	ChangedAt, ChangedBlock       uint64
}

type policyEntry struct {
	Digest, Head           common.Hash
	CID                    []byte
	EffectiveAt, Published uint64
	Block                  uint64
	BlockHash, Transaction common.Hash
}

type headEntry struct {
	Root, Head             common.Hash
	Size, AnchoredAt       uint64
	Block                  uint64
	BlockHash, Transaction common.Hash
}
