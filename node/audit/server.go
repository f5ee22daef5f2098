package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ipfs/go-cid"

	"metanet/chain"
	"metanet/chain/proof"
	"metanet/content/policy"
)

// checkServer holds what the server says of itself against ServerRegistry. Its
// domain stands in storage by its hash.
func (a *auditor) checkServer(ctx context.Context) error {
	r, about := a.report, a.cfg.About.Server
	subject := fmt.Sprintf("server %d", about.ID)
	s, evidence, err := chain.Prove(ctx, a.prover, proof.Server(about.ID))
	if err != nil {
		return err
	}
	a.keep(proof.Document{Subject: proof.Subject{Fact: proof.OfServer, Server: about.ID}, Evidence: evidence})
	if s.RegisteredAt == 0 {
		r.add(subject, "registered", False, ByStorage, "the chain knows no server of this number")
		return nil
	}
	r.add(subject, "registered", Proven, ByStorage, "registered %s", at(s.RegisteredAt))
	r.hold(s.Owner.Checksum() == about.Owner, subject, "owner", False, ByStorage, "owner "+s.Owner.Checksum(),
		fmt.Sprintf("the chain says owner %s, the server says %s", s.Owner.Checksum(), about.Owner))
	said := crypto.Keccak256Hash([]byte(about.Domain))
	r.hold(s.DomainHash == said, subject, "domain", False, ByStorage, "domain "+about.Domain,
		fmt.Sprintf("the chain holds a domain with keccak256 %s, the server says %q, which has %s", s.DomainHash, about.Domain, said))
	return nil
}

func (a *auditor) checkPolicies(ctx context.Context) error {
	r, cfg := a.report, a.cfg
	history, err := chain.PolicyHistory(ctx, a.prover, a.contracts, cfg.About.Server.ID)
	if err != nil {
		return err
	}
	a.keep(proof.Document{Subject: proof.Subject{Fact: proof.OfPolicies, Server: cfg.About.Server.ID}, Evidence: history.Evidence})
	by := ByHashChain
	if err := history.Check(); err != nil {
		by = a.word() // what the events say is no more than that
		r.add("policies", "hash-chain", False, ByStorage, "the RPC's events are not what the contract committed to: %v", err)
	} else {
		r.add("policies", "hash-chain", Proven, ByStorage, "%d versions recompute the contract's head %s", history.Count, history.Head.Hex())
	}
	claimed := cfg.About.Policy
	r.hold(claimed.Count == history.Count && (claimed.Count == 0 || claimed.Head == history.Head.Hex()), "policies", "head", False, ByStorage,
		"the server shows the contract's count and head",
		fmt.Sprintf("the contract has %d versions and head %s, the server says %d and %s", history.Count, history.Head.Hex(), claimed.Count, claimed.Head))
	listed, err := cfg.Fetcher.Policies(ctx)
	if err := r.served(err, "policies", "listed", by); err != nil {
		return err
	}
	r.compare(history.Versions, listed, by)
	for i, v := range history.Versions {
		cfg.Progress(i, len(history.Versions), fmt.Sprintf("policy %d", v.Version))
		if err := r.checkText(ctx, cfg.Fetcher, v, by); err != nil {
			return err
		}
	}
	cfg.Progress(len(history.Versions), len(history.Versions), "done")
	return nil
}

// served notes what the server lacks and passes on that it cannot be reached.
func (r *Report) served(err error, subject, check string, by Basis) error {
	if errors.Is(err, ErrNotServed) {
		r.add(subject, check, Missing, by, "%v", err)
		return nil
	}
	return err
}

// compare holds the server's list against the chain's history, version by
// version: what it dropped, what it added, what it changed.
func (r *Report) compare(onChain []chain.PolicyVersion, listed []Listed, by Basis) {
	shown := make(map[uint64]Listed)
	for _, l := range listed {
		subject := fmt.Sprintf("policy %d", l.Version)
		if _, twice := shown[l.Version]; twice {
			r.add(subject, "listed", False, by, "the server lists this version twice")
		}
		shown[l.Version] = l
	}
	for _, v := range onChain {
		subject := fmt.Sprintf("policy %d", v.Version)
		l, ok := shown[v.Version]
		delete(shown, v.Version)
		if !ok {
			r.add(subject, "listed", Missing, by, "published in block %d (%s), and the server doesn't list it", v.Block, at(v.PublishedAt))
			continue
		}
		if what, chainSays, serverSays := difference(v, l); what != "" {
			r.add(subject, "listed", False, by, "%s: the chain says %s, the server says %s", what, chainSays, serverSays)
			continue
		}
		r.add(subject, "listed", Proven, by, "block %d, %s, in force from %s", v.Block, at(v.PublishedAt), at(v.EffectiveAt))
	}
	for _, l := range listed {
		if _, extra := shown[l.Version]; extra {
			delete(shown, l.Version)
			r.add(fmt.Sprintf("policy %d", l.Version), "listed", False, by, "the server lists a version that was never published on-chain")
		}
	}
}

func difference(v chain.PolicyVersion, l Listed) (what, chainSays, serverSays string) {
	c, err := cid.Cast(v.CID)
	text := "(no CID)"
	if err == nil {
		text = c.String()
	}
	for _, f := range [][3]string{
		{"digest", v.Digest.Hex(), l.Digest},
		{"CID", text, l.CID},
		{"head", v.Head.Hex(), l.Head},
		{"in force from", at(v.EffectiveAt), l.EffectiveAt.UTC().Format(time.RFC3339)},
		{"published", at(v.PublishedAt), l.PublishedAt.UTC().Format(time.RFC3339)},
		{"block", fmt.Sprint(v.Block), fmt.Sprint(l.Block)},
		{"transaction", v.Tx.Hex(), l.Tx},
	} {
		if f[1] != f[2] {
			return f[0], f[1], f[2]
		}
	}
	return "", "", ""
}

// checkText fetches one version by its content address and holds the bytes, and
// what people are shown, against the digest that stands on-chain.
func (r *Report) checkText(ctx context.Context, f Fetcher, v chain.PolicyVersion, by Basis) error {
	subject := fmt.Sprintf("policy %d", v.Version)
	want := policy.CID(v.Digest)
	if !bytes.Equal(v.CID, want.Bytes()) {
		r.add(subject, "cid", False, by, "the CID on-chain is not that of the digest on-chain, which gives %s", want)
	}
	text, err := f.Block(ctx, want)
	if err != nil {
		return r.served(err, subject, "text", by)
	}
	if got := policy.Digest(text); got != v.Digest {
		r.add(subject, "text", False, ByContent, "%d bytes with digest 0x%x; promised was %s", len(text), got, v.Digest.Hex())
		return nil
	}
	d, err := policy.ParseCanonical(text)
	if err != nil {
		r.add(subject, "text", False, ByContent, "the promised bytes are no policy: %v", err)
		return nil
	}
	r.add(subject, "text", Proven, ByContent, "%q, %d rules, %d bytes with digest %s", d.Title, len(d.Rules), len(text), v.Digest.Hex())
	shown, err := f.Shown(ctx, v.Version)
	if err != nil {
		return r.served(err, subject, "shown", ByContent)
	}
	r.hold(bytes.Equal(shown, text), subject, "shown", False, ByContent, "what people are shown is the promised text",
		fmt.Sprintf("people are shown another text, with digest 0x%x", policy.Digest(shown)))
	return nil
}
