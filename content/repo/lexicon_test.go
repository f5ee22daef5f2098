package repo

import (
	"bytes"
	"errors"
	"maps"
	"path/filepath"
	"testing"

	"metanet/content/record"
)

// TestRealValues: real records come through JSON unharmed, and what today's
// Lexicons say of records from early 2023 stays what it is.
func TestRealValues(t *testing.T) {
	catalog, err := record.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/*.car")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, file := range files {
		records, _, err := collect(readFile(t, filepath.Base(file)))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if r.Err == nil {
				seen[verdict(t, catalog, r)]++
				throughJSON(t, r)
				refs := record.Inspect(r.Value)
				seen["blobs"] += len(refs.Blobs)
				count(seen, "replies", !refs.Parent.IsZero() && !refs.Root.IsZero())
				count(seen, "subjects", !refs.Subject.IsZero() && refs.Subject.CID.Defined() || refs.SubjectName != "")
				count(seen, "dated", !refs.CreatedAt.IsZero())
			}
		}
	}
	want := map[string]int{
		"fits": 143, "does not fit": 51,
		"blobs": 84, "replies": 19,
		"subjects": 60 + 15 + 8 + 2, // likes, reposts, follows
		"dated":    194 - 2,         // all but the profiles
	}
	if !maps.Equal(seen, want) {
		t.Errorf("%v, want %v", seen, want)
	}
}

func count(seen map[string]int, what string, ok bool) {
	if ok {
		seen[what]++
	}
}

func verdict(t *testing.T, catalog *record.Catalog, r Record) string {
	switch err := catalog.Check(r.Path, r.Value); {
	case err == nil:
		return "fits"
	case errors.Is(err, record.ErrUnknownType):
		return "unknown"
	default: // blobs without $type, every one
		return "does not fit"
	}
}

func throughJSON(t *testing.T, r Record) {
	json, err := record.ValueToJSON(r.Value)
	if err != nil {
		t.Errorf("%s: %v", r.Key, err)
	}
	if back, err := record.JSONToValue(json); err != nil || !bytes.Equal(back, r.Value) {
		t.Errorf("%s: %s: %v", r.Key, json, err)
	}
}
