package carry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ipfs/go-cid"

	"metanet/content/archive"
	"metanet/content/blob"
	"metanet/content/car"
	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/ingest"
	"metanet/node/resign"
)

// bringPage is how many records of an archive are taken through the door at once.
const bringPage = 256

// bringing is one archive of ours on its way in.
type bringing struct {
	*Carrier
	did    identity.DID
	tally  *Tally
	page   []*record.Bundle
	stands []resign.Stand // the lapsed keys, whose records are signed again
	signer record.Signer  // nil: there is no key here to sign them with
	added  time.Time      // when the chain added the signer's key
	wanted map[cid.Cid]bool
}

// bringArchive takes in an archive of ours. Whatever is signed for this network by
// its owner's keys is theirs: the door checks that as it does for everybody.
func (c *Carrier) bringArchive(ctx context.Context, did identity.DID, r io.Reader, t *Tally) error {
	in, err := archive.NewReader(r)
	if err != nil {
		return err
	}
	if h := in.Head(); h.Network != c.cfg.Network {
		return fmt.Errorf("%w: the archive is of network %s", ErrOthers, h.Network)
	} else if h.DID != did {
		return fmt.Errorf("%w: the archive is of %s", ErrOthers, h.DID)
	}
	b := &bringing{Carrier: c, did: did, tally: t, wanted: make(map[cid.Cid]bool)}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	for {
		item, err := in.Next()
		if errors.Is(err, io.EOF) {
			return b.flush(ctx)
		}
		if err != nil {
			return errors.Join(err, b.flush(ctx)) // what came whole is good
		}
		switch {
		case item.Record != nil:
			err = b.record(ctx, item.Record)
		case item.Blob != nil:
			err = b.blob(ctx, item.Blob)
		case item.Document != nil:
			err = b.document(ctx, *item.Document)
		}
		if err != nil {
			return err
		}
	}
}

// prepare finds out what can be signed again, and with which key. That takes the
// home: elsewhere it would be done in vain.
func (b *bringing) prepare(ctx context.Context) error {
	keys, home, err := b.cfg.Identities.Keys(ctx, b.did)
	if err != nil {
		return fmt.Errorf("carry: %w", err)
	}
	if home == 0 || home != b.cfg.Server() {
		return nil
	}
	signer, err := b.cfg.Hosted.Signer(ctx, b.did)
	if err != nil {
		return nil // not authorised: records of lapsed keys stay hidden, and the tally says so
	}
	b.signer, b.stands = signer, resign.Lapsed(keys, b.cfg.Now())
	for _, k := range keys {
		if k.Key == signer.Public() {
			b.added = time.Unix(int64(k.AddedAt), 0)
		}
	}
	return nil
}

func (b *bringing) record(ctx context.Context, r *record.Bundle) error {
	switch {
	case r.DID != b.did:
		b.tally.leave("records of others", 1)
		return nil
	case r.Path == record.DeparturePath: // an import never deletes
		b.tally.leave("an earlier deletion of the account", 1)
		return nil
	}
	if r.Value != nil {
		for _, ref := range record.Inspect(r.Value).Blobs {
			b.wanted[ref.CID] = true
		}
	}
	if b.page = append(b.page, r); len(b.page) < bringPage {
		return nil
	}
	return b.flush(ctx)
}

// flush takes a page through the door, and signs again what lapsed keys signed.
func (b *bringing) flush(ctx context.Context) error {
	if len(b.page) == 0 {
		return nil
	}
	page := b.page
	b.page = nil
	candidates := make([]ingest.Candidate, len(page))
	for i, r := range page {
		candidates[i] = ingest.Candidate{Origin: ingest.Sync, From: "archive of " + string(b.did), Bundle: r}
	}
	results, err := b.cfg.Door.Submit(ctx, candidates)
	if err != nil {
		return err
	}
	for i, r := range results {
		b.tally.take(page[i].Path.String(), r)
	}
	if b.signer != nil && len(b.stands) > 0 {
		if err := b.resign(ctx, page); err != nil {
			return err
		}
	}
	return b.countHidden(page)
}

func (b *bringing) resign(ctx context.Context, page []*record.Bundle) error {
	var lapsed []*record.Bundle
	for _, r := range page {
		for _, s := range b.stands {
			if r.Key == s.Key {
				lapsed = append(lapsed, r)
			}
		}
	}
	job := resign.Job{DID: b.did, Stands: b.stands, Signer: b.signer, AddedAt: b.added}
	again := resign.Resigner{Store: b.cfg.Store, Door: b.cfg.Door, Network: b.cfg.Network, Skew: b.cfg.Skew}
	done, err := again.Bring(ctx, job, lapsed)
	b.tally.Refused += done.Refused
	return err
}

// countHidden counts the paths of a page at which nothing counts.
func (b *bringing) countHidden(page []*record.Bundle) error {
	last := record.Path{}
	for _, r := range page {
		if r.Path == last {
			continue
		}
		last = r.Path
		state, err := store.Records(b.cfg.Store, b.did, r.Path)
		if errors.Is(err, store.ErrNotFound) {
			continue // waiting, or refused
		}
		if err != nil {
			return fmt.Errorf("carry: %w", err)
		}
		counts := false
		for i := range state {
			counts = counts || state[i].Standing.Counts()
		}
		if !counts {
			b.tally.Hidden++
		}
	}
	return nil
}

// document gives a document to the part that wrote its like; that of a part which
// this server lacks means nothing here.
func (b *bringing) document(ctx context.Context, d archive.Document) error {
	for _, p := range b.cfg.Parts {
		if p.Name() != d.Name {
			continue
		}
		err := p.Import(ctx, b.did, d.Data)
		if errors.Is(err, ErrDocument) {
			b.tally.note("%s: %v", d.Name, err)
			return nil
		}
		return err
	}
	return nil
}

// beyondQuota is why files are left out for which the person has no room left.
const beyondQuota = "files beyond your quota"

// blob takes a blob that a record of the archive refers to. Others would be swept
// again, and until then be room that anybody could take.
func (b *bringing) blob(ctx context.Context, block *car.Block) error {
	if !b.wanted[block.CID] {
		b.tally.leave("files that no record refers to", 1)
		return nil
	}
	if _, err := b.cfg.Blobs.Stat(ctx, block.CID); err == nil {
		return nil
	}
	_, err := b.cfg.Blobs.PutFor(ctx, b.did, block, 0)
	switch {
	case errors.Is(err, blob.ErrQuota):
		b.tally.leave(beyondQuota, 1)
		return nil
	case errors.Is(err, blob.ErrTooLarge):
		b.tally.leave("files that are too large", 1)
		return nil
	case err != nil:
		return err
	}
	b.tally.Blobs++
	return nil
}
