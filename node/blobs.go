package node

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/dustin/go-humanize"
	"github.com/prometheus/client_golang/prometheus"

	"metanet/content/blob"
	"metanet/identity"
	"metanet/node/quota"
	"metanet/node/session"
)

// blobBudgets reads the settings about room for blobs.
func (c *Config) blobBudgets() (b blob.Budgets, err error) {
	for _, s := range []struct {
		name, text string
		to         *int64
	}{
		{"blobs-local", c.BlobsLocal, &b.Local},
		{"blobs-remote", c.BlobsRemote, &b.Remote},
		{"blobs-cached", c.BlobsCached, &b.Cached},
		{"low-disk", c.LowDisk, &b.LowDisk},
	} {
		if *s.to, err = parseBytes(s.text); err != nil {
			return b, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return b, nil
}

// parseBytes reads "16GiB", "500MB", a number, or "none", which is -1; nothing is 0.
func parseBytes(text string) (int64, error) {
	switch text {
	case "":
		return 0, nil
	case "none":
		return -1, nil
	}
	n, err := humanize.ParseBytes(text)
	if err != nil || n == 0 || n > math.MaxInt64 {
		return 0, fmt.Errorf("%q is not a size such as 16GiB, nor \"none\"", text)
	}
	return int64(n), nil
}

func (n *Node) blobOptions() blob.Options {
	budgets, err := n.cfg.blobBudgets()
	if err != nil {
		panic("node: settings that were never checked: " + err.Error())
	}
	return blob.Options{Budgets: budgets, Member: n.isMember, Allowed: n.mayKeepBlobs}
}

// BlobStatus is the room for blobs, as `metanet status` shows it.
type BlobStatus struct {
	Local   Room `json:"local"`   // uploaded or imported here
	Remote  Room `json:"remote"`  // fetched for people elsewhere
	Cached  Room `json:"cached"`  // thumbnails
	LowDisk bool `json:"lowDisk"` // nothing is fetched until the disk has room
}

// Room is bytes used of a budget.
type Room struct {
	Bytes  int64  `json:"bytes"`
	Budget *int64 `json:"budget,omitempty"` // none: no limit
}

func blobStatus(u blob.Usage) BlobStatus {
	room := func(bytes, budget int64) Room {
		if budget < 0 {
			return Room{Bytes: bytes}
		}
		return Room{bytes, &budget}
	}
	b := u.Budgets
	return BlobStatus{room(u.Local, b.Local), room(u.Remote, b.Remote), room(u.Cached, b.Cached), u.LowDisk}
}

// registerBlobMetrics tells how much of each budget is used.
func (n *Node) registerBlobMetrics() {
	used := func(of string, bytes func(blob.Usage) int64) {
		n.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "metanet_blob_bytes", Help: "Bytes of blobs held, by what they count against.", ConstLabels: prometheus.Labels{"budget": of},
		}, func() float64 {
			u, err := n.blobs.Usage(context.Background())
			if err != nil {
				return math.NaN()
			}
			return float64(bytes(u))
		}))
	}
	used("local", func(u blob.Usage) int64 { return u.Local })
	used("remote", func(u blob.Usage) int64 { return u.Remote })
	used("cached", func(u blob.Usage) int64 { return u.Cached })
}

// mayKeepBlobs is asked once the node runs, when there are quotas.
func (n *Node) mayKeepBlobs(_ identity.DID, bytes int64) error {
	return n.quotas.Allow(quota.BlobBytes, uint64(bytes))
}

// isMember is asked once the node runs, when there are sessions.
func (n *Node) isMember(ctx context.Context, did identity.DID) (bool, error) {
	_, err := n.sessions.Account(ctx, did)
	if errors.Is(err, session.ErrNoAccount) {
		return false, nil
	}
	return err == nil, err
}
