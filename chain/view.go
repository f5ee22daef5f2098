package chain

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sort"

	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
)

// ChangeKind is what an owner's pending change will do, as the contract numbers
// it.
type ChangeKind uint8

const (
	ChangeNone ChangeKind = iota
	ChangeOwner
	ChangeRecovery
	ChangeDeactivation
)

func (k ChangeKind) String() string {
	return [...]string{"none", "owner", "recovery", "deactivation"}[min(k, ChangeDeactivation)]
}

// Identity is all the chain says of one identity.
type Identity struct {
	DID         identity.DID
	Owner       identity.Address // zero once deactivated
	Epoch       uint32
	Home        uint64 // server number; 0: none
	HomeSince   uint64 // block time
	HomeBlock   uint64
	Recovery    identity.Address // zero: none
	Deactivated bool

	// Keys, in the order in which they were added.
	Keys []identity.KeyRecord

	PendingChange   *PendingChange
	PendingRecovery *PendingRecovery

	// ChangedBlock is of the last event about it; 0: there was none.
	ChangedBlock, ChangedAt uint64
}

// PendingChange is a change that the owner has started and that waits because
// there is a recovery address.
type PendingChange struct {
	Kind    ChangeKind
	Target  identity.Address
	ReadyAt uint64
}

// PendingRecovery is a takeover that the recovery address has started.
type PendingRecovery struct {
	NewOwner    identity.Address
	ReadyAt     uint64
	Cancellable bool // by the owner, still
}

// Identity reads an identity's state. An identity without events owns itself and
// has nothing; one of another chain is unknown here and reads the same way, but
// with owner zero.
func (f *Follower) Identity(_ context.Context, did identity.DID) (Identity, error) {
	id := Identity{DID: did}
	if did.ChainID() != f.contracts.ChainID {
		return id, nil
	}
	f.commit.RLock()
	defer f.commit.RUnlock()
	a := did.Address()
	e, err := identityOf(f.store, a)
	if err != nil {
		return id, err
	}
	id.Owner, id.Epoch, id.Home, id.Recovery, id.Deactivated = e.Owner, e.Epoch, e.Home, e.Recovery, e.Deactivated
	id.ChangedBlock, id.ChangedAt = e.ChangedBlock, e.ChangedAt
	if e.Change.Kind != 0 {
		id.PendingChange = &PendingChange{ChangeKind(e.Change.Kind), e.Change.Target, e.Change.ReadyAt}
	}
	if !e.Takeover.NewOwner.IsZero() {
		id.PendingRecovery = &PendingRecovery{e.Takeover.NewOwner, e.Takeover.ReadyAt, e.Takeover.Cancellable}
	}
	if e.HomeEpoch > 0 {
		h, _, err := load[homeEntry](f.store, homeKey(a, e.HomeEpoch))
		if err != nil {
			return id, err
		}
		id.HomeSince, id.HomeBlock = h.Since, h.From
	}
	id.Keys, err = f.keys(a, e)
	return id, err
}

func (f *Follower) keys(a identity.Address, e identityEntry) (keys []identity.KeyRecord, err error) {
	start := keyFamily.key(a[:])
	err = f.store.ScanRange(start, prefixEnd(start), func(k, v []byte) (bool, error) {
		var entry keyEntry
		if err := decode(k, v, &entry); err != nil {
			return false, err
		}
		key := identity.Key(k[len(start):])
		r, err := keyRecord(f.store, a, e, key, entry)
		keys = append(keys, r)
		return true, err
	})
	slices.SortFunc(keys, func(a, b identity.KeyRecord) int {
		return cmp.Or(cmp.Compare(a.AddedBlock, b.AddedBlock), bytes.Compare(a.Key[:], b.Key[:]))
	})
	return keys, err
}

