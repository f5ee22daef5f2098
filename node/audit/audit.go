// Package audit rechecks a server, or identities alone, against the chain,
// believing neither the server nor, further than it must, the RPC that it reads
// the chain through.
//
// What it trusts: this program's own contract code (the registries' addresses and
// code hashes are computed from it, never taken from anybody) and the hash of one
// block. That hash is named by the auditor, or is one that several RPCs agree on,
// or, for want of either, one RPC's word; the report says which. From it, storage
// proofs show the heads that everything else must lead up to. Each check leaves
// one [Finding], which says what it rests on; docs/protocol.md lists them.
//
// It is a library first; `metanet audit` prints what it returns.
package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ipfs/go-cid"

	"metanet/chain"
	"metanet/chain/proof"
	"metanet/contracts/bindings"
	"metanet/identity"
)

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
	Trust      Trust
	Identities []identity.DID // whose keys to check, too
	Progress   func(done, total int, what string)
}

// Trust is what the auditor knows of the chain beforehand.
type Trust struct {
	// Block is the hash of a block that the auditor trusts; zero: none, and the
	// head that Client shows is taken.
	Block common.Hash
	// Quorum is how many RPCs of Client's must agree on a block; below 2, one is
	// believed.
	Quorum int
}

// auditor is one audit under way.
type auditor struct {
	cfg       Config
	contracts chain.Contracts
	prover    *chain.Prover
	report    *Report
}

// Run audits a server. An error means that the audit could not be made (the RPC
// or the server cannot be reached), not that something was found.
func Run(ctx context.Context, cfg Config) (*Report, error) {
	about := cfg.About
	a := newAuditor(cfg)
	a.report.URL, a.report.Server, a.report.Domain = cfg.URL, about.Server.ID, about.Server.Domain
	return a.run(ctx, func(ctx context.Context) error {
		if !a.checkChain(about) {
			return nil // the rest would compare two different worlds
		}
		for _, check := range []func(context.Context) error{a.checkServer, a.checkPolicies, a.checkIdentities} {
			if err := check(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// Identities audits cfg.Identities alone, asking no server: what the chain's
// events tell of them is held against what storage proofs show.
func Identities(ctx context.Context, cfg Config) (*Report, error) {
	a := newAuditor(cfg)
	return a.run(ctx, a.checkIdentities)
}

func newAuditor(cfg Config) *auditor {
	if cfg.Progress == nil {
		cfg.Progress = func(int, int, string) {}
	}
	return &auditor{cfg: cfg, report: &Report{}}
}

// run finds chain, block and contracts, and then checks. An RPC whose proofs prove
// nothing is a finding, the last one.
func (a *auditor) run(ctx context.Context, check func(context.Context) error) (*Report, error) {
	err := a.begin(ctx)
	if err == nil && a.checkContracts(ctx) {
		err = check(ctx)
	}
	if errors.Is(err, proof.ErrProof) || errors.Is(err, chain.ErrInconsistent) {
		a.report.add("rpc", "proof", False, ByStorage, "the RPC's answers contradict the block that is audited: %v", err)
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return a.report, nil
}

// begin settles on a chain and on a block of it.
func (a *auditor) begin(ctx context.Context) (err error) {
	a.contracts, err = chain.Locate(ctx, a.cfg.Client)
	if err != nil && !errors.Is(err, chain.ErrNoContracts) { // proofs will tell, and better
		return err
	}
	a.report.Chain, a.report.Network = a.contracts.ChainID, a.contracts.Network().String()
	trusted := a.cfg.Trust.Block
	b := &a.report.Block
	switch {
	case trusted != common.Hash{}:
		b.Trust, b.Why = "hash", "the auditor named it"
	case a.cfg.Trust.Quorum > 1:
		b.Trust, b.Why = "quorum", fmt.Sprintf("%d RPCs agree on it", a.cfg.Trust.Quorum)
	default:
		b.Trust, b.Why = "rpc", "one RPC shows it: all that is proven here is that the RPC contradicts neither itself nor the server"
	}
	if b.Trust != "hash" {
		head, err := a.cfg.Client.Head(ctx)
		if err != nil {
			return err
		}
		trusted = head.Hash
	}
	b.Hash = trusted
	if a.prover, err = chain.ProveAt(ctx, a.cfg.Client, trusted); err != nil {
		return err
	}
	block := a.prover.Block()
	b.Number, b.Time = block.Number, time.Unix(int64(block.Time), 0).UTC()
	return nil
}

// word is the basis of what RPCs say without proof.
func (a *auditor) word() Basis {
	if a.cfg.Trust.Quorum > 1 {
		return ByQuorum
	}
	return ByRPC
}

// keep keeps a document with the report.
func (a *auditor) keep(d proof.Document) {
	d.Block = a.report.Block.Hash
	a.report.Proofs = append(a.report.Proofs, d)
}

// checkContracts proves that the code at the four addresses is the protocol's.
func (a *auditor) checkContracts(ctx context.Context) bool {
	p := bindings.DeployedPlaces()
	for _, place := range []bindings.Place{p.IdentityRegistry, p.ServerRegistry, p.PolicyRegistry, p.LogRegistry} {
		if _, _, err := chain.Prove(ctx, a.prover, proof.Code(place)); err != nil {
			a.report.add("chain", "contracts", False, ByStorage, "on the RPC's chain %d the protocol's contracts are not shown: %v", a.contracts.ChainID, err)
			return false
		}
	}
	a.report.add("chain", "contracts", Proven, ByStorage, "the code at the four addresses is the protocol's")
	return true
}

// checkChain holds what the server says of the chain against the RPC's answers.
// A server on another chain, or an RPC of another, is found here.
func (a *auditor) checkChain(about About) bool {
	r, k, by := a.report, a.contracts, a.word()
	same := about.Chain.ID == k.ChainID
	r.hold(same, "chain", "chain-id", False, by,
		fmt.Sprintf("chain %d", k.ChainID),
		fmt.Sprintf("the RPC serves chain %d, the server says %d", k.ChainID, about.Chain.ID))
	genesis := about.Chain.Genesis == k.Genesis.Hex()
	r.hold(genesis, "chain", "genesis", False, by,
		"genesis block "+k.Genesis.Hex(),
		fmt.Sprintf("the RPC has genesis block %s, the server says %s", k.Genesis.Hex(), about.Chain.Genesis))
	named := true
	for name, address := range map[string]string{
		"identityRegistry": k.IdentityRegistry.Hex(), "serverRegistry": k.ServerRegistry.Hex(),
		"policyRegistry": k.PolicyRegistry.Hex(), "logRegistry": k.LogRegistry.Hex(),
	} {
		if about.Chain.Contracts[name] != address {
			named = false
			r.add("chain", "addresses", False, ByStorage, "the server names %s as its %s, the protocol's is %s", about.Chain.Contracts[name], name, address)
		}
	}
	if named {
		r.add("chain", "addresses", Proven, ByStorage, "the server names the protocol's contracts")
	}
	network := about.Network == k.Network()
	r.hold(network, "chain", "network", False, by, "network "+k.Network().String(),
		fmt.Sprintf("chain, genesis and registry give network %s, the server says %s", k.Network(), about.Network))
	return same && genesis && named && network
}
