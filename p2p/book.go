package p2p

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
)

// BookStore keeps the address book over restarts: a small key-value space of this package's own.
type BookStore interface {
	Scan(prefix []byte, fn func(key, value []byte) error) error
	Apply(puts map[string][]byte, deletes [][]byte) error
}

const (
	// bookMax is how many peers are remembered, bookAddrs how many addresses of each.
	bookMax, bookAddrs = 512, 8

	// bookGroup is how many of them may be in one network (/16 of IPv4, /32 of IPv6): whoever owns one network
	// cannot fill the book, and so not choose whom we find after a restart. Addresses that aren't public are not
	// counted, there the operator knows the peers.
	bookGroup = 16

	// bookAfter is how long a member must have been connected to be remembered: peers that come and go write nothing.
	bookAfter = time.Minute

	// bookRenew is how often the last sight of a connected peer is written down; each write is a sync.
	bookRenew = time.Hour

	// bookForget is when a peer that was not seen any more is forgotten.
	bookForget = 14 * 24 * time.Hour
)

// book is the persistent address book: members that we have been connected with, for the next start and for when the
// present ones leave. One goroutine uses it.
type book struct {
	store BookStore // nil: in memory only
	peers map[peer.ID]entry
}

// entry is what is known of a peer; its JSON is the stored value.
type entry struct {
	Seen  time.Time `json:"seen"`
	Addrs []string  `json:"addrs"`
}

// openBook reads what is stored. An entry that cannot be read is forgotten: it can be found anew.
func openBook(store BookStore) (*book, error) {
	b := &book{store: store, peers: make(map[peer.ID]entry)}
	if store == nil {
		return b, nil
	}
	var broken [][]byte
	err := store.Scan(nil, func(key, value []byte) error {
		var e entry
		id, err := peer.IDFromBytes(key)
		if err != nil || json.Unmarshal(value, &e) != nil {
			broken = append(broken, slices.Clone(key))
			return nil
		}
		b.peers[id] = e
		return nil
	})
	if err == nil && len(broken) > 0 {
		err = store.Apply(nil, broken)
	}
	if err != nil {
		return nil, fmt.Errorf("p2p: address book: %w", err)
	}
	return b, nil
}

// note remembers that these peers are connected now, forgets those not seen for long and those beyond the limits, and
// writes down what has changed.
func (b *book) note(connected map[peer.ID][]multiaddr.Multiaddr, now time.Time) error {
	puts := make(map[string][]byte)
	for p, addrs := range connected {
		e := entry{Seen: now.UTC(), Addrs: texts(addrs)}
		old, known := b.peers[p]
		if len(e.Addrs) == 0 || known && now.Sub(old.Seen) < bookRenew && slices.Equal(old.Addrs, e.Addrs) {
			continue
		}
		value, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("p2p: address book: %w", err)
		}
		b.peers[p], puts[string(p)] = e, value
	}
	deletes := b.forget(now)
	for _, key := range deletes {
		delete(puts, string(key))
	}
	if b.store == nil || len(puts)+len(deletes) == 0 {
		return nil
	}
	if err := b.store.Apply(puts, deletes); err != nil {
		return fmt.Errorf("p2p: address book: %w", err)
	}
	return nil
}

// forget drops the oldest, first of each network, then of all.
func (b *book) forget(now time.Time) (keys [][]byte) {
	ids := make([]peer.ID, 0, len(b.peers))
	for p := range b.peers {
		ids = append(ids, p)
	}
	slices.SortFunc(ids, func(x, y peer.ID) int { // newest first
		if c := b.peers[y].Seen.Compare(b.peers[x].Seen); c != 0 {
			return c
		}
		return strings.Compare(string(x), string(y))
	})
	kept, groups := 0, make(map[netip.Prefix]int)
	for _, p := range ids {
		e := b.peers[p]
		g, grouped := e.group()
		if now.Sub(e.Seen) > bookForget || kept == bookMax || grouped && groups[g] == bookGroup {
			delete(b.peers, p)
			keys = append(keys, []byte(p))
			continue
		}
		kept++
		if grouped {
			groups[g]++
		}
	}
	return keys
}

// group is the network of the first public address.
func (e entry) group() (netip.Prefix, bool) {
	for _, a := range e.multiaddrs() {
		if ip, ok := addrOf(a); ok && scopeOf(ip) == public {
			bits := 32
			if ip.Is4() {
				bits = 16
			}
			return netip.PrefixFrom(ip, bits).Masked(), true
		}
	}
	return netip.Prefix{}, false
}

func (e entry) multiaddrs() (addrs []multiaddr.Multiaddr) {
	for _, s := range e.Addrs {
		if a, err := multiaddr.NewMultiaddr(s); err == nil {
			addrs = append(addrs, a)
		}
	}
	return addrs
}

func texts(addrs []multiaddr.Multiaddr) (all []string) {
	for _, a := range addrs {
		all = append(all, a.String())
	}
	slices.Sort(all) // an order that stays, since a change is written down
	all = slices.Compact(all)
	return all[:min(len(all), bookAddrs)]
}
