package bindings

import (
	"encoding/binary"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// Where in the contracts' storage a proof (eth_getProof) finds each fact, and what the words mean. The layout is part of
// the protocol: contracts/README.md lists it, and tests on both sides hold it.

// The positions of IdentityRegistry's mappings.
const (
	accountsPosition = iota
	keysPosition
	epochsPosition
	homesPosition
	cutOffsPosition
	changesPosition
	takeoversPosition
)

// AccountSlots are the two slots that hold an identity's Account.
func AccountSlots(identity common.Address) [2]common.Hash {
	first := identitySlot(accountsPosition, identity)
	return [2]common.Hash{first, next(first, 1)}
}

// KeySlot holds the Key record of one key of an identity.
func KeySlot(identity common.Address, key [32]byte) common.Hash {
	return mapped(key, identitySlot(keysPosition, identity))
}

// EpochSlot holds the owner and beginning of an identity's epoch; an epoch ended when the next one began. Epoch 0 has no
// slot: its owner is the identity itself.
func EpochSlot(identity common.Address, epoch uint32) common.Hash {
	return mapped(word(uint64(epoch)), identitySlot(epochsPosition, identity))
}

// HomeSlot holds the server and beginning of an identity's home epoch; a home epoch ended when the next one began.
func HomeSlot(identity common.Address, homeEpoch uint32) common.Hash {
	return mapped(word(uint64(homeEpoch)), identitySlot(homesPosition, identity))
}

// CutOffSlot holds the log position from which on a key's records were disowned.
func CutOffSlot(identity common.Address, key [32]byte) common.Hash {
	return mapped(key, identitySlot(cutOffsPosition, identity))
}

// ChangeSlot holds the owner's pending change.
func ChangeSlot(identity common.Address) common.Hash { return identitySlot(changesPosition, identity) }

// TakeoverSlot holds the recovery address's pending takeover and its nonce.
func TakeoverSlot(identity common.Address) common.Hash {
	return identitySlot(takeoversPosition, identity)
}

// ServerSlots are the slots of ServerRegistry that hold a server's owner and roles, and its domain hash.
func ServerSlots(id *big.Int) [2]common.Hash {
	first := mapped(common.BigToHash(id), word(1))
	return [2]common.Hash{first, next(first, 1)}
}

// PolicySlots are the slots of PolicyRegistry that hold a server's head and version count.
func PolicySlots(server *big.Int) [2]common.Hash {
	first := mapped(common.BigToHash(server), word(0))
	return [2]common.Hash{first, next(first, 1)}
}

// LogSlots are the slots of LogRegistry that hold a server's head of the hash chain, root, and LogPosition.
func LogSlots(server *big.Int) [3]common.Hash {
	first := mapped(common.BigToHash(server), word(0))
	return [3]common.Hash{first, next(first, 1), next(first, 2)}
}

// Account is what AccountSlots hold.
type Account struct {
	Owner        common.Address // zero: the identity itself, unless Deactivated
	Changed      uint64         // block of the last ERC-1056 event
	Nonce        uint64
	Recovery     common.Address
	Epoch        uint32
	HomeEpoch    uint32
	OwnerCancels uint8
	Deactivated  bool
}

// Key is what KeySlot holds; times are Unix seconds, zero for never.
type Key struct {
	Expiry    uint64
	AddedAt   uint64
	RevokedAt uint64
	Epoch     uint32
	HomeEpoch uint32
	Purpose   uint8
}

// Epoch is what EpochSlot holds.
type Epoch struct {
	Owner common.Address
	Since uint64
}

// Home is what HomeSlot holds.
type Home struct {
	Server *big.Int
	Since  uint64
}

// CutOff is what CutOffSlot holds.
type CutOff struct {
	Server *big.Int
	Size   uint64
	SetAt  uint64 // zero: no cut-off
}

// Change is what ChangeSlot holds. Kind is 0 for none, 1 owner, 2 recovery, 3 deactivation.
type Change struct {
	Target  common.Address
	ReadyAt uint64
	Kind    uint8
}

// Takeover is what TakeoverSlot holds.
type Takeover struct {
	NewOwner common.Address // zero: none pending
	ReadyAt  uint64
	Nonce    uint64
}

// Server is what the first of ServerSlots holds.
type Server struct {
	Owner        common.Address
	Roles        uint8
	Term         uint32 // how many times the owner has changed
	RegisteredAt uint64
}

// LogPosition is what the third of LogSlots holds.
type LogPosition struct {
	Size       uint64
	Index      uint64
	AnchoredAt uint64
}

// DecodeAccount reads the words at AccountSlots.
func DecodeAccount(w [2]common.Hash) Account {
	return Account{
		Owner:        address(w[0]),
		Changed:      field(w[0], 20, 6),
		Nonce:        field(w[0], 26, 6),
		Recovery:     address(w[1]),
		Epoch:        uint32(field(w[1], 20, 4)),
		HomeEpoch:    uint32(field(w[1], 24, 4)),
		OwnerCancels: uint8(field(w[1], 28, 1)),
		Deactivated:  field(w[1], 29, 1) != 0,
	}
}

// DecodeKey reads the word at KeySlot.
func DecodeKey(w common.Hash) Key {
	return Key{
		Expiry:    field(w, 0, 8),
		AddedAt:   field(w, 8, 6),
		RevokedAt: field(w, 14, 6),
		Epoch:     uint32(field(w, 20, 4)),
		HomeEpoch: uint32(field(w, 24, 4)),
		Purpose:   uint8(field(w, 28, 1)),
	}
}

// DecodeEpoch reads the word at EpochSlot.
func DecodeEpoch(w common.Hash) Epoch { return Epoch{Owner: address(w), Since: field(w, 20, 8)} }

// DecodeHome reads the word at HomeSlot.
func DecodeHome(w common.Hash) Home { return Home{Server: uint128(w), Since: field(w, 16, 8)} }

// DecodeCutOff reads the word at CutOffSlot.
func DecodeCutOff(w common.Hash) CutOff {
	return CutOff{Server: uint128(w), Size: field(w, 16, 8), SetAt: field(w, 24, 8)}
}

// DecodeChange reads the word at ChangeSlot.
func DecodeChange(w common.Hash) Change {
	return Change{Target: address(w), ReadyAt: field(w, 20, 8), Kind: uint8(field(w, 28, 1))}
}

// DecodeTakeover reads the word at TakeoverSlot.
func DecodeTakeover(w common.Hash) Takeover {
	return Takeover{NewOwner: address(w), ReadyAt: field(w, 20, 6), Nonce: field(w, 26, 6)}
}

// DecodeServer reads the word at the first of ServerSlots.
func DecodeServer(w common.Hash) Server {
	return Server{
		Owner:        address(w),
		Roles:        uint8(field(w, 20, 1)),
		Term:         uint32(field(w, 21, 4)),
		RegisteredAt: field(w, 25, 6),
	}
}

// DecodeLogPosition reads the word at the third of LogSlots.
func DecodeLogPosition(w common.Hash) LogPosition {
	return LogPosition{Size: field(w, 0, 8), Index: field(w, 8, 8), AnchoredAt: field(w, 16, 8)}
}

// identitySlot is where a mapping from identities keeps one's entry, or, of a nested mapping, the inner mapping.
func identitySlot(position uint64, identity common.Address) common.Hash {
	return mapped(common.BytesToHash(identity[:]), word(position))
}

// mapped is Solidity's place of a key in the mapping at a slot: keccak256(key . slot).
func mapped(key [32]byte, slot common.Hash) common.Hash { return crypto.Keccak256Hash(key[:], slot[:]) }

func word(n uint64) (h common.Hash) {
	binary.BigEndian.PutUint64(h[24:], n)
	return h
}

func next(slot common.Hash, n int64) common.Hash {
	return common.BigToHash(new(big.Int).Add(slot.Big(), big.NewInt(n)))
}

// field reads size bytes at an offset that counts, as Solidity's layout does, from the word's low end.
func field(w common.Hash, offset, size int) uint64 {
	var b [8]byte
	copy(b[8-size:], w[32-offset-size:32-offset])
	return binary.BigEndian.Uint64(b[:])
}

func address(w common.Hash) common.Address { return common.BytesToAddress(w[12:]) }

func uint128(w common.Hash) *big.Int { return new(big.Int).SetBytes(w[16:]) }
