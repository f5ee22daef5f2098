package repo

import (
	"errors"

	"metanet/content/car"
)

var (
	// ErrCAR: the file is no CARv1, or a block isn't what its CID says.
	ErrCAR = errors.New("repo: damaged CAR file")
	// ErrCommit: the root is not a commit of format 2 or 3, or not in the file.
	ErrCommit = errors.New("repo: no usable commit")
	// ErrTree: a node of the search tree breaks the tree's rules.
	ErrTree = errors.New("repo: damaged search tree")
	// ErrTooLarge: over MaxCAR or MaxBlock.
	ErrTooLarge = car.ErrTooLarge
	// ErrMissing is in Record.Err: the tree names a block that the file doesn't have.
	ErrMissing = errors.New("repo: not in the file")
)
