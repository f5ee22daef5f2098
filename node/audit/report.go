package audit

import (
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"metanet/chain/proof"
)

// Verdict says how a check came out.
type Verdict string

const (
	Proven  Verdict = "proven"
	Missing Verdict = "missing" // promised on-chain, and the server doesn't have it
	False   Verdict = "false"   // somebody says something else than what is proven
)

// Basis says what a finding rests on.
type Basis string

const (
	// ByStorage: a storage proof at the audited block. Whoever trusts the block's
	// hash need trust nobody else.
	ByStorage Basis = "storage"
	// ByHashChain: events that recompute a head that a storage proof shows. As good
	// as ByStorage.
	ByHashChain Basis = "hash-chain"
	// ByLinks: events in a linked list whose end a storage proof shows. An RPC that
	// invents events could still leave one out.
	ByLinks Basis = "links"
	// ByContent: bytes with a digest that ByHashChain or ByStorage fixes.
	ByContent Basis = "content"
	// ByQuorum: as many RPCs say so as had to agree.
	ByQuorum Basis = "quorum"
	// ByRPC: the RPC's word.
	ByRPC Basis = "rpc"
)

// Finding is the outcome of one check.
type Finding struct {
	Subject string  `json:"subject"` // "server 1", "policy 2", a DID
	Check   string  `json:"check"`   // a stable name, such as "text"
	Verdict Verdict `json:"verdict"`
	By      Basis   `json:"by"`
	Detail  string  `json:"detail"`
}

// Block is the block as of which the chain was audited, and why that was the one.
type Block struct {
	Number uint64      `json:"number"`
	Hash   common.Hash `json:"hash"`
	Time   time.Time   `json:"time"`

	// Trust is "hash" (the auditor named the block), "quorum" (several RPCs agreed
	// on it) or "rpc" (one RPC showed it, and is trusted in that).
	Trust string `json:"trust"`
	Why   string `json:"why"`
}

// Report is everything that an audit found. What the server says of itself is
// empty in an audit of identities alone.
type Report struct {
	URL      string    `json:"url,omitempty"`
	Chain    uint64    `json:"chain"`
	Block    Block     `json:"block"`
	Network  string    `json:"network"`
	Server   uint64    `json:"server,omitempty"`
	Domain   string    `json:"domain,omitempty"`
	Findings []Finding `json:"findings"`
	Notices  []string  `json:"notices,omitempty"`

	// Proofs are the documents behind what is proven by storage, for those who want
	// to check them without a chain.
	Proofs []proof.Document `json:"-"`
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

func (r *Report) add(subject, check string, v Verdict, by Basis, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{subject, check, v, by, fmt.Sprintf(format, args...)})
}

// hold notes Proven if ok and v otherwise, each with its own words.
func (r *Report) hold(ok bool, subject, check string, v Verdict, by Basis, proven, otherwise string) {
	if ok {
		r.add(subject, check, Proven, by, "%s", proven)
		return
	}
	r.add(subject, check, v, by, "%s", otherwise)
}

func at(unix uint64) string { return time.Unix(int64(unix), 0).UTC().Format(time.RFC3339) }
