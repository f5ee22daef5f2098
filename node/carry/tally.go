package carry

import (
	"fmt"

	"metanet/node/ingest"
)

// maxNotes bounds what an import tells one by one; the rest is in the counts.
const maxNotes = 200

// Tally counts what became of an import's records.
type Tally struct {
	New     int `json:"new"`
	Same    int `json:"same"`    // here already
	Kept    int `json:"kept"`    // not replaced: written or deleted here since
	Flagged int `json:"flagged"` // of the new, those that misfit today's schemas
	Hidden  int `json:"hidden"`  // signed by keys that count no more
	Waiting int `json:"waiting"` // the chain does not know their key yet
	Refused int `json:"refused"`
	Blobs   int `json:"blobs"` // brought in
	// LeftOut counts what was not taken, by the reason.
	LeftOut map[string]int `json:"leftOut,omitempty"`
	Notes   []string       `json:"notes,omitempty"`
}

func (t *Tally) leave(reason string, n int) {
	if n == 0 {
		return
	}
	if t.LeftOut == nil {
		t.LeftOut = make(map[string]int)
	}
	t.LeftOut[reason] += n
}

func (t *Tally) note(format string, args ...any) {
	if len(t.Notes) < maxNotes {
		t.Notes = append(t.Notes, fmt.Sprintf(format, args...))
	}
}

// take counts one result; what names the record, for a refusal's note.
func (t *Tally) take(what string, r ingest.Result) {
	switch r.Status {
	case ingest.Admitted:
		t.New++
		if r.Remark != nil {
			t.Flagged++
		}
	case ingest.Duplicate:
		t.Same++
	case ingest.Superseded:
		t.Kept++
	case ingest.Waiting:
		t.Waiting++
	default:
		t.Refused++
		t.note("%s: %v", what, r.Err)
	}
}
