// Package audit rechecks a server against the chain, believing neither the
// server nor, further than it must, the RPC that it reads the chain through.
//
// What it trusts: this program's own contract code (the registries' addresses
// are computed from it, never taken from the server) and the RPC's word on
// blocks, which is why an auditor names an RPC of their own. What it checks is
// listed in docs/protocol.md; each check leaves one [Finding].
//
// It is a library first; `metanet audit` prints what it returns.
package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ipfs/go-cid"

	"metanet/chain"
	"metanet/content/policy"
	"metanet/identity"
)

// Verdict says how a check came out.
type Verdict string

const (
	Proven  Verdict = "proven"
	Missing Verdict = "missing" // promised on-chain, and the server doesn't have it
	False   Verdict = "false"   // the server says something else than the chain
)

// Finding is the outcome of one check.
type Finding struct {
	Subject string  `json:"subject"` // "server 1", "policy 2", a DID
	Check   string  `json:"check"`   // a stable name, such as "text"
	Verdict Verdict `json:"verdict"`
	Detail  string  `json:"detail"`
}

// Report is everything that an audit found.
type Report struct {
	URL      string    `json:"url"`
	Chain    uint64    `json:"chain"`
	Block    uint64    `json:"block"` // as of which the chain was read
	Network  string    `json:"network"`
	Server   uint64    `json:"server"`
	Domain   string    `json:"domain"`
	Findings []Finding `json:"findings"`
	Notices  []string  `json:"notices,omitempty"`
}

// OK reports whether everything is proven.
func (r *Report) OK() bool {
	for _, f := range r.Findings {
		if f.Verdict != Proven {
			return false
		}
	}
	return len(r.Findings) > 0
}

func (r *Report) add(subject, check string, v Verdict, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{subject, check, v, fmt.Sprintf(format, args...)})
}

// hold notes Proven if ok and v otherwise, each with its own words.
func (r *Report) hold(ok bool, subject, check string, v Verdict, proven, otherwise string) {
	if ok {
		r.add(subject, check, Proven, "%s", proven)
		return
	}
	r.add(subject, check, v, "%s", otherwise)
}

// About is what the server says of itself (/.well-known/metanet).
type About struct {
	Version int              `json:"version"`
	Network identity.Network `json:"network"`
	Chain   struct {
		ID        uint64            `json:"id"`
		Genesis   string            `json:"genesis"`
		RPC       string            `json:"rpc"`
		Contracts map[string]string `json:"contracts"`
	} `json:"chain"`
	Server struct {
		ID     uint64 `json:"id"`
		Owner  string `json:"owner"`
		Domain string `json:"domain"`
	} `json:"server"`
	Policy struct {
		Count uint64 `json:"count"`
		Head  string `json:"head"`
	} `json:"policy"`
}

// Listed is one policy version as the server lists it.
type Listed struct {
	Version     uint64    `json:"version"`
	Digest      string    `json:"digest"`
	CID         string    `json:"cid"`
	EffectiveAt time.Time `json:"effectiveAt"`
	PublishedAt time.Time `json:"publishedAt"`
	Block       uint64    `json:"block"`
	Tx          string    `json:"tx"`
	Head        string    `json:"head"`
}

// Key is one key of an identity as the server shows it.
type Key struct {
	Key        string     `json:"key"`
	Purpose    string     `json:"purpose"`
	AddedAt    time.Time  `json:"addedAt"`
	AddedBlock uint64     `json:"addedBlock"`
	ExpiresAt  *time.Time `json:"expiresAt"`
	EndedAt    *time.Time `json:"endedAt"`
}

// ErrNotServed is answered by a Fetcher for what the server refuses or lacks,
// in contrast to a server that cannot be reached.
var ErrNotServed = errors.New("audit: the server doesn't serve it")

// Fetcher reads what the server says. Nothing that it returns is believed.
type Fetcher interface {
	// Policies lists the versions that the server shows.
	Policies(ctx context.Context) ([]Listed, error)
	// Shown is the text that people see as version's.
	Shown(ctx context.Context, version uint64) ([]byte, error)
	// Block is the bytes under a content address.
	Block(ctx context.Context, c cid.Cid) ([]byte, error)
	// Keys is what the server says of an identity.
	Keys(ctx context.Context, did identity.DID) (owner string, keys []Key, err error)
}

