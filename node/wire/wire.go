// Package wire joins the parts that make a node one of its network: what the peer
// hears enters by the door, and what it is asked is read from the store.
//
// It decides nothing: verdicts are node/ingest's, what a stranger may ask for is
// p2p's and node/pull's.
package wire

import (
	"context"
	"log/slog"

	"github.com/libp2p/go-libp2p/core/peer"

	"metanet/content/store"
	"metanet/node/ingest"
	"metanet/node/pull"
	"metanet/p2p"
)

// Join has the peer serve what the store holds, and hand what it hears to the door,
// until it is closed.
func Join(p *p2p.Node, db *store.DB, door *ingest.Door, log *slog.Logger) error {
	p.ServePull(Changes{db})
	p.ServeAnswers(pull.Answers{Store: db}.Answer)
	return p.Subscribe(ear{p, door, log}.hear)
}

type ear struct {
	peer *p2p.Node
	door *ingest.Door
	log  *slog.Logger
}

// hear takes gossip through the door. What was rejected for a bad record beside
// good ones travels on without it.
func (e ear) hear(ctx context.Context, from peer.ID, shard int, data []byte) p2p.Verdict {
	verdict, remainder, err := e.door.Gossip(ctx, from.String(), data)
	if err != nil {
		e.log.Debug("gossip not taken", "from", from, "error", err)
		return p2p.Ignore
	}
	if remainder != nil {
		if err := e.peer.Publish(ctx, shard, remainder); err != nil {
			e.log.Debug("the good part of a bad message was not passed on", "error", err)
		}
	}
	switch verdict {
	case ingest.Accept:
		return p2p.Accept
	case ingest.Reject:
		return p2p.Reject
	default:
		return p2p.Ignore
	}
}

// pullPage is how many records are read at a time for a peer that catches up.
const pullPage = 256

// Changes serves the store's feed to peers that catch up.
type Changes struct{ Store *store.DB }

func (c Changes) Head(context.Context) (p2p.PullHead, error) {
	return p2p.PullHead{Store: p2p.StoreID(c.Store.ID()), Newest: c.Store.LastSeq()}, nil
}

// Changes sends every record that is held, hidden ones included: what counts is
// for each node to judge, and a key's end may be undone by a reorganisation. What
// lies under a tombstone isn't sent: it was deleted.
func (c Changes) Changes(ctx context.Context, _ peer.ID, after uint64, limit int, send func(p2p.Frame) error) (uint64, error) {
	for sent := 0; limit == 0 || sent < limit; {
		page := pullPage
		if limit > 0 {
			page = min(page, limit-sent)
		}
		entries, err := c.Store.Feed(after, page)
		if err != nil || len(entries) == 0 {
			return after, err
		}
		for _, e := range entries {
			if !e.Buried {
				if err := send(p2p.Frame{Seq: e.Seq, Payload: e.Bundle.Bytes()}); err != nil {
					return after, err
				}
			}
			after = e.Seq
		}
		sent += len(entries)
		if ctx.Err() != nil {
			return after, ctx.Err()
		}
	}
	return after, nil
}
