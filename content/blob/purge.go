package blob

import (
	"context"
	"errors"

	"metanet/content/store"
	"metanet/identity"

	"github.com/ipfs/go-cid"
)

// Purge removes blobs of somebody who has left at once, but those that somebody
// else's visible or withheld records refer to. It answers the keys of what it
// deleted, for store.DB.Scrub. Calling it again finishes what was cut short.
func (s *Store) Purge(ctx context.Context, did identity.DID, list []cid.Cid) (deleted []store.Key, err error) {
	for _, c := range list {
		d, err := digestOf(c)
		if err != nil {
			continue // no blob of ours can have that name
		}
		err = s.db.Reclaim(ctx, func(b *store.Batch) error {
			keys, err := s.purge(b, did, d)
			deleted = append(deleted, keys...)
			return err
		})
		if err != nil {
			return deleted, named(err)
		}
	}
	return deleted, nil
}

func (s *Store) purge(b *store.Batch, did identity.DID, d digest) ([]store.Key, error) {
	var mine [][]byte
	err := b.Scan(store.Prefix(holds(d).DID(did)), store.Forward, 0, func(key, _ []byte) (bool, error) {
		mine = append(mine, append([]byte(nil), key...))
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	for _, key := range mine {
		b.Delete(key)
	}
	h, err := readHeld(b, d)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, prefix := range []store.Key{refs(d), holds(d)} {
		if wanted, err := any1(b, prefix); err != nil || wanted {
			return nil, err
		}
	}
	root := d.cid(cid.Raw)
	if h.DAG.Defined() {
		root = h.DAG
	}
	t, err := s.walk(b, root)
	if err != nil {
		return nil, err
	}
	keys := []store.Key{blobKey(d)}
	for _, block := range t.blocks {
		keys = append(keys, blockKey(block))
	}
	err = b.Scan(store.Prefix(derived(d)), store.Forward, 0, func(key, _ []byte) (bool, error) {
		keys = append(keys, append(store.Key(nil), key...))
		return true, nil
	})
	if err == nil {
		_, err = s.remove(b, d, h)
	}
	return keys, err
}
