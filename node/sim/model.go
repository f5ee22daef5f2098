package sim

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// agree waits until every node holds what the model says.
func (w *world) agree(ctx context.Context) error {
	want := w.model()
	for began := time.Now(); ; time.Sleep(looksEvery) {
		var differs error
		for _, s := range w.sites {
			if err := s.differs(want); err != nil {
				differs = fmt.Errorf("node %d: %w", s.n, err)
				break
			}
		}
		if differs == nil {
			return nil
		}
		if time.Since(began) > patience || ctx.Err() != nil {
			return fmt.Errorf("sim: after %s without faults: %w", patience, differs)
		}
	}
}

// held is a path as a node must have it.
type held struct {
	bundle   []byte
	standing identity.Standing
}

// model is what everybody must hold: the last of each record, hidden if its key has
// ended. It looks at nothing but what was written.
func (w *world) model() map[string]held {
	want := make(map[string]held)
	for _, p := range w.people {
		standing := identity.Provisional
		if p.revoked {
			standing = identity.Unproven
		}
		for _, b := range p.written {
			want[at(b.DID, b.Path)] = held{b.Bytes(), standing}
		}
	}
	return want
}

func at(did identity.DID, path record.Path) string { return string(did) + "/" + path.String() }

// differs says how a node's store is not the model.
func (s *site) differs(want map[string]held) error {
	seen := 0
	err := store.Authors(s.db, func(did identity.DID) error {
		return store.States(s.db, did, record.Path{}, func(state []store.Stored) (bool, error) {
			seen++
			return true, compare(state, want)
		})
	})
	if err == nil && seen != len(want) {
		err = fmt.Errorf("has %d paths of %d", seen, len(want))
	}
	return err
}

func compare(state []store.Stored, want map[string]held) error {
	where := at(state[0].Bundle.DID, state[0].Bundle.Path)
	is, ok := want[where]
	switch {
	case !ok:
		return fmt.Errorf("%s was never written", where)
	case len(state) != 1:
		return fmt.Errorf("%s has %d records", where, len(state))
	case !bytes.Equal(state[0].Bundle.Bytes(), is.bundle):
		return fmt.Errorf("%s has another record", where)
	case state[0].Standing != is.standing:
		return fmt.Errorf("%s is %s, not %s", where, state[0].Standing, is.standing)
	}
	return nil
}
