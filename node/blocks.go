package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"metanet/content/record"
	"metanet/content/store"
	"metanet/identity"
	"metanet/node/block"
	"metanet/node/ingest"
	"metanet/node/journal"
	"metanet/node/session"
)

// blocker carries out the operator's blocks: it answers the door, which withholds
// what is blocked, and sign-in; and has records judged anew when the list changes.
type blocker struct{ *Node }

// byOperator is who decides, as long as a server has one operator.
const byOperator = "operator"

// Blocked implements ingest.Blocks.
func (b blocker) Blocked(ctx context.Context, did identity.DID, path record.Path) error {
	if why, blocked, err := b.person(ctx, did); err != nil || blocked {
		return errors.Join(err, refusal(ingest.ErrBlocked, why, blocked))
	}
	why, blocked := b.blocks.Record(did, path)
	return refusal(ingest.ErrBlocked, why, blocked)
}

// Barred implements session.Config's.
func (b blocker) Barred(ctx context.Context, did identity.DID) error {
	why, blocked, err := b.person(ctx, did)
	return errors.Join(err, refusal(session.ErrBarred, why, blocked))
}

func refusal(sentinel error, why block.Block, blocked bool) error {
	if !blocked {
		return nil
	}
	return fmt.Errorf("%w: %s: %s", sentinel, why.Name, why.Reason)
}

func (b blocker) person(ctx context.Context, did identity.DID) (block.Block, bool, error) {
	return b.blocks.Person(did, func() (uint64, error) {
		id, err := b.anchor.follower.Identity(ctx, did)
		return id.Home, err
	})
}

func (b blocker) Blocks() []block.Block { return b.blocks.All() }

func (b blocker) Journal(after uint64, limit int) ([]journal.Entry, error) {
	return b.journal.Page(after, limit)
}

// Block writes the decision down, puts it on the list, from which moment nothing
// new comes in, and then hides what is here.
func (b blocker) Block(ctx context.Context, s block.Subject, reason string) (entry block.Block, err error) {
	if reason == "" {
		return entry, block.ErrReason
	}
	err = b.decide(ctx, "block", s, reason, func() error {
		entry, err = b.blocks.Add(s, byOperator, reason)
		return err
	})
	return entry, err
}

// Unblock shows again what was kept, and reads from peers what was refused meanwhile.
func (b blocker) Unblock(ctx context.Context, s block.Subject, reason string) error {
	err := b.decide(ctx, "unblock", s, reason, func() error { return b.blocks.Remove(s) })
	if err != nil {
		return err
	}
	return b.records.Restart()
}

// pendingBlock is the key, in the space "node", of the subject whose records are
// being judged anew.
var pendingBlock = []byte("block/pending")

func (b blocker) decide(ctx context.Context, action string, s block.Subject, reason string, change func() error) error {
	b.blocking.Lock()
	defer b.blocking.Unlock()
	ctx = context.WithoutCancel(ctx) // once written down it is carried out
	if action == "unblock" && !b.isBlocked(s) {
		return fmt.Errorf("%w: %s", block.ErrNotBlocked, s)
	}
	if _, err := b.journal.Add(journal.Entry{By: byOperator, Action: action, Subject: s.String(), Reason: reason}); err != nil {
		return err
	}
	if err := b.store.Space("node").Put(pendingBlock, []byte(s.String())); err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	return b.judgeAgain(ctx, s)
}

func (b blocker) isBlocked(s block.Subject) bool {
	for _, have := range b.blocks.All() {
		if have.Subject == s {
			return true
		}
	}
	return false
}

// judgeAgain brings what people see, and who is signed in, in line with the list.
func (b blocker) judgeAgain(ctx context.Context, s block.Subject) error {
	people, err := b.concerned(ctx, s)
	if err != nil {
		return err
	}
	for _, did := range people {
		if b.Barred(ctx, did) != nil {
			if err := b.sessions.EndAll(ctx, did); err != nil {
				return err
			}
		}
		if err := b.door.Recount(ctx, did); err != nil {
			return err
		}
	}
	return b.store.Space("node").Delete(pendingBlock)
}

// concerned is whose records or sign-ins a subject may be about.
func (b blocker) concerned(ctx context.Context, s block.Subject) (people []identity.DID, err error) {
	if s.Server == 0 {
		return []identity.DID{s.DID}, nil
	}
	atHome := func(did identity.DID) error {
		id, err := b.anchor.follower.Identity(ctx, did)
		if err == nil && id.Home == s.Server {
			people = append(people, did)
		}
		return err
	}
	if err := store.Authors(b.store, atHome); err != nil {
		return nil, err
	}
	err = b.sessions.Accounts(ctx, func(a session.Account) error { return atHome(a.DID) })
	return people, err
}

// resumeBlocks finishes what a crash cut short.
func (n *Node) resumeBlocks(ctx context.Context) error {
	name, found, err := n.store.Space("node").Get(pendingBlock)
	if err != nil || !found {
		return err
	}
	s, err := block.ParseSubject(string(bytes.Clone(name)))
	if err != nil {
		return err
	}
	n.blocking.Lock()
	defer n.blocking.Unlock()
	if err := (blocker{n}).judgeAgain(ctx, s); err != nil && ctx.Err() == nil {
		n.log.Error("a block is not carried out to the end; the next start tries again", "subject", s.String(), "error", err)
	}
	return nil
}

// ruled writes down what the operator decided about registration.
func (n *Node) ruled(r session.Ruling) error {
	_, err := n.journal.Add(journal.Entry{By: byOperator, Action: r.Action, Subject: r.Subject, Reason: r.Reason})
	return err
}
