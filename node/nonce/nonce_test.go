package nonce

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestNonce(t *testing.T) {
	clock := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	n := New(func() time.Time { return clock })
	text, expires := n.Issue("a")
	if got := expires.Sub(clock); got != TTL {
		t.Errorf("good for %s", got)
	}
	want := func(what string, got, want error) {
		t.Helper()
		if !errors.Is(got, want) || want == nil && got != nil {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	want("fresh", n.Check(text, "a"), nil)
	want("for another purpose", n.Use(text, "b"), ErrUnknown)
	want("in another spelling", n.Use(strings.ToUpper(text), "a"), ErrUnknown)
	want("of another server", New(func() time.Time { return clock }).Use(text, "a"), ErrUnknown)
	want("used", n.Use(text, "a"), nil)
	want("used twice", n.Use(text, "a"), ErrUnknown)
	want("checked after use", n.Check(text, "a"), ErrUnknown)
	n.Restore(text)
	want("used after being restored", n.Use(text, "a"), nil)
	n.Sweep()
	want("used after a sweep", n.Use(text, "a"), ErrUnknown)
	clock = clock.Add(TTL)
	want("late", n.Use(text, "a"), ErrExpired)
	n.Sweep()
	if len(n.used) != 0 {
		t.Error("used nonces are kept for ever")
	}
}

func TestUseRace(t *testing.T) {
	n := New(time.Now)
	text, _ := n.Issue("")
	var won atomic.Int32
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			if n.Use(text, "") == nil {
				won.Add(1)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d uses of one nonce", won.Load())
	}
}

func TestUsedNoncesAreBounded(t *testing.T) {
	clock := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	n := New(func() time.Time { return clock })
	for i := range maxUsed {
		n.used[fmt.Sprint(i)] = clock.Add(time.Minute)
	}
	text, _ := n.Issue("")
	if err := n.Use(text, ""); !errors.Is(err, ErrBusy) {
		t.Fatalf("one too many: %v", err)
	}
	clock = clock.Add(time.Minute)
	if err := n.Use(text, ""); err != nil || len(n.used) != 1 {
		t.Errorf("with room again: %v, %d kept", err, len(n.used))
	}
}

func FuzzNonce(f *testing.F) {
	n := New(time.Now)
	issued, _ := n.Issue("a")
	f.Add("")
	f.Add(strings.Repeat("a", len(issued)))
	f.Fuzz(func(t *testing.T, s string) {
		if n.Check(s, "a") == nil && s != issued {
			t.Fatalf("%q was never given out", s)
		}
	})
}
