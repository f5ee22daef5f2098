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

// SetHandle notes what resolving an identity's handle has shown. Only a verified
// handle finds its identity; it is taken from whoever had proved it before, since
// a name of the DNS belongs to who has it now. The handle "" forgets.
func (x *Index) SetHandle(ctx context.Context, did identity.DID, handle syntax.Handle, verified bool) error {
	handle = handle.Normalize()
	return named(x.db.Update(ctx, func(b *store.Batch) error {
		if err := loseHandle(b, did); err != nil || handle == "" {
			return err
		}
		if verified {
			if err := unproveOther(b, handle); err != nil {
				return err
			}
			b.Set(handleKey(handle), []byte(did))
		}
		writeHandleOf(b, did, handle, verified)
		return nil
	}))
}

func writeHandleOf(b *store.Batch, did identity.DID, handle syntax.Handle, verified bool) {
	value := store.NewKey(0)[:0].Byte(0).Text(string(handle))
	if verified {
		value[0] = 1
	}
	b.Set(handleOfKey(did), value)
}

// loseHandle removes what was noted of an identity before.
func loseHandle(b *store.Batch, did identity.DID) error {
	handle, verified, err := readHandleOf(b, did)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if verified {
		b.Delete(handleKey(handle))
	}
	b.Delete(handleOfKey(did))
	return err
}

// unproveOther makes the handle unproved for whoever has it.
func unproveOther(b *store.Batch, handle syntax.Handle) error {
	other, err := didAt(b, handleKey(handle))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		writeHandleOf(b, other, handle, false)
	}
	return err
}

func readHandleOf(r store.Reader, did identity.DID) (handle syntax.Handle, verified bool, err error) {
	b, err := r.Get(handleOfKey(did))
	if err != nil {
		return "", false, err
	}
	p := store.ReadParts(b)
	verified, handle = p.Byte() == 1, syntax.Handle(p.Text())
	if p.End() != nil {
		return "", false, fmt.Errorf("%w: handle of %s", ErrCorrupt, did)
	}
	return handle, verified, nil
}
