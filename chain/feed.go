package chain

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"metanet/identity"
)

// Changes tells what one step of the follower changed, after it was committed.
type Changes struct {
	Head       Block // the projection's, now
	Seq        uint64
	Identities []identity.DID
	Servers    []uint64
	Undone     bool // by rolling blocks back
	All        bool // a clean start: look at the whole feed again
}

func newChanges(chainID uint64, d *draft, undone bool) Changes {
	c := Changes{Head: d.cursor.block(), Seq: d.cursor.Seq, Undone: undone}
	for s := range d.touched {
		if a, ok := subject(s).identity(); ok {
			c.Identities = append(c.Identities, identity.NewDID(chainID, a))
		} else {
			c.Servers = append(c.Servers, subject(s).server())
		}
	}
	return c
}

func (s subject) identity() (a identity.Address, ok bool) {
	if len(s) != 1+len(a) || s[0] != identitySubject {
		return a, false
	}
	return identity.Address(s[1:]), true
}

func (s subject) server() uint64 {
	if len(s) != 1+8 || s[0] != serverSubject {
		return 0
	}
	return binary.BigEndian.Uint64(s[1:])
}

// Subscribe calls w after each commit that changed something, on the follower's
// goroutine: w must be quick. It misses what happened while the process was
// down; who must not miss anything keeps a cursor in Feed and takes the calls as
// wake-ups. The function returned ends the subscription.
func (f *Follower) Subscribe(w func(Changes)) (cancel func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := f.watched
	f.watched++
	f.watchers[id] = w
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watchers, id)
	}
}

func (f *Follower) tell(c Changes) {
	f.mu.Lock()
	watchers := make([]func(Changes), 0, len(f.watchers))
	for _, w := range f.watchers {
		watchers = append(watchers, w)
	}
	f.mu.Unlock()
	for _, w := range watchers {
		w(c)
	}
}

// FeedItem says that a subject's state was last changed (by events or by undoing
// them) at this place in the feed. Exactly one of DID and Server is set.
type FeedItem struct {
	Seq    uint64
	DID    identity.DID
	Server uint64
}

// Feed lists what has changed since after, oldest change first, each subject
// once, at its latest change. Who keeps the last Seq seen, durably, misses
// nothing, not even rollbacks and clean starts.
func (f *Follower) Feed(after uint64, limit int) ([]FeedItem, error) {
	var items []FeedItem
	start := feedFamily.key(be64(after + 1))
	err := f.raw.ScanRange(start, prefixEnd(feedFamily.key()), func(k, v []byte) (bool, error) {
		item := FeedItem{Seq: binary.BigEndian.Uint64(k[1:])}
		s := subject(bytes.Clone(v))
		if a, ok := s.identity(); ok {
			item.DID = identity.NewDID(f.contracts.ChainID, a)
		} else if item.Server = s.server(); item.Server == 0 {
			return false, fmt.Errorf("%w: feed entry %x", ErrCorruptState, v)
		}
		items = append(items, item)
		return len(items) < limit, nil
	})
	if err != nil {
		return nil, fmt.Errorf("chain: feed: %w", err)
	}
	return items, nil
}
