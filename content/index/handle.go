package index

import (
	"context"
	"errors"
	"fmt"

	"metanet/content/store"
	"metanet/identity"

	"github.com/bluesky-social/indigo/atproto/syntax"
)

func handleKey(h syntax.Handle) store.Key { return store.NewKey(store.FamilyHandle).Text(string(h)) }

func handleOfKey(did identity.DID) store.Key { return store.NewKey(store.FamilyHandleOf).DID(did) }

// HandleState is what asking for a handle has shown.
type HandleState byte

const (
	HandleUnproven    HandleState = 0 // nobody says whose it is, or nobody was asked yet
	HandleValid       HandleState = 1 // both sides name each other
	HandleConflicting HandleState = 2 // its owner names somebody else, or several
)

var handleStates = [...]string{"unproven", "valid", "conflicting"}

func (s HandleState) String() string {
	if int(s) < len(handleStates) {
		return handleStates[s]
	}
	return "unknown"
}

// MarshalText writes what String writes.
func (s HandleState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what String writes.
func (s *HandleState) UnmarshalText(b []byte) error {
	for i, text := range handleStates {
		if text == string(b) {
			*s = HandleState(i)
			return nil
		}
	}
	return fmt.Errorf("index: no state of a handle: %q", b)
}

// SetHandle notes what resolving an identity's handle has shown. Only a verified
// handle finds its identity; it is taken from whoever had proved it before, since
// a name of the DNS belongs to who has it now. The handle "" forgets.
func (x *Index) SetHandle(ctx context.Context, did identity.DID, handle syntax.Handle, state HandleState) error {
	handle = handle.Normalize()
	return named(x.db.Update(ctx, func(b *store.Batch) error {
		if err := loseHandle(b, did); err != nil || handle == "" {
			return err
		}
		if state == HandleValid {
			if err := unproveOther(b, handle); err != nil {
				return err
			}
			b.Set(handleKey(handle), []byte(did))
		}
		writeHandleOf(b, did, handle, state)
		return nil
	}))
}

func writeHandleOf(b *store.Batch, did identity.DID, handle syntax.Handle, state HandleState) {
	b.Set(handleOfKey(did), store.NewKey(0)[:0].Byte(byte(state)).Text(string(handle)))
}

// loseHandle removes what was noted of an identity before.
func loseHandle(b *store.Batch, did identity.DID) error {
	handle, state, err := readHandleOf(b, did)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if state == HandleValid {
		b.Delete(handleKey(handle))
	}
	b.Delete(handleOfKey(did))
	return err
}

// unproveOther takes the handle from whoever has it: its owner now names another.
func unproveOther(b *store.Batch, handle syntax.Handle) error {
	other, err := didAt(b, handleKey(handle))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		writeHandleOf(b, other, handle, HandleConflicting)
	}
	return err
}

func readHandleOf(r store.Reader, did identity.DID) (handle syntax.Handle, state HandleState, err error) {
	b, err := r.Get(handleOfKey(did))
	if err != nil {
		return "", 0, err
	}
	p := store.ReadParts(b)
	state, handle = HandleState(p.Byte()), syntax.Handle(p.Text())
	if p.End() != nil || state > HandleConflicting {
		return "", 0, fmt.Errorf("%w: handle of %s", ErrCorrupt, did)
	}
	return handle, state, nil
}
