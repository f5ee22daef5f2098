package store

// LowOn reports whether fewer than so many bytes are free on the disk, for those
// who can do without writing before the store itself has to stop (Options.Reserve).
// A file system that does not tell has enough.
func (db *DB) LowOn(bytes int64) bool { return db.below(bytes) }
