package carry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/content/blob"
	"metanet/content/mastodon"
	"metanet/content/record"
	"metanet/content/repo"
	"metanet/identity"
)

const (
	collectionFollow = syntax.NSID("app.bsky.graph.follow")
	collectionBlock  = syntax.NSID("app.bsky.graph.block")
)

// batch collects values and puts them in pages.
type batch struct {
	*Carrier
	did    identity.DID
	tally  *Tally
	values []Value
	size   int
}

// A page of values is this many, or this many bytes.
const (
	batchValues = 256
	batchBytes  = 4 << 20
)

func (b *batch) add(ctx context.Context, v Value) error {
	b.values, b.size = append(b.values, v), b.size+len(v.Value)
	if len(b.values) < batchValues && b.size < batchBytes {
		return nil
	}
	return b.flush(ctx)
}

func (b *batch) flush(ctx context.Context) error {
	if len(b.values) == 0 {
		return nil
	}
	kept, err := b.Put(ctx, b.did, b.values)
	if err != nil {
		return err
	}
	for i, k := range kept {
		b.tally.take(b.values[i].Path.String(), k.Result)
	}
	b.values, b.size = nil, 0
	return nil
}

// bringRepo takes in the CAR file of an AT repository: values as they are, so with
// the same CIDs.
func (c *Carrier) bringRepo(ctx context.Context, did identity.DID, r io.Reader, t *Tally) error {
	b := &batch{Carrier: c, did: did, tally: t}
	summary, err := repo.ReadCAR(r, func(rec repo.Record) error {
		if rec.Err != nil {
			t.Refused++
			t.note("%s: %v", rec.Key, rec.Err)
			return nil
		}
		return b.add(ctx, Value{rec.Path, rec.Value})
	})
	if err != nil {
		return err
	}
	for _, n := range summary.Former {
		t.leave("values that their author had deleted or replaced", n)
	}
	return b.flush(ctx)
}

// fromMastodon is one of Mastodon's archives on its way in.
type fromMastodon struct {
	batch
	name    identity.ATName
	archive *mastodon.Archive
	posts   []mastodon.Post
	refs    map[string]mastodon.Thread // by ActivityPub id: a post as a parent
	blobs   map[string]record.BlobRef  // by path in the archive
}

// bringMastodon takes in the public posts of an archive, with their media.
func (c *Carrier) bringMastodon(ctx context.Context, did identity.DID, file *os.File, size int64, t *Tally, report func(int64)) error {
	name, _, err := c.cfg.Accounts.Binding(ctx, did)
	if err != nil {
		return err
	}
	m := &fromMastodon{
		batch: batch{Carrier: c, did: did, tally: t}, name: name,
		refs: make(map[string]mastodon.Thread), blobs: make(map[string]record.BlobRef),
	}
	if m.archive, err = mastodon.Open(file, size); err != nil {
		return err
	}
	posts, left, err := m.archive.Posts()
	if err != nil {
		return err
	}
	for reason, n := range left {
		t.leave(reason, n)
	}
	m.posts = posts
	if err := m.bringMedia(ctx); err != nil {
		return err
	}
	for i := range posts {
		if err := m.post(ctx, &posts[i]); err != nil {
			return err
		}
		report(size / int64(len(posts))) // the file is read several times: posts tell how far it is
	}
	return m.flush(ctx)
}

