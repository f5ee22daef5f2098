package block

import (
	"errors"
	"strings"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

const alice = "did:ethr:0x7a69:0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"

func TestSubjects(t *testing.T) {
	for _, good := range []string{alice, "server:1", "server:18446744073709551615", "at://" + alice + "/app.bsky.feed.post/3jzfcijpj2z2a"} {
		s, err := ParseSubject(good)
		if err != nil || s.String() != good {
			t.Errorf("%s: %v %v", good, s, err)
		}
	}
	for _, bad := range []string{
		"", "server:", "server:0", "server:01", "server:-1", "server:1.5", "alice.example.org", "did:plc:bwl3pmsass7b2yjnr3lfzq7q", strings.ToUpper(alice),
		alice + "/app.bsky.feed.post/3jzfcijpj2z2a", "at://" + alice, "at://" + alice + "/app.bsky.feed.post", "at://alice.example.org/app.bsky.feed.post/x",
	} {
		if s, err := ParseSubject(bad); !errors.Is(err, ErrSubject) {
			t.Errorf("%q: %v %v", bad, s, err)
		}
	}
}

func TestList(t *testing.T) {
	db, err := store.Open("", store.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	open := func() *List {
		l, err := Open(db.Space("blocks"), func() time.Time { return clock })
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	l := open()
	did := identity.DID(alice)
	path := record.Path{Collection: "app.bsky.feed.post", Key: "3jzfcijpj2z2a"}
	home := func() (uint64, error) { return 7, nil }
	never := func() (uint64, error) { t.Error("the chain is asked for nothing"); return 0, nil }
	if _, blocked, err := l.Person(did, never); blocked || err != nil {
		t.Error(blocked, err)
	}
	if _, err := l.Add(Subject{DID: did}, "operator", ""); !errors.Is(err, ErrReason) {
		t.Error("without a reason:", err)
	}
	subjects := []Subject{{DID: did, Path: path}, {Server: 7}, {DID: did}}
	for _, s := range subjects {
		if _, err := l.Add(s, "operator", "spam"); err != nil {
			t.Fatal(err)
		}
		clock = clock.Add(time.Second)
	}
	l = open() // a restart
	if all := l.All(); len(all) != 3 || all[0].Subject != subjects[0] || all[2].Reason != "spam" || all[1].By != "operator" {
		t.Fatalf("%+v", all)
	}
	if b, blocked, err := l.Person(did, never); !blocked || err != nil || b.Name != alice {
		t.Errorf("the person: %+v %v %v", b, blocked, err)
	}
	if err := l.Remove(Subject{DID: did}); err != nil {
		t.Fatal(err)
	}
	if b, blocked, err := l.Person(did, home); !blocked || err != nil || b.Name != "server:7" {
		t.Errorf("by server: %+v %v %v", b, blocked, err)
	}
	if _, _, err := l.Person(did, func() (uint64, error) { return 0, errors.New("the store is down") }); err == nil {
		t.Error("an unknown home passes as unblocked")
	}
	if _, blocked := l.Record(did, path); !blocked {
		t.Error("the record")
	}
	for _, s := range subjects[:2] {
		if err := l.Remove(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Remove(subjects[0]); !errors.Is(err, ErrNotBlocked) {
		t.Error("twice:", err)
	}
	if _, blocked, _ := l.Person(did, never); blocked || len(open().All()) != 0 {
		t.Error("blocked after all was taken back")
	}
}
