package journal

import (
	"strings"
	"testing"
	"time"

	"metanet/content/store"
)

func TestJournal(t *testing.T) {
	db, err := store.Open("", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	open := func() (*Journal, error) { return Open(db.Space("journal"), func() time.Time { return clock }) }
	j, err := open()
	if err != nil {
		t.Fatal(err)
	}
	for _, subject := range []string{"a", "b"} {
		if _, err := j.Add(Entry{By: "operator", Action: "block", Subject: subject, Reason: "spam", Number: 99, Before: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if j, err = open(); err != nil { // a restart
		t.Fatal(err)
	}
	if _, err := j.Add(Entry{By: "operator", Action: "unblock", Subject: "a"}); err != nil {
		t.Fatal(err)
	}
	page, err := j.Page(1, 10)
	if err != nil || len(page) != 2 || page[0].Number != 2 || page[0].Subject != "b" || page[1].Action != "unblock" || !page[1].Time.Equal(clock) {
		t.Fatalf("%+v %v", page, err)
	}
	first, _ := j.Page(0, 1)
	if len(first) != 1 || first[0].Before != "" || page[0].Before == "" || page[0].Before == page[1].Before {
		t.Errorf("no chain: %+v %+v", first, page)
	}
	// Somebody changes the past.
	value, _, err := db.Space("journal").Get(key(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Space("journal").Put(key(1), []byte(strings.Replace(string(value), "spam", "ham", 1))); err != nil {
		t.Fatal(err)
	}
	if _, err := open(); err == nil {
		t.Error("a changed past is not noticed")
	}
}
