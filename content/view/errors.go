package view

import "errors"

// ErrCorrupt is answered by a follower that reads its own bytes and finds them
// wrong. Drop makes the view anew.
var ErrCorrupt = errors.New("view: corrupt")

// errErased tells a step that something was erased while it was looked at; it
// looks again.
var errErased = errors.New("view: erased meanwhile")
