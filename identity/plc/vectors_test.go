package plc

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// genesis reads the first operation of an audit log and the name it claims.
func genesis(t *testing.T, path string) (name string, op *Operation, err error) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var log []struct {
		DID       string
		Operation json.RawMessage
	}
	if err := json.Unmarshal(b, &log); err != nil || len(log) == 0 {
		t.Fatalf("%s: not an audit log: %v", path, err)
	}
	d := json.NewDecoder(strings.NewReader(string(log[0].Operation)))
	d.DisallowUnknownFields()
	return log[0].DID, op, d.Decode(&op)
}

func logs(t *testing.T, kind string) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/did-plc/" + kind + "/*.json")
	if err != nil || len(paths) != 10 {
		t.Fatalf("%d %s logs, want 10 (%v)", len(paths), kind, err)
	}
	return paths
}

// A later entry of these logs is what is wrong with them; their genesis is sound.
var soundGenesis = map[string]bool{
	"log_invalid_nullification_reused_key.json": true,
	"log_invalid_nullification_too_slow.json":   true,
	"log_invalid_update_nullified.json":         true,
	"log_invalid_update_tombstoned.json":        true,
}

func TestPublishedNamesAndSignatures(t *testing.T) {
	for _, path := range logs(t, "valid") {
		name, op, err := genesis(t, path)
		if filepath.Base(path) == "log_legacy_dholms.json" {
			// A legacy "create" operation has other fields and cannot list a did:ethr.
			if err == nil {
				t.Errorf("%s: a legacy operation was read", path)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if err := op.checkSignature(); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if op.Name().String() != name {
			t.Errorf("%s: named %s, want %s", path, op.Name(), name)
		}
	}
}

func TestPublishedInvalidSignatures(t *testing.T) {
	for _, path := range logs(t, "invalid") {
		name, op, err := genesis(t, path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		err = op.checkSignature()
		if soundGenesis[filepath.Base(path)] {
			if err != nil || op.Name().String() != name {
				t.Errorf("%s: %s, %v; want %s", path, op.Name(), err, name)
			}
		} else if !errors.Is(err, ErrInvalidSignature) {
			t.Errorf("%s: got %v, want an invalid signature", path, err)
		}
	}
}

// Published operations name no did:ethr, and some have duplicate keys or no
// services: none of them binds an identity.
func TestPublishedOperationsBindNobody(t *testing.T) {
	for _, path := range append(logs(t, "valid"), logs(t, "invalid")...) {
		if _, op, err := genesis(t, path); err == nil && op.check() == nil {
			t.Errorf("%s: accepted as a binding", path)
		}
	}
}
