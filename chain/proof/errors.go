package proof

import "errors"

// ErrProof: the evidence does not show, from the trusted block, what it was
// given for. Returned by everything here that reads evidence; which part is
// wrong stands behind it.
var ErrProof = errors.New("proof: does not prove it")

// ErrDocument: the text is no document of this package.
var ErrDocument = errors.New("proof: not a proof document")
