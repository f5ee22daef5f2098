package carry

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ipfs/go-cid"

	"metanet/content/archive"
	"metanet/content/blob"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
)

// exportPage is how many paths are read at a time: a reader who is slow must not
// hold a view of the whole store.
const exportPage = 256

// Export writes everything of an identity: its account's documents, all records
// that are kept of it with their envelopes (hidden ones and tombstones too, as in
// catch-up; not what was deleted), and the blobs that its visible records refer to.
// Blobs that are not here are left out; records tell which they are.
func (c *Carrier) Export(ctx context.Context, did identity.DID, w io.Writer) (archive.Counts, error) {
	out, err := archive.NewWriter(w, archive.Head{DID: did, Network: c.cfg.Network, Server: c.cfg.Domain, Created: c.cfg.Now()})
	if err != nil {
		return archive.Counts{}, err
	}
	for _, p := range c.cfg.Parts {
		documents, err := p.Export(ctx, did)
		if err != nil {
			return out.Counts(), fmt.Errorf("carry: %s: %w", p.Name(), err)
		}
		for _, data := range documents {
			if err := out.Document(archive.Document{Name: p.Name(), Data: data}); err != nil {
				return out.Counts(), err
			}
		}
	}
	blobs, err := c.exportRecords(ctx, did, out)
	if err != nil {
		return out.Counts(), err
	}
	for _, id := range blobs {
		if err := c.exportBlob(ctx, id, out); err != nil {
			return out.Counts(), err
		}
	}
	return out.Counts(), out.Close()
}

func (c *Carrier) exportRecords(ctx context.Context, did identity.DID, out *archive.Writer) (blobs []cid.Cid, err error) {
	seen := make(map[cid.Cid]bool)
	for after := (record.Path{}); ; {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var page []store.Stored
		paths := 0
		err := store.States(c.cfg.Store, did, after, func(state []store.Stored) (bool, error) {
			page, after, paths = append(page, state...), state[0].Bundle.Path, paths+1
			return paths < exportPage, nil
		})
		if err != nil {
			return nil, fmt.Errorf("carry: %w", err)
		}
		for _, s := range page {
			if s.Buried {
				continue
			}
			if err := out.Record(s.Bundle); err != nil {
				return nil, err
			}
			if !s.Standing.Counts() || s.Bundle.Value == nil {
				continue
			}
			for _, ref := range record.Inspect(s.Bundle.Value).Blobs {
				if !seen[ref.CID] {
					seen[ref.CID], blobs = true, append(blobs, ref.CID)
				}
			}
		}
		if paths < exportPage {
			return blobs, nil
		}
	}
}

func (c *Carrier) exportBlob(ctx context.Context, id cid.Cid, out *archive.Writer) error {
	ref, err := c.cfg.Blobs.Stat(ctx, id)
	if errors.Is(err, blob.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	r, err := c.cfg.Blobs.Open(ctx, id)
	if errors.Is(err, blob.ErrNotFound) {
		return nil // swept in between
	}
	if err != nil {
		return err
	}
	return errors.Join(out.Blob(id, ref.Size, r), r.Close())
}