// keyRecord works out when a key ended: revoked, or with the owner epoch, or, if
// hosted, with the home epoch it was added in; whichever came first.
func keyRecord(s reader, a identity.Address, id identityEntry, key identity.Key, e keyEntry) (identity.KeyRecord, error) {
	r := identity.KeyRecord{
		Key: key, Purpose: identity.Purpose(e.Purpose),
		AddedAt: e.AddedAt, AddedBlock: e.AddedBlock, Expiry: e.Expiry, Revoked: e.RevokedAt != 0,
	}
	end := func(at, block uint64) {
		if at != 0 && (r.EndedAt == 0 || at < r.EndedAt) {
			r.EndedAt, r.EndedBlock = at, block
		}
	}
	end(e.RevokedAt, e.RevokedIn)
	if e.Epoch < id.Epoch {
		next, _, err := load[epochEntry](s, epochKey(a, e.Epoch+1))
		if err != nil {
			return r, err
		}
		end(next.Since, next.From)
	}
	if r.Purpose == identity.PurposeHosted && e.HomeEpoch < id.HomeEpoch {
		next, _, err := load[homeEntry](s, homeKey(a, e.HomeEpoch+1))
		if err != nil {
			return r, err
		}
		end(next.Since, next.From)
	}
	var err error
	r.CutOff, err = cutOffOf(s, e.CutOff)
	return r, err
}

// cutOffOf gives a cut-off its time: that of the first anchor beyond its position,
// if there was one before it was set. Heads count from 1, and their sizes grow.
func cutOffOf(s reader, e cutOff) (identity.CutOff, error) {
	c := identity.CutOff{Server: e.Server, Size: e.Size, SetAt: e.SetAt, Since: e.SetAt}
	if e.SetAt == 0 || e.Server == 0 {
		return c, nil
	}
	server, _, err := load[serverEntry](s, serverKey(e.Server))
	if err != nil {
		return c, err
	}
	var head headEntry
	i := sort.Search(int(server.Heads), func(i int) bool {
		if err != nil {
			return true
		}
		head, _, err = load[headEntry](s, headKey(e.Server, uint64(i)+1))
		return head.Size > e.Size
	})
	if err != nil || i == int(server.Heads) {
		return c, err
	}
	// The search may have ended on another head than it found.
	head, _, err = load[headEntry](s, headKey(e.Server, uint64(i)+1))
	c.Since = min(c.Since, head.AnchoredAt)
	return c, err
}

// Key reads one key of an identity; known is false if it has none such. It is
// the hot path of checking records and answers from memory where it can, never
// staler than the last block followed.
func (f *Follower) Key(_ context.Context, did identity.DID, key identity.Key) (r identity.KeyRecord, known bool, err error) {
	if did.ChainID() != f.contracts.ChainID {
		return r, false, nil
	}
	a := did.Address()
	if r, known = f.cache.get(a, key); known {
		return r, true, nil
	}
	// A commit must not come between reading and caching.
	f.commit.RLock()
	defer f.commit.RUnlock()
	e, known, err := load[keyEntry](f.store, keyKey(a, key))
	if err != nil || !known {
		return r, false, err
	}
	id, err := identityOf(f.store, a)
	if err != nil {
		return r, false, err
	}
	if r, err = keyRecord(f.store, a, id, key, e); err != nil {
		return r, false, err
	}
	f.cache.put(a, r)
	return r, true, nil
}

// HomeAt is the home server an identity had at a block (0: none), which decides
// whose log proves its records of that time.
func (f *Follower) HomeAt(_ context.Context, did identity.DID, block uint64) (server uint64, err error) {
	if did.ChainID() != f.contracts.ChainID {
		return 0, nil
	}
	f.commit.RLock()
	defer f.commit.RUnlock()
	a := did.Address()
	start := homeFamily.key(a[:])
	err = f.store.ScanRange(start, prefixEnd(start), func(k, v []byte) (bool, error) {
		var h homeEntry
		if err := decode(k, v, &h); err != nil || h.From > block {
			return false, err
		}
		server = h.Server
		return true, nil
	})
	return server, err
}

// Server is all the chain says of one server.
type Server struct {
	ID           uint64
	Owner        identity.Address
	PendingOwner identity.Address // zero: none
	Domain       string
	PeerID       []byte   // libp2p peer id, binary
	Addrs        []string // multiaddrs as text
	Roles        Roles
	Agents       map[identity.Address]Roles // accounts that act for it

	PolicyCount, HeadCount        uint64
	RegisteredAt, RegisteredBlock uint64
	ChangedAt, ChangedBlock       uint64
}

// Roles is what a server does, or an account may do for it.
type Roles uint8

const (
	RolePublisher Roles = 1 // originates records, publishes policies, anchors
	RoleModerator Roles = 2
)

// Server reads one server, or ErrUnknownServer.
func (f *Follower) Server(_ context.Context, id uint64) (Server, error) {
	f.commit.RLock()
	defer f.commit.RUnlock()
	e, found, err := load[serverEntry](f.store, serverKey(id))
	if err != nil {
		return Server{}, err
	}
	if !found {
		return Server{}, fmt.Errorf("%w: %d", ErrUnknownServer, id)
	}
	return f.server(id, e)
}

