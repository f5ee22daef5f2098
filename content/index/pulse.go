package index

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"metanet/content/store"
)

// pulse is when an author wrote last: nothing in their feed is newer. It may say
// too late a time, of what was deleted since or never applied; that costs a seek.
type pulse struct {
	id     authorID
	newest atomic.Int64 // microseconds, as raised
	loaded atomic.Bool  // what was there before it was watched has been seen
}

// Times of a pulse beside real ones.
const (
	never  int64 = -1
	always int64 = 1<<63 - 1
)

// last is a time that nothing of the author's is after.
func (p *pulse) last() int64 {
	if !p.loaded.Load() {
		return always
	}
	return p.newest.Load()
}

func (p *pulse) raise(at int64) {
	for old := p.newest.Load(); old < at && !p.newest.CompareAndSwap(old, at); old = p.newest.Load() {
	}
}

// pulses watches authors whom remembered circles follow, and names that nobody has
// proved yet, whose time comes when somebody does.
//
// An author is watched first and looked up then, in a snapshot taken after: a
// commit before is in that snapshot, one on its way is in coming, and one after
// raises the pulse itself. So none is missed, and nothing is ever lowered.
type pulses struct {
	mu     sync.Mutex
	known  map[authorID]*pulse
	round  uint64 // how often all were forgotten
	coming map[authorID]int64
	batch  *store.Batch // the one that is being built
}

// watchedAuthors bounds pulses, at about 120 bytes each: 16 MB. Who comes when it
// is full has all forgotten, and every circle looks anew.
const watchedAuthors = 1 << 17

func newPulses() *pulses {
	return &pulses{known: make(map[authorID]*pulse), coming: make(map[authorID]int64)}
}

// wrote says that b gives the author an entry of that time.
func (s *pulses) wrote(b *store.Batch, id authorID, at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.batch != b {
		s.batch = b
		b.OnApplied(s.applied)
	}
	if old, ok := s.coming[id]; !ok || old < at {
		s.coming[id] = at
	}
	if p := s.known[id]; p != nil {
		p.raise(at)
	}
}

func (s *pulses) applied() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batch = nil
	clear(s.coming)
}

// watch gives the pulses of these, and the round they are of.
func (s *pulses) watch(ids []authorID) ([]*pulse, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known)+len(ids) > watchedAuthors {
		clear(s.known)
		s.round++
	}
	all := make([]*pulse, len(ids))
	for i, id := range ids {
		p := s.known[id]
		if p == nil {
			p = &pulse{id: id}
			p.newest.Store(never)
			if at, ok := s.coming[id]; ok {
				p.newest.Store(at)
			}
			s.known[id] = p
		}
		all[i] = p
	}
	return all, s.round
}

// current says whether pulses of that round are still told what is written.
func (s *pulses) current(round uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.round == round
}

// sight is a pulse, and the keys that show what it had before it was watched.
type sight struct {
	*pulse
	before store.Range
}

// load looks up what the pulses that are new had before they were watched.
func (x *Index) load(all []sight) error {
	fresh := slices.DeleteFunc(all, func(s sight) bool { return s.loaded.Load() })
	if len(fresh) == 0 {
		return nil
	}
	ranges := make([]store.Range, len(fresh))
	for i, s := range fresh {
		ranges[i] = s.before
	}
	snap, err := x.db.Snapshot()
	if err != nil {
		return err
	}
	err = snap.ScanEach(ranges, 1, func(i int, key, value []byte) (bool, error) {
		if fresh[i].id.isName() {
			fresh[i].raise(always)
			return true, nil
		}
		e, err := authorEntry(store.FamilyAuthorAll, key, value)
		fresh[i].raise(feedTime(e.at))
		return true, err
	})
	if err := errors.Join(err, snap.Close()); err != nil {
		return err
	}
	for _, s := range fresh {
		s.loaded.Store(true)
	}
	return nil
}

// feedTime is the time of a position as pulses have it.
func feedTime(at time.Time) int64 { return max(at.UnixMicro(), 0) }
