// Package language turns text into the words by which it is found: Unicode's word
// boundaries (UAX #29), case and width folded, Latin and Greek letters without
// their accents, and the stems of some twenty languages (Snowball).
//
// It is pure. Which words an index keeps is its caller's matter; whoever changes
// what this package answers must raise the version of the views that use it.
package language