func (f *Follower) server(id uint64, e serverEntry) (Server, error) {
	s := Server{
		ID: id, Owner: e.Owner, PendingOwner: e.Pending, Domain: e.Domain, PeerID: e.PeerID, Addrs: e.Addrs, Roles: Roles(e.Roles),
		PolicyCount: e.Policies, HeadCount: e.Heads,
		RegisteredAt: e.RegisteredAt, RegisteredBlock: e.RegisteredBlock, ChangedAt: e.ChangedAt, ChangedBlock: e.ChangedBlock,
	}
	start := agentFamily.key(be64(id), be32(e.Term))
	err := f.store.ScanRange(start, prefixEnd(start), func(k, v []byte) (bool, error) {
		var roles uint8
		if err := decode(k, v, &roles); err != nil || roles == 0 {
			return err == nil, err
		}
		if s.Agents == nil {
			s.Agents = map[identity.Address]Roles{}
		}
		s.Agents[identity.Address(k[len(start):])] = Roles(roles)
		return true, nil
	})
	return s, err
}

// Servers lists all servers by number.
func (f *Follower) Servers(_ context.Context) ([]Server, error) {
	f.commit.RLock()
	defer f.commit.RUnlock()
	var servers []Server
	start := serverFamily.key()
	err := f.store.ScanRange(start, prefixEnd(start), func(k, v []byte) (bool, error) {
		var e serverEntry
		if err := decode(k, v, &e); err != nil {
			return false, err
		}
		s, err := f.server(binary.BigEndian.Uint64(k[1:]), e)
		servers = append(servers, s)
		return true, err
	})
	return servers, err
}

// PolicyVersion is one published version of a server's policy.
type PolicyVersion struct {
	Server      uint64
	Version     uint64
	Digest      common.Hash // sha2-256 of the canonical bytes
	CID         []byte      // binary CID of the same
	EffectiveAt uint64
	PublishedAt uint64
	Head        common.Hash // of the hash chain up to this version

	Block     uint64
	BlockHash common.Hash
	Tx        common.Hash
}

// Policies lists a server's policy versions, oldest first.
func (f *Follower) Policies(_ context.Context, server uint64) ([]PolicyVersion, error) {
	f.commit.RLock()
	defer f.commit.RUnlock()
	var versions []PolicyVersion
	start := policyFamily.key(be64(server))
	err := f.store.ScanRange(start, prefixEnd(start), func(k, v []byte) (bool, error) {
		var e policyEntry
		if err := decode(k, v, &e); err != nil {
			return false, err
		}
		versions = append(versions, PolicyVersion{
			Server: server, Version: binary.BigEndian.Uint64(k[len(start):]), Digest: e.Digest, CID: e.CID,
			EffectiveAt: e.EffectiveAt, PublishedAt: e.Published, Head: e.Head,
			Block: e.Block, BlockHash: e.BlockHash, Tx: e.Transaction,
		})
		return true, nil
	})
	return versions, err
}

// LogHead is one anchored head of a server's log.
type LogHead struct {
	Server     uint64
	Index      uint64 // counted from 1
	Size       uint64
	Root       common.Hash
	AnchoredAt uint64
	Head       common.Hash // of the hash chain up to this one

	Block     uint64
	BlockHash common.Hash
	Tx        common.Hash
}

// LogHeads lists a server's anchored heads with an index above after, oldest
// first, at most limit.
func (f *Follower) LogHeads(_ context.Context, server, after uint64, limit int) ([]LogHead, error) {
	f.commit.RLock()
	defer f.commit.RUnlock()
	var heads []LogHead
	end := prefixEnd(headFamily.key(be64(server)))
	err := f.store.ScanRange(headKey(server, after+1), end, func(k, v []byte) (bool, error) {
		var e headEntry
		if err := decode(k, v, &e); err != nil {
			return false, err
		}
		heads = append(heads, LogHead{
			Server: server, Index: binary.BigEndian.Uint64(k[9:]), Size: e.Size, Root: e.Root, AnchoredAt: e.AnchoredAt,
			Head: e.Head, Block: e.Block, BlockHash: e.BlockHash, Tx: e.Transaction,
		})
		return len(heads) < limit, nil
	})
	return heads, err
}
