package p2p

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// waits reports whether publishing would wait.
func (c *pacer) waits(t *testing.T) bool {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := c.wait(ctx)
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	return err != nil
}

func TestPacerFollowsTheMajority(t *testing.T) {
	c := newPacer()
	fill := func(p peer.ID) {
		for range paceFull {
			c.queued(p)
		}
	}
	if c.waits(t) {
		t.Error("waits for nobody")
	}
	for i := range 3 {
		c.add(peer.ID(fmt.Sprint(i)))
	}
	fill("stranger")
	fill("0")
	if c.waits(t) {
		t.Error("waits for one of three")
	}
	fill("1")
	if !c.waits(t) {
		t.Error("doesn't wait for two of three")
	}
	c.sent("1")
	if c.waits(t) {
		t.Error("waits for a peer with room")
	}
	c.queued("1")
	if !c.waits(t) {
		t.Error("doesn't wait for a peer that is full again")
	}
	c.remove("0")
	if c.waits(t) {
		t.Error("waits for one of two")
	}
	c.remove("2")
	if !c.waits(t) {
		t.Error("doesn't wait for the only one")
	}
	c.add("1") // a new stream, an empty queue
	if c.waits(t) {
		t.Error("waits for a queue that was thrown away")
	}
}

func TestPacerWakes(t *testing.T) {
	c := newPacer()
	c.add("a")
	for range paceFull {
		c.queued("a")
	}
	began := time.Now()
	if err := c.wait(t.Context()); err != nil || time.Since(began) < paceWait {
		t.Errorf("waited %v, %v", time.Since(began), err)
	}
	woken := make(chan error)
	go func() { woken <- c.wait(context.WithoutCancel(t.Context())) }()
	c.sent("a")
	if err := receive(t, "woken", woken); err != nil {
		t.Error(err)
	}
}
