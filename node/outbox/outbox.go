// Package outbox publishes this node's own records: durably, since it reads them
// from the store's change feed with a cursor of its own, so that what was
// acknowledged is published even if the process died in between.
//
// It knows which shards a record belongs to. It doesn't know the mesh (a
// [Publisher] does), and repeats nothing that came from others: gossip forwards
// that by itself, and catch-up fills what gossip loses.
package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

const (
	cursor = "gossip" // name of the feed cursor

	// LIMITS: sixteen records a message double the rate of one; more gain little
	// and delay the first.
	maxRecords = 16
	maxBytes   = 256 << 10 // well under the message limit of 1 MiB

	page = 512 // feed entries read at a time

	// maxNamed bounds the shards that a record goes to besides its author's, so
	// that naming the whole world in one post costs the network no more.
	maxNamed = 8

	// retry is how long to wait when the mesh refuses a message.
	retry = 2 * time.Second
)

// Publisher hands a message to the mesh.
type Publisher interface {
	Publish(ctx context.Context, shard int, message []byte) error
}

// Names finds the identity behind an AT name; ok is false if none is known.
type Names interface {
	DIDOf(name identity.ATName) (did identity.DID, ok bool, err error)
}

// Outbox publishes what this node's people write.
type Outbox struct {
	Store     *store.DB
	Names     Names
	Publisher Publisher
	Shards    int
	Logger    *slog.Logger
}

// Run publishes until ctx ends.
func (o *Outbox) Run(ctx context.Context) error {
	news, stop := o.Store.Watch()
	defer stop()
	for {
		more, err := o.Flush(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			o.Logger.Warn("publishing is delayed", "error", err)
			if !sleep(ctx, retry) {
				return nil
			}
		case !more:
			select {
			case <-news:
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// Flush publishes one page of the feed and moves the cursor behind it. It
// reports whether there may be more.
func (o *Outbox) Flush(ctx context.Context) (more bool, err error) {
	after, err := o.Store.Cursor(cursor)
	if err != nil {
		return false, fmt.Errorf("outbox: %w", err)
	}
	entries, err := o.Store.Feed(after, page)
	if err != nil || len(entries) == 0 {
		return false, err
	}
	messages, err := o.pack(entries)
	if err != nil {
		return false, err
	}
	for _, m := range messages {
		if err := o.Publisher.Publish(ctx, m.shard, record.EncodeMessage(m.bundles)); err != nil {
			return false, fmt.Errorf("outbox: %w", err)
		}
	}
	if err := o.Store.SetCursor(ctx, cursor, entries[len(entries)-1].Seq); err != nil {
		return false, fmt.Errorf("outbox: %w", err)
	}
	return true, nil
}

type message struct {
	shard   int
	bundles [][]byte
	size    int
}

// pack sorts the page's own records into messages, by shard, in order. What was
// deleted meanwhile isn't sent, its tombstone is.
func (o *Outbox) pack(entries []store.Stored) ([]*message, error) {
	var messages []*message
	open := make(map[int]*message)
	for _, e := range entries {
		if !e.Local || e.Buried {
			continue
		}
		shards, err := o.shardsOf(e.Bundle)
		if err != nil {
			return nil, err
		}
		raw := e.Bundle.Bytes()
		for _, shard := range shards {
			m := open[shard]
			if m == nil || len(m.bundles) == maxRecords || m.size+len(raw) > maxBytes {
				m = &message{shard: shard}
				open[shard] = m
				messages = append(messages, m)
			}
			m.bundles, m.size = append(m.bundles, raw), m.size+len(raw)
		}
	}
	return messages, nil
}

// shardsOf is the author's shard and those of the people that the record names,
// so that replies, likes and follows reach whoever follows their subject.
func (o *Outbox) shardsOf(b *record.Bundle) ([]int, error) {
	shards := []int{b.DID.Shard(o.Shards)}
	if b.Value == nil {
		return shards, nil
	}
	for _, name := range named(record.Inspect(b.Value)) {
		did, ok, err := o.Names.DIDOf(name)
		if err != nil {
			return nil, fmt.Errorf("outbox: %w", err)
		}
		if s := did.Shard(o.Shards); ok && !slices.Contains(shards, s) {
			shards = append(shards, s)
		}
	}
	return shards, nil
}

// named lists at most maxNamed people whom a value names.
func named(refs record.Refs) []identity.ATName {
	var names []identity.ATName
	add := func(name identity.ATName) {
		if name != "" && len(names) < maxNamed && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, ref := range []record.Ref{refs.Parent, refs.Root, refs.Subject, refs.Quote} {
		if name, err := identity.ParseATName(ref.URI.Authority().String()); err == nil {
			add(name)
		}
	}
	add(refs.SubjectName)
	for _, name := range refs.Mentions {
		add(name)
	}
	return names
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
