package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"metanet/content/store"
)

// One line a minute of each message tells of the disk, whoever meets it; other lines all pass.
func TestDiskLog(t *testing.T) {
	var out bytes.Buffer
	h := newDiskLog(slog.NewTextHandler(&out, nil))
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	say := func(h slog.Handler, text string, err error) {
		r := slog.NewRecord(at, slog.LevelError, text, 0)
		r.AddAttrs(slog.Int("n", 1), slog.Any("error", err))
		if err := h.Handle(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	full := fmt.Errorf("a write: %w", store.ErrNoSpace)
	for range 100 {
		say(h, "full", full)
		say(h.WithAttrs([]slog.Attr{slog.String("part", "x")}), "failing", store.ErrReadOnly)
		say(h, "other", errors.New("something else"))
	}
	at = at.Add(diskLogEvery)
	say(h.WithGroup("g"), "full", full)
	for text, want := range map[string]int{"msg=full": 2, "msg=failing": 1, "msg=other": 100} {
		if got := strings.Count(out.String(), text); got != want {
			t.Errorf("%s: %d lines, want %d", text, got, want)
		}
	}
}

// A part that waits for the disk is told by /readyz until it runs again.
func TestStalledPart(t *testing.T) {
	n := &Node{log: quiet}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	runs, done := 0, make(chan error, 1)
	go func() {
		done <- n.patient("follower", func(ctx context.Context) error {
			if runs++; runs == 1 {
				return fmt.Errorf("commit: %w", store.ErrNoSpace)
			}
			<-ctx.Done()
			return nil
		})(ctx)
	}()
	eventually(t, "it is told", func() bool { return n.stalled.Load() != nil })
	eventually(t, "it is over", func() bool { return n.stalled.Load() == nil })
	cancel()
	if err := <-done; err != nil || runs != 2 {
		t.Errorf("%d runs, %v", runs, err)
	}
}
