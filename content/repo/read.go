package repo

import (
	"fmt"
	"io"

	"github.com/ipfs/go-cid"

	"metanet/content/record"
	"metanet/content/record/dagcbor"
)

// Record is what the tree holds under one key.
type Record struct {
	Key   string      // as in the tree; empty for a part of the tree that is missing
	Path  record.Path // of Key, unless Err says that it is none
	CID   cid.Cid     // of the value, or of the missing node
	Value []byte
	Err   error // nil, or why this cannot be a record: ErrMissing, or an error of package record
}

// Summary tells about a file as a whole.
type Summary struct {
	Commit  Commit
	Records int // visited with Err nil
	Bad     int // visited with an Err
	// Former counts, by $type, values in the file that the commit's tree does not
	// hold: what the author deleted or replaced, left over from earlier commits.
	Former map[string]int
}

// ReadCAR calls visit for every record of the commit that is the file's root, in
// the order of their keys. Blocks are all read and checked before the first
// call. An error of visit ends it and is returned.
func ReadCAR(r io.Reader, visit func(Record) error) (*Summary, error) {
	root, all, err := readBlocks(r, MaxCAR)
	if err != nil {
		return nil, err
	}
	commit, err := readCommit(root, all)
	if err != nil {
		return nil, err
	}
	s := &Summary{Commit: *commit}
	current := map[cid.Cid]bool{}
	report := func(rec Record) error {
		if rec.Err != nil {
			s.Bad++
		} else {
			s.Records++
		}
		current[rec.CID] = true
		return visit(rec)
	}
	w := walk{
		blocks: all,
		entry: func(key []byte, value cid.Cid) error {
			return report(recordAt(string(key), value, all))
		},
		missing: func(node cid.Cid) error {
			return report(Record{CID: node, Err: fmt.Errorf("%w: part of the tree", ErrMissing)})
		},
	}
	if err := w.root(commit.Data); err != nil {
		return nil, err
	}
	s.Former = former(all, current)
	return s, nil
}

// recordAt judges one entry of the tree.
func recordAt(key string, value cid.Cid, all blocks) Record {
	rec := Record{Key: key, CID: value}
	if rec.Path, rec.Err = record.ParsePath(key); rec.Err != nil {
		return rec
	}
	block, ok := all[value]
	if !ok {
		rec.Err = ErrMissing
		return rec
	}
	if value.Type() != cid.DagCBOR {
		rec.Err = fmt.Errorf("%w: %s is not DAG-CBOR", record.ErrValue, value)
		return rec
	}
	rec.Value, rec.Err = block, record.CheckRecord(rec.Path, block)
	return rec
}

// former counts the values that are not current.
func former(all blocks, current map[cid.Cid]bool) map[string]int {
	types := map[string]int{}
	for c, block := range all {
		if current[c] || c.Type() != cid.DagCBOR || record.CheckValue(block) != nil {
			continue
		}
		types[string(dagcbor.Node(block).Get("$type").Text())]++
	}
	return types
}
