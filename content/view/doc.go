// Package view keeps entries that are derived from the visible records by
// following the feed of changes, behind the commits instead of within them: what
// people can wait a moment for, so that a post costs its author no more for it.
//
// A View says what one visible record gives; its Follower keeps those entries
// true. The position reached in the feed is written in the batch that writes the
// entries, so that after a crash nothing is missing and nothing is there twice.
// How far a view is behind is known (State), and a view whose rules have changed
// drops itself and follows the feed from its beginning again.
//
// It owns the families view and view.entries of content/store, and of the others
// that it is told of the keys that Derive gives. It does not know what entries mean,
// nor what a visible record is (content/store); the packages beneath it each own
// one view and answer what is asked of it.
//
// # How entries go
//
// A record that was replaced or deleted cannot say any more which entries it
// gave. So the keys of a path's entries are kept beside them, by path, and
// whenever the feed names a path, its old entries go and those of what people see
// there now come. That depends on nothing but the present state, so that it
// does not matter how often or in which order a path is named. What is erased has
// no place in the feed; the Follower is the store's Eraser and takes those entries
// away in the batch that erases the record.
//
// # Reading
//
// Entries are behind the records: a reader asks content/index for each record that
// an entry names, and passes over what is no longer there.
package view
