package town

import (
	"bytes"
	"context"
	"testing"
	"time"

	"metanet/identity/plc"
)

func small() Plan {
	return Plan{Records: 3000, People: 60, Silent: 10, Span: time.Hour,
		Readers: []Reader{{Popular, 7}, {Random, 7}, {Quiet, 7}, {Mute, 7}}}
}

// TestTheSame: a record is a function of the plan and its number, whatever was
// made before, so that building can go on where it stopped.
func TestTheSame(t *testing.T) {
	one, err := New(context.Background(), small())
	if err != nil {
		t.Fatal(err)
	}
	other, err := New(context.Background(), small())
	if err != nil {
		t.Fatal(err)
	}
	paths := map[string]bool{}
	for i := range one.Records {
		a, err := one.Record(i)
		if err != nil {
			t.Fatal(err)
		}
		from := one.Records - 1 - i // the other way round
		b, err := other.Record(from)
		if err != nil {
			t.Fatal(err)
		}
		again, err := one.Record(from)
		if err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Fatalf("record %d differs: %v", from, err)
		}
		path := a.DID.String() + "/" + a.Path.String()
		if paths[path] {
			t.Fatalf("record %d: %s is written twice", i, path)
		}
		paths[path] = true
	}
}

// TestNames: names are proved as everybody's are, and followed by readers.
func TestNames(t *testing.T) {
	town, err := New(context.Background(), small())
	if err != nil {
		t.Fatal(err)
	}
	for person, want := range town.names {
		r, err := town.Record(person)
		if err != nil {
			t.Fatal(err)
		}
		if name, _, err := plc.Verify(r.Value, DID(person)); err != nil || name != want {
			t.Fatalf("person %d is %s, want %s: %v", person, name, want, err)
		}
	}
	if len(town.edges) != 28 {
		t.Fatalf("%d follows of readers", len(town.edges))
	}
}
