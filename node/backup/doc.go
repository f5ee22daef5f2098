// Package backup keeps generations of a tree of files in a directory, each file's
// content once, named by its sha2-256. It owns that directory's form, copying into
// it and out of it, and what a crash leaves; it does not know what the files mean,
// nor how a tree that does not change meanwhile is come by.
//
//	DIR/metanet-backup          says what DIR is
//	DIR/lock                    held while a process uses DIR
//	DIR/objects/ab/abcd…        contents, by the hex of their sums
//	DIR/generations/TIME-SUM    manifests: which files, their sizes and sums
//
// # What a crash leaves
//
// A generation exists once its manifest has its name; before, all that it names is on
// disk and synced. What a run that was cut short has copied is found by its sum and
// not copied again; what no manifest names is removed by the next run that ends well.
// Old generations lose their manifests first, then what only they named.
//
// Nothing here is encrypted. Everything is readable by its owner only (0700, 0600).
package backup
