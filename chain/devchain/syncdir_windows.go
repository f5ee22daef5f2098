package devchain

// syncDir does nothing: Windows cannot sync a directory, NTFS journals renames.
func syncDir(string) error { return nil }
