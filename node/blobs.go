package node

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/dustin/go-humanize"

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
