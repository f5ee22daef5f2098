package store

import (
	"fmt"

	"metanet/content/record"
	"metanet/identity"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
)

func readState(r Reader, key Key) ([]Stored, error) {
	b, err := r.Get(key)
	if err != nil {
		return nil, err
	}
	return decodeState(b)
}

// Record is what people see under a path, or ErrNotFound.
func Record(r Reader, did identity.DID, path record.Path) (*Stored, error) {
	state, err := readState(r, recordKey(did, path))
	if err != nil {
		return nil, err
	}
	if v := visible(state); v != nil {
		return v, nil
	}
	return nil, ErrNotFound
}

// Records is everything kept under a path, of each signing key, hidden ones and
// tombstones included; ErrNotFound if there never was anything.
func Records(r Reader, did identity.DID, path record.Path) ([]Stored, error) {
	return readState(r, recordKey(did, path))
}

// ListOptions choose a page of List.
type ListOptions struct {
	After   syntax.RecordKey // the last key of the page before, "" to begin
	Reverse bool             // in falling order of record keys
	Limit   int
}

// listEffort bounds how many deleted and hidden paths a page passes over.
const listEffort = 4096

// List is what people see of one collection, by record key. next is where the
// following page begins (ListOptions.After), "" at the end. A page may be shorter
// than its limit and still have a next one, where much was deleted.
func List(r Reader, did identity.DID, collection syntax.NSID, o ListOptions) (page []Stored, next syntax.RecordKey, err error) {
	all := Prefix(NewKey(FamilyRecord).DID(did).Text(string(collection)))
	order := Forward
	if o.Reverse {
		order = Reverse
	}
	if o.After != "" {
		from := recordKey(did, record.Path{Collection: collection, Key: o.After})
		if o.Reverse {
			all.End = from
		} else {
			all = all.After(from)
		}
	}
	effort := 0
	err = r.Scan(all, order, 0, func(key, value []byte) (bool, error) {
		state, err := decodeState(append([]byte(nil), value...))
		if err != nil {
			return false, err
		}
		effort++
		if v := visible(state); v != nil {
			page = append(page, *v)
		}
		if len(page) >= o.Limit || effort >= listEffort {
			next = state[0].Bundle.Path.Key
			return false, nil
		}
		return true, nil
	})
	return page, next, err
}

// Collections is the collections in which an identity has or had records, in
// order.
func Collections(r Reader, did identity.DID) (collections []syntax.NSID, err error) {
	all := Prefix(NewKey(FamilyRecord).DID(did))
	for found := true; found; {
		found = false
		err = r.Scan(all, Forward, 1, func(key, _ []byte) (bool, error) {
			k := ReadKey(FamilyRecord, key)
			k.DID()
			c := syntax.NSID(k.Text())
			collections, found = append(collections, c), true
			all.Start = NewKey(FamilyRecord).DID(did).Text(string(c)).Next()
			return false, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return collections, nil
}

func valueKey(e *record.Envelope) Key {
	return NewKey(FamilyValue).Digest(digestOf(e.CID)).DID(e.DID).Path(e.Path)
}

// digestOf is the sha2-256 in a CID; all CIDs of records have one.
func digestOf(c cid.Cid) [32]byte {
	h, err := multihash.Decode(c.Hash())
	if err != nil || len(h.Digest) != 32 {
		panic("store: CID without sha2-256: " + c.String())
	}
	return [32]byte(h.Digest)
}

// Value is the value of that content address, if a visible record has it, or
// ErrNotFound.
func Value(r Reader, digest [32]byte) ([]byte, error) {
	var value []byte
	err := r.Scan(Prefix(NewKey(FamilyValue).Digest(digest)), Forward, 1, func(key, _ []byte) (bool, error) {
		k := ReadKey(FamilyValue, key)
		k.Digest()
		did, path := k.DID(), k.Path()
		s, err := Record(r, did, path)
		if err != nil {
			return false, fmt.Errorf("%w: %s/%s is not the record of its value: %w", ErrCorrupt, did, path, err)
		}
		value = s.Bundle.Value
		return false, nil
	})
	if err == nil && value == nil {
		err = ErrNotFound
	}
	return value, err
}
