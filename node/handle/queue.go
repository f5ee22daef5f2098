package handle

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/index"
	"metanet/content/store"
	"metanet/identity"
)

// Two key families in the keeper's space:
//
//	S did              → Status (JSON): what is known of the identity's handle
//	D lane due did     → nothing: when it is to be asked for, new ones first
const (
	tagStatus byte = 'S'
	tagDue    byte = 'D'
)

// Those who wait for their first verdict go before those whose verdict is only
// looked at again: a crowd of unproven handles must not hold up new people.
const (
	laneNew   byte = 0
	laneAgain byte = 1
)

const (
	// recheck is how long a verdict on a valid handle is good (AT's own servers
	// ask again within a day).
	recheck = 24 * time.Hour
	// retryFirst doubles up to recheck while a handle is not proved.
	retryFirst = time.Minute
	// minGap lies between two questions about one identity, however often it
	// rewrites its claim: nobody makes this node hammer somebody else's domain.
	minGap = 3 * time.Second
	// grace is how long a proved handle stays so while nobody answers.
	grace = 72 * time.Hour
	// maxEpisodes bounds what is remembered of one identity's handles.
	maxEpisodes = 32
)

// Status is what this node knows of one identity's handle.
type Status struct {
	Handle  syntax.Handle     `json:"handle,omitempty"` // as claimed at the last check
	State   index.HandleState `json:"state"`
	By      Method            `json:"by,omitempty"`
	Reason  string            `json:"reason,omitempty"`
	Checked time.Time         `json:"checked,omitzero"`
	Proved  time.Time         `json:"proved,omitzero"` // when it was last found valid
	Next    time.Time         `json:"next"`
	Fresh   bool              `json:"fresh,omitempty"` // asked for anew, so before others
	Tries   int               `json:"tries,omitempty"` // since it was last valid
	History []Episode         `json:"history,omitempty"`
}

// Episode is a time in which this node found the same of the same handle.
type Episode struct {
	Handle syntax.Handle     `json:"handle"`
	State  index.HandleState `json:"state"`
	By     Method            `json:"by,omitempty"`
	Since  time.Time         `json:"since"`
	Until  time.Time         `json:"until"` // the last check that still found it so
}

// learn takes a verdict in. What was proved outlasts grace of silence.
func (s *Status) learn(c Claim, v Verdict, now time.Time) {
	if s.Handle != c.Handle {
		s.Handle, s.State, s.By, s.Proved, s.Tries = c.Handle, index.HandleUnproven, "", time.Time{}, 0
	}
	s.Checked, s.Reason, s.Fresh = now, v.Reason, false
	switch {
	case v.State == index.HandleValid:
		s.State, s.By, s.Proved, s.Tries = v.State, v.By, now, 0
	case !v.Definite && s.State == index.HandleValid && now.Sub(s.Proved) < grace:
		s.Tries++
	default:
		s.State, s.By = v.State, v.By
		s.Tries++
	}
	s.Next = now.Add(s.wait(c.DID))
	s.remember(now)
}

// wait is until the next check, spread by DID so that they don't come together.
func (s *Status) wait(did identity.DID) time.Duration {
	wait := recheck
	if s.Tries > 0 {
		wait = min(recheck, retryFirst<<min(s.Tries-1, 11))
	}
	h := fnv.New32a()
	h.Write([]byte(did))
	return wait - wait/10*time.Duration(h.Sum32()%1000)/1000
}

func (s *Status) remember(now time.Time) {
	if n := len(s.History); n > 0 {
		last := &s.History[n-1]
		if last.Handle == s.Handle && last.State == s.State && last.By == s.By {
			last.Until = now
			return
		}
	}
	s.History = append(s.History, Episode{s.Handle, s.State, s.By, now, now})
	s.History = s.History[max(0, len(s.History)-maxEpisodes):]
}

// queue keeps statuses in the order in which they are due.
type queue struct{ space *store.Space }

func statusKey(did identity.DID) []byte { return append([]byte{tagStatus}, did...) }

func lane(s *Status) byte {
	if s.Fresh {
		return laneNew
	}
	return laneAgain
}

func dueKey(lane byte, at time.Time, did identity.DID) []byte {
	key := binary.BigEndian.AppendUint64([]byte{tagDue, lane}, uint64(max(at.UnixMilli(), 0)))
	return append(key, did...)
}

const dueHead = 2 + 8

// get is what is known; found is false if nothing is.
func (q queue) get(did identity.DID) (s Status, found bool, err error) {
	b, found, err := q.space.Get(statusKey(did))
	if err != nil || !found {
		return Status{}, false, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return Status{}, false, fmt.Errorf("handle: corrupt status of %s: %w", did, err)
	}
	return s, true, nil
}

// change rewrites one status and its place in the order, in one durable step.
func (q queue) change(did identity.DID, fn func(s *Status)) (after Status, err error) {
	err = q.space.Update(func(b *store.SpaceBatch) error {
		var s Status
		old, found, err := b.Get(statusKey(did))
		if err != nil {
			return err
		}
		if found {
			if err := json.Unmarshal(old, &s); err != nil {
				return fmt.Errorf("handle: corrupt status of %s: %w", did, err)
			}
			if err := b.Delete(dueKey(lane(&s), s.Next, did)); err != nil {
				return err
			}
		}
		fn(&s)
		after = s
		value, err := json.Marshal(s)
		if err != nil {
			return err
		}
		if err := b.Put(statusKey(did), value); err != nil {
			return err
		}
		return b.Put(dueKey(lane(&s), s.Next, did), nil)
	})
	return after, err
}

// forget removes what is known of an identity.
func (q queue) forget(did identity.DID) error {
	return q.space.Update(func(b *store.SpaceBatch) error {
		var s Status
		old, found, err := b.Get(statusKey(did))
		if err != nil || !found {
			return err
		}
		if err := json.Unmarshal(old, &s); err != nil {
			return fmt.Errorf("handle: corrupt status of %s: %w", did, err)
		}
		if err := b.Delete(dueKey(lane(&s), s.Next, did)); err != nil {
			return err
		}
		return b.Delete(statusKey(did))
	})
}

// due lists up to limit identities whose time has come.
func (q queue) due(now time.Time, limit int) (dids []identity.DID, err error) {
	for _, lane := range []byte{laneNew, laneAgain} {
		err := q.space.ScanRange([]byte{tagDue, lane}, dueKey(lane, now.Add(time.Millisecond), ""), func(key, _ []byte) (bool, error) {
			if len(dids) == limit {
				return false, nil
			}
			dids = append(dids, identity.DID(key[dueHead:]))
			return true, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return dids, nil
}