// Config is what an audit needs.
type Config struct {
	URL        string // for the report
	About      About  // already fetched, since it may name the RPC
	Fetcher    Fetcher
	Client     *chain.Client
	Identities []identity.DID // whose keys to check, too
	Progress   func(done, total int, what string)
}

// Run audits. An error means that the audit could not be made (the RPC or the
// server cannot be reached), not that something was found.
func Run(ctx context.Context, cfg Config) (*Report, error) {
	if cfg.Progress == nil {
		cfg.Progress = func(int, int, string) {}
	}
	r := &Report{URL: cfg.URL, Server: cfg.About.Server.ID, Domain: cfg.About.Server.Domain}
	k, err := chain.Locate(ctx, cfg.Client)
	switch {
	case errors.Is(err, chain.ErrNoContracts):
		r.Chain = k.ChainID
		r.add("chain", "contracts", False, "the RPC's chain %d has no contracts of this protocol; the server says it is on chain %d", k.ChainID, cfg.About.Chain.ID)
		return r, nil
	case err != nil:
		return nil, err
	}
	r.Chain, r.Network = k.ChainID, k.Network().String()
	if !r.checkChain(k, cfg.About) {
		return r, nil // the rest would compare two different worlds
	}
	if err := r.checkServer(ctx, cfg, k); err != nil {
		return nil, err
	}
	if err := r.checkPolicies(ctx, cfg, k); err != nil {
		return nil, err
	}
	return r, r.checkIdentities(ctx, cfg, k)
}

// checkChain holds what the server says of the chain against the RPC's answers.
// A server on another chain, or an RPC of another, is found here.
func (r *Report) checkChain(k chain.Contracts, about About) bool {
	same := about.Chain.ID == k.ChainID
	r.hold(same, "chain", "chain-id", False,
		fmt.Sprintf("chain %d", k.ChainID),
		fmt.Sprintf("the RPC serves chain %d, the server says %d", k.ChainID, about.Chain.ID))
	genesis := about.Chain.Genesis == k.Genesis.Hex()
	r.hold(genesis, "chain", "genesis", False,
		"genesis block "+k.Genesis.Hex(),
		fmt.Sprintf("the RPC has genesis block %s, the server says %s", k.Genesis.Hex(), about.Chain.Genesis))
	contracts := true
	for name, address := range map[string]string{
		"identityRegistry": k.IdentityRegistry.Hex(), "serverRegistry": k.ServerRegistry.Hex(),
		"policyRegistry": k.PolicyRegistry.Hex(), "logRegistry": k.LogRegistry.Hex(),
	} {
		if about.Chain.Contracts[name] != address {
			contracts = false
			r.add("chain", "contracts", False, "the server names %s as its %s, the protocol's is %s", about.Chain.Contracts[name], name, address)
		}
	}
	if contracts {
		r.add("chain", "contracts", Proven, "the code at the four addresses is the protocol's")
	}
	network := about.Network == k.Network()
	r.hold(network, "chain", "network", False, "network "+k.Network().String(),
		fmt.Sprintf("chain, genesis and registry give network %s, the server says %s", k.Network(), about.Network))
	return same && genesis && contracts && network
}

func (r *Report) checkServer(ctx context.Context, cfg Config, k chain.Contracts) error {
	about := cfg.About.Server
	subject := fmt.Sprintf("server %d", about.ID)
	s, err := chain.ServerAt(ctx, cfg.Client, k, about.ID)
	if errors.Is(err, chain.ErrUnknownServer) || errors.Is(err, chain.ErrReverted) {
		r.add(subject, "registered", False, "the chain knows no server of this number")
		return nil
	}
	if err != nil {
		return err
	}
	r.add(subject, "registered", Proven, "registered %s", at(s.RegisteredAt))
	r.hold(s.Owner.Checksum() == about.Owner, subject, "owner", False, "owner "+s.Owner.Checksum(),
		fmt.Sprintf("the chain says owner %s, the server says %s", s.Owner.Checksum(), about.Owner))
	r.hold(s.Domain == about.Domain, subject, "domain", False, "domain "+s.Domain,
		fmt.Sprintf("the chain says domain %q, the server says %q", s.Domain, about.Domain))
	return nil
}

