package pull

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/libp2p/go-libp2p/core/peer"

	"metanet/content/negentropy"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/p2p"
)

// ErrQuestion is returned for questions and answers that break the protocol of comparing
// (docs/protocol.md, "Catch-up: comparing").
var ErrQuestion = errors.New("pull: malformed question or answer")

// The kinds of a question, its first byte.
const (
	askHead    = 1 // what do you have?
	askCompare = 2 // a Negentropy message about a scope
	askFetch   = 3 // records of a scope by id
)

const (
	// answerMax is the most bytes of a Negentropy message, so that with the question
	// around it it fits.
	answerMax = 60 << 10
	// scanMax is how many items one question about records may have looked at: those
	// who ask for what they were told of need a few thousand.
	scanMax = 1 << 16
	// groupsMax bounds the ranges in such a question.
	groupsMax = 512
)

// head is what a peer has.
type head struct {
	store  p2p.StoreID
	newest uint64
	shards [store.ItemShards]shardHead
}

type shardHead struct {
	count       uint64
	fingerprint [negentropy.FingerprintSize]byte
}

const headSize = 16 + 8 + store.ItemShards*(8+negentropy.FingerprintSize)

func (h *head) encode() []byte {
	b := binary.BigEndian.AppendUint64(append(make([]byte, 0, headSize), h.store[:]...), h.newest)
	for _, s := range h.shards {
		b = append(binary.BigEndian.AppendUint64(b, s.count), s.fingerprint[:]...)
	}
	return b
}

func decodeHead(b []byte) (h head, err error) {
	if len(b) != headSize {
		return h, fmt.Errorf("%w: a head of %d bytes", ErrQuestion, len(b))
	}
	h.store, h.newest = p2p.StoreID(b[:16]), binary.BigEndian.Uint64(b[16:])
	b = b[24:]
	for i := range h.shards {
		h.shards[i] = shardHead{binary.BigEndian.Uint64(b), [negentropy.FingerprintSize]byte(b[8:])}
		b = b[8+negentropy.FingerprintSize:]
	}
	return h, nil
}

// moreMax is more records than a peer is believed to have: sums of them are no overflow.
const moreMax = 1 << 48

// lacks is which shards differ from theirs, and by how many records they seem to have
// more than we: -1 where there is no difference.
func (h *head) lacks(theirs head) (differ []int, more [store.ItemShards]int64) {
	for i, t := range theirs.shards {
		o := h.shards[i]
		switch {
		case t == o:
			more[i] = -1
			continue
		case t.count > o.count:
			more[i] = int64(min(t.count-o.count, moreMax))
		}
		differ = append(differ, i)
	}
	return differ, more
}

// scope is what a question is about: the records of a shard, or of one identity, with
// revs in [from, to).
type scope struct {
	shard    int
	author   identity.DID // "": all of the shard
	from, to uint64       // microseconds; the highest number is no end
}

// scopeAuthor stands instead of a shard before the length of a DID and the DID.
const scopeAuthor = store.ItemShards

func (s scope) append(b []byte) []byte {
	if s.author == "" {
		b = append(b, byte(s.shard))
	} else {
		b = append(append(b, scopeAuthor, byte(len(s.author))), s.author...)
	}
	b = binary.BigEndian.AppendUint64(b, s.from)
	return binary.BigEndian.AppendUint64(b, s.to)
}

func decodeScope(b []byte) (s scope, rest []byte, err error) {
	if len(b) < 2 || b[0] > scopeAuthor {
		return s, nil, fmt.Errorf("%w: no scope", ErrQuestion)
	}
	s.shard, rest = int(b[0]), b[1:]
	if s.shard == scopeAuthor {
		n := int(rest[0])
		if rest = rest[1:]; n > len(rest) {
			return s, nil, fmt.Errorf("%w: a DID cut off", ErrQuestion)
		}
		if s.author, err = identity.ParseDID(string(rest[:n])); err != nil {
			return s, nil, fmt.Errorf("%w: %w", ErrQuestion, err)
		}
		s.shard, rest = s.author.Shard(store.ItemShards), rest[n:]
	}
	if len(rest) < 16 {
		return s, nil, fmt.Errorf("%w: no times", ErrQuestion)
	}
	s.from, s.to = binary.BigEndian.Uint64(rest), binary.BigEndian.Uint64(rest[8:])
	return s, rest[16:], nil
}

func (s scope) set(r store.Reader) (negentropy.Set, error) {
	var all negentropy.Set = store.Items{R: r, Shard: s.shard}
	if s.author != "" {
		var items []negentropy.Item
		err := store.AuthorItems(r, s.author, func(i negentropy.Item, _ *record.Bundle) error {
			items = append(items, i)
			return nil
		})
		if err != nil {
			return nil, err
		}
		all = negentropy.NewVector(items)
	}
	return negentropy.Window{Set: all, Lo: negentropy.Item{Time: s.from}, Hi: negentropy.Item{Time: s.to}}, nil
}

