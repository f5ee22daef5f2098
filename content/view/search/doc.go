// Package search is the view by which posts and people are found: by words in any
// form of their language, hashtags, people mentioned, author, language, sites linked
// to and media shown.
//
// It owns the families term and found of content/store: an inverted index. Each term
// has the list of the records that have it, newest first, and a query walks the
// lists of all its terms at once, each leaping to where the others are; so the rarest
// term decides what it costs, and pages follow each other without counting anything.
// A record is named in the lists by its place in the feed, eight bytes; found tells
// which it is.
//
// A word is kept twice: as it is written (folded), and as its stem in the languages
// that the post says it is in. Who looks for a word finds it as written whatever
// the language, and in all its forms in the languages that they ask for.
//
// The package knows no viewer: whom somebody does not want to see its readers filter.
package search
