package view_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/content/view"
	"metanet/content/view/search"
	"metanet/content/view/viewtest"
)

// TestScrubbed: what somebody wrote is in no file any more once it is erased and
// scrubbed, not even as the words by which it was found.
func TestScrubbed(t *testing.T) {
	dir := t.TempDir()
	db, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &viewtest.World{T: t, DB: db}
	defer func() { w.Must(db.Close()) }()
	f := view.Follow(db, search.View())
	w.Post(1, "gone", "unforgettable xylophonequartet", nil)
	w.Post(2, "stays", "harpsichordtrio", nil)
	w.Settle(f)
	if !onDisk(t, dir, "xylophonequartet") {
		t.Fatal("the test looks at nothing: the words are in no file")
	}
	w.Must(db.Erase(ctx, viewtest.DID(1), func(*record.Bundle) bool { return true }))
	w.Must(db.Scrub(ctx, viewtest.DID(1)))
	// Tables that were written anew are removed behind the caller's back.
	within, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for onDisk(t, dir, "xylophonequartet") {
		select {
		case <-within.Done():
			t.Fatal("a word of what was erased is on disk")
		case <-time.After(20 * time.Millisecond):
		}
	}
	if hits, _, err := search.New(db).Posts(ctx, search.Query{Text: "harpsichordtrio"}, "", 0); err != nil || len(hits) != 1 {
		t.Error("somebody else's are gone", hits, err)
	}
}

func onDisk(t *testing.T, dir, word string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err == nil && bytes.Contains(b, []byte(word)) {
			return true
		}
	}
	return false
}