// bringMedia puts the files that new posts show into the blob store, in the order
// of the archive.
func (m *fromMastodon) bringMedia(ctx context.Context) error {
	wanted := make(map[string]bool)
	for i := range m.posts {
		if len(m.posts[i].Media) == 0 {
			continue
		}
		if top, err := m.top(m.did, m.posts[i].Path()); err != nil {
			return err
		} else if top != nil {
			continue
		}
		for _, media := range m.posts[i].Media {
			wanted[media.Path] = true
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	return m.archive.Each(func(name string, _ int64, r io.Reader) error {
		if !wanted[name] {
			return ctx.Err()
		}
		ref, err := m.cfg.Blobs.PutFor(ctx, m.did, r, 0)
		switch {
		case errors.Is(err, blob.ErrTooLarge):
			m.tally.leave("files that are too large", 1)
			return nil
		case errors.Is(err, blob.ErrQuota):
			m.tally.leave(beyondQuota, 1)
			return nil
		case err != nil:
			return err
		}
		m.tally.Blobs++
		m.blobs[name] = record.BlobRef{CID: ref.CID, MIME: ref.MIME, Size: ref.Size, DAG: ref.DAG}
		return nil
	})
}

// post makes one post. Parents come before what answers them: posts are in the
// order of their times.
func (m *fromMastodon) post(ctx context.Context, p *mastodon.Post) error {
	path := p.Path()
	top, err := m.top(m.did, path)
	if err != nil {
		return err
	}
	if top != nil { // of an earlier import, or deleted since
		if top.Bundle.Deletes() {
			m.tally.Kept++
			return nil
		}
		m.tally.Same++
		refs := record.Inspect(top.Bundle.Value)
		thread := m.place(p, path, top.Bundle.Value)
		if !refs.Root.IsZero() {
			thread.Root = mastodon.Ref{URI: refs.Root.URI, CID: refs.Root.CID}
			m.refs[p.ID] = thread
		}
		return nil
	}
	var thread *mastodon.Thread
	if parent, here := m.refs[p.InReplyTo]; here && p.InReplyTo != "" {
		thread = &parent
	}
	value, omitted, err := p.Value(thread, m.blobs)
	m.tally.leave("media that cannot be shown, or is not in the archive", omitted)
	switch {
	case errors.Is(err, mastodon.ErrEmpty):
		m.tally.leave("posts with nothing left to show", 1)
		return nil
	case errors.Is(err, record.ErrTooLarge):
		m.tally.leave("posts that are too long", 1)
		return nil
	case err != nil:
		m.tally.Refused++
		m.tally.note("%s: %v", p.ID, err)
		return nil
	}
	self := m.place(p, path, value)
	if thread != nil {
		self.Root = thread.Root
		m.refs[p.ID] = self
	}
	return m.add(ctx, Value{path, value})
}

// place notes a post as one that others may answer.
func (m *fromMastodon) place(p *mastodon.Post, path record.Path, value []byte) mastodon.Thread {
	ref := mastodon.Ref{URI: syntax.ATURI("at://" + string(m.name) + "/" + path.String()), CID: record.Sum(value)}
	m.refs[p.ID] = mastodon.Thread{Parent: ref, Root: ref}
	return m.refs[p.ID]
}

// bringList takes in a list of people: those who are known here are followed, or
// blocked, from now on. Records are public, so blocks are only taken when asked for.
func (c *Carrier) bringList(ctx context.Context, did identity.DID, list mastodon.List, r io.Reader, t *Tally) error {
	addresses, bad, err := mastodon.ReadCSV(r)
	if err != nil {
		return err
	}
	t.leave("lines that are no addresses", bad)
	collection := collectionFollow
	if list == mastodon.Blocks {
		collection = collectionBlock
	}
	self, _, err := c.cfg.Accounts.Binding(ctx, did)
	if err != nil {
		return err
	}
	b, seen := &batch{Carrier: c, did: did, tally: t}, map[identity.ATName]bool{self: true}
	for _, address := range addresses {
		user, domain, _ := strings.Cut(address, "@")
		name, err := c.cfg.Accounts.Find(ctx, user, domain)
		switch {
		case err != nil:
			return err
		case name == "":
			t.leave("people who are not known here", 1)
			t.note("not known here: %s", address)
			continue
		case seen[name]:
			continue
		}
		seen[name] = true
		if has, err := c.cfg.Accounts.Has(ctx, did, collection, name); err != nil {
			return err
		} else if has {
			t.Same++
			continue
		}
		if err := b.relate(ctx, collection, name); err != nil {
			return err
		}
	}
	return b.flush(ctx)
}

func (b *batch) relate(ctx context.Context, collection syntax.NSID, name identity.ATName) error {
	value, err := record.EncodeValue(map[string]any{
		"$type": string(collection), "subject": string(name), "createdAt": b.cfg.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		record.FieldSalt: record.NewSalt(), record.FieldImported: map[string]any{"source": "mastodon"},
	})
	if err != nil {
		return fmt.Errorf("carry: %w", err)
	}
	return b.add(ctx, Value{record.Path{Collection: collection, Key: syntax.RecordKey(b.cfg.Clock.Next())}, value})
}
