package repo

import (
	"fmt"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/ipfs/go-cid"

	"metanet/content/record/dagcbor"
)

// Commit is the signed root of a repository.
type Commit struct {
	CID     cid.Cid
	DID     syntax.DID
	Version int
	Rev     syntax.TID // empty in format 2
	Data    cid.Cid    // the root of the search tree
	Prev    cid.Cid    // the commit before, if it says
	Sig     []byte
}

func readCommit(c cid.Cid, all blocks) (*Commit, error) {
	block, ok := all[c]
	if !ok {
		return nil, fmt.Errorf("%w: %s is not in the file", ErrCommit, c)
	}
	if err := dagcbor.Check(block); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCommit, err)
	}
	n := dagcbor.Node(block)
	version, _ := n.Get("version").Int()
	if version != 2 && version != 3 {
		return nil, fmt.Errorf("%w: format %d", ErrCommit, version)
	}
	commit := &Commit{CID: c, Version: int(version), Sig: n.Get("sig").Bytes()}
	var err error
	if commit.DID, err = syntax.ParseDID(string(n.Get("did").Text())); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCommit, err)
	}
	if commit.Data, err = cid.Cast(n.Get("data").Link()); err != nil {
		return nil, fmt.Errorf("%w: data: %w", ErrCommit, err)
	}
	if prev := n.Get("prev").Link(); prev != nil {
		if commit.Prev, err = cid.Cast(prev); err != nil {
			return nil, fmt.Errorf("%w: prev: %w", ErrCommit, err)
		}
	}
	if version == 3 {
		if commit.Rev, err = syntax.ParseTID(string(n.Get("rev").Text())); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCommit, err)
		}
	}
	return commit, nil
}