func (r *Report) checkPolicies(ctx context.Context, cfg Config, k chain.Contracts) error {
	history, err := chain.PolicyHistory(ctx, cfg.Client, k, cfg.About.Server.ID)
	if err != nil {
		return err
	}
	r.Block = history.At.Number
	if err := history.Check(); err != nil {
		r.add("policies", "hash-chain", False, "%v", err)
	} else {
		r.add("policies", "hash-chain", Proven, "%d versions recompute the contract's head %s", history.Count, history.Head.Hex())
	}
	claimed := cfg.About.Policy
	r.hold(claimed.Count == history.Count && (claimed.Count == 0 || claimed.Head == history.Head.Hex()), "policies", "head", False,
		"the server shows the contract's count and head",
		fmt.Sprintf("the contract has %d versions and head %s, the server says %d and %s", history.Count, history.Head.Hex(), claimed.Count, claimed.Head))
	listed, err := cfg.Fetcher.Policies(ctx)
	if err := r.served(err, "policies", "listed"); err != nil {
		return err
	}
	r.compare(history.Versions, listed)
	for i, v := range history.Versions {
		cfg.Progress(i, len(history.Versions), fmt.Sprintf("policy %d", v.Version))
		if err := r.checkText(ctx, cfg.Fetcher, v); err != nil {
			return err
		}
	}
	cfg.Progress(len(history.Versions), len(history.Versions), "done")
	return nil
}

// served notes what the server lacks and passes on that it cannot be reached.
func (r *Report) served(err error, subject, check string) error {
	if errors.Is(err, ErrNotServed) {
		r.add(subject, check, Missing, "%v", err)
		return nil
	}
	return err
}

// compare holds the server's list against the chain's history, version by
// version: what it dropped, what it added, what it changed.
func (r *Report) compare(onChain []chain.PolicyVersion, listed []Listed) {
	shown := make(map[uint64]Listed)
	for _, l := range listed {
		subject := fmt.Sprintf("policy %d", l.Version)
		if _, twice := shown[l.Version]; twice {
			r.add(subject, "listed", False, "the server lists this version twice")
		}
		shown[l.Version] = l
	}
	for _, v := range onChain {
		subject := fmt.Sprintf("policy %d", v.Version)
		l, ok := shown[v.Version]
		delete(shown, v.Version)
		if !ok {
			r.add(subject, "listed", Missing, "published in block %d (%s), and the server doesn't list it", v.Block, at(v.PublishedAt))
			continue
		}
		if what, chainSays, serverSays := difference(v, l); what != "" {
			r.add(subject, "listed", False, "%s: the chain says %s, the server says %s", what, chainSays, serverSays)
			continue
		}
		r.add(subject, "listed", Proven, "block %d, %s, in force from %s", v.Block, at(v.PublishedAt), at(v.EffectiveAt))
	}
	for _, l := range listed {
		if _, extra := shown[l.Version]; extra {
			delete(shown, l.Version)
			r.add(fmt.Sprintf("policy %d", l.Version), "listed", False, "the server lists a version that was never published on-chain")
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
func (r *Report) checkText(ctx context.Context, f Fetcher, v chain.PolicyVersion) error {
	subject := fmt.Sprintf("policy %d", v.Version)
	want := policy.CID(v.Digest)
	if !bytes.Equal(v.CID, want.Bytes()) {
		r.add(subject, "cid", False, "the CID on-chain is not that of the digest on-chain, which gives %s", want)
	}
	text, err := f.Block(ctx, want)
	if err != nil {
		return r.served(err, subject, "text")
	}
	if got := policy.Digest(text); got != v.Digest {
		r.add(subject, "text", False, "%d bytes with digest 0x%x; promised was %s", len(text), got, v.Digest.Hex())
		return nil
	}
	d, err := policy.ParseCanonical(text)
	if err != nil {
		r.add(subject, "text", False, "the promised bytes are no policy: %v", err)
		return nil
	}
	r.add(subject, "text", Proven, "%q, %d rules, %d bytes with digest %s", d.Title, len(d.Rules), len(text), v.Digest.Hex())
	shown, err := f.Shown(ctx, v.Version)
	if err != nil {
		return r.served(err, subject, "shown")
	}
	r.hold(bytes.Equal(shown, text), subject, "shown", False, "what people are shown is the promised text",
		fmt.Sprintf("people are shown another text, with digest 0x%x", policy.Digest(shown)))
	return nil
}

func at(unix uint64) string { return time.Unix(int64(unix), 0).UTC().Format(time.RFC3339) }