// group is ids that are wanted, which are in [lo, hi).
type group struct {
	lo, hi negentropy.Item
	ids    []negentropy.ID
}

const (
	itemSize  = 8 + 32
	groupSize = 2*itemSize + 2
)

func (g group) append(b []byte) []byte {
	for _, i := range []negentropy.Item{g.lo, g.hi} {
		b = append(binary.BigEndian.AppendUint64(b, i.Time), i.ID[:]...)
	}
	b = binary.BigEndian.AppendUint16(b, uint16(len(g.ids)))
	for _, id := range g.ids {
		b = append(b, id[:]...)
	}
	return b
}

func decodeGroups(b []byte) (groups []group, err error) {
	for len(b) > 0 {
		if len(b) < groupSize || len(groups) == groupsMax {
			return nil, fmt.Errorf("%w: ranges", ErrQuestion)
		}
		var g group
		for _, i := range []*negentropy.Item{&g.lo, &g.hi} {
			*i = negentropy.Item{Time: binary.BigEndian.Uint64(b), ID: negentropy.ID(b[8:itemSize])}
			b = b[itemSize:]
		}
		n := int(binary.BigEndian.Uint16(b))
		if b = b[2:]; n > len(b)/len(negentropy.ID{}) {
			return nil, fmt.Errorf("%w: ids", ErrQuestion)
		}
		for range n {
			g.ids = append(g.ids, negentropy.ID(b))
			b = b[len(negentropy.ID{}):]
		}
		groups = append(groups, g)
	}
	return groups, nil
}

// Answers answers peers' questions from a store. Each is answered from the store as it
// is then: nothing is kept for a peer between two of them.
type Answers struct{ Store *store.DB }

// Answer is p2p's Answerer.
func (a Answers) Answer(ctx context.Context, _ peer.ID, question []byte, send func([]byte) error) error {
	newest := a.Store.LastSeq() // before the snapshot, which has all up to it
	snap, err := a.Store.Snapshot()
	if err != nil {
		return err
	}
	defer snap.Close()
	switch question[0] {
	case askHead:
		h, err := headOf(snap)
		if err != nil {
			return err
		}
		h.store, h.newest = p2p.StoreID(a.Store.ID()), newest
		return send(h.encode())
	case askCompare, askFetch:
	default:
		return fmt.Errorf("%w: kind %d", ErrQuestion, question[0])
	}
	s, rest, err := decodeScope(question[1:])
	if err != nil {
		return err
	}
	if question[0] == askFetch {
		return fetched(ctx, snap, s, rest, send)
	}
	set, err := s.set(snap)
	if err != nil {
		return err
	}
	answer, err := negentropy.Answer(set, rest, answerMax)
	if err != nil {
		return err
	}
	return send(answer)
}

func headOf(r store.Reader) (h head, err error) {
	for i := range h.shards {
		s, err := store.Items{R: r, Shard: i}.Sum(negentropy.Item{}, negentropy.Infinity)
		if err != nil {
			return h, err
		}
		h.shards[i] = shardHead{s.Count, s.Fingerprint()}
	}
	return h, nil
}

func fetched(ctx context.Context, r store.Reader, s scope, rest []byte, send func([]byte) error) error {
	groups, err := decodeGroups(rest)
	if err != nil {
		return err
	}
	if s.author != "" {
		return fetchedOf(r, s.author, groups, send)
	}
	seen := 0
	for _, g := range groups {
		wanted := make(map[negentropy.ID]bool, len(g.ids))
		for _, id := range g.ids {
			wanted[id] = true
		}
		err := store.Items{R: r, Shard: s.shard}.Bundles(g.lo, g.hi, func(id negentropy.ID) (bool, error) {
			if seen++; seen > scanMax || seen%1024 == 0 && ctx.Err() != nil {
				return false, errors.Join(ctx.Err(), errScanned)
			}
			return wanted[id], nil
		}, func(_ negentropy.Item, b *record.Bundle) error { return send(b.Bytes()) })
		if err != nil {
			return err
		}
	}
	return nil
}

// fetchedOf sends records of one identity, by path.
func fetchedOf(r store.Reader, author identity.DID, groups []group, send func([]byte) error) error {
	wanted := make(map[negentropy.ID]bool)
	for _, g := range groups {
		for _, id := range g.ids {
			wanted[id] = true
		}
	}
	return store.AuthorItems(r, author, func(i negentropy.Item, b *record.Bundle) error {
		if !wanted[i.ID] {
			return nil
		}
		return send(b.Bytes())
	})
}

// errScanned ends a question that has more looked at than it may.
var errScanned = fmt.Errorf("%w: it has more than %d records looked at", ErrQuestion, scanMax)

// forever is the end of a scope that has none.
const forever = math.MaxUint64
