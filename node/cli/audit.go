package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"text/tabwriter"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"metanet/chain"
	"metanet/chain/proof"
	"metanet/identity"
	"metanet/node/audit"
	"metanet/node/client"
)

// auditPatience bounds a whole audit.
const auditPatience = 10 * time.Minute

// auditFlags are what all audits of a chain are told.
type auditFlags struct {
	rpcs   []string
	quorum int
	block  string
	asJSON bool
	proofs string
}

func (f *auditFlags) register(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.rpcs, "rpc", nil, "JSON-RPC `URL` of the chain; may be repeated")
	c.Flags().IntVar(&f.quorum, "quorum", 0, "how many of the RPCs must agree on blocks and events (default more than half)")
	c.Flags().StringVar(&f.block, "block-hash", "", "audit as of this block, whose `hash` you trust")
	c.Flags().BoolVar(&f.asJSON, "json", false, "print the report as JSON")
	c.Flags().StringVar(&f.proofs, "proofs", "", "also write the storage proofs to this `file`, for metanet audit proof")
}

func newAudit() *cobra.Command {
	var f auditFlags
	var dids []string
	c := &cobra.Command{
		Use:   "audit URL",
		Short: "Recheck a server's policy history against the chain, without trusting the server",
		Long: `Reads the chain itself, recomputes the hash chain over every policy version that
the server ever published, fetches each text by its content address, and holds
what the server shows against all that. With --identity it also holds the keys of
that identity, as the server shows them, against the chain.

What the contracts hold is checked by storage proofs, from the hash of one block.
Whom that leaves to be trusted is for you to say, and the report repeats it:

  --block-hash HASH      the hash, which you have from where you trust it: nobody
  --rpc A --rpc B …      that not so many RPCs as --quorum says lie alike
  --rpc A                the RPC's word on what is the latest block
  (nothing)              the same of the RPC that the server offers: then the audit
                         proves that the server agrees with the chain it shows you

An RPC must know eth_getProof for the block; most keep the state of the last
hundred blocks or so.

Exit status: 0 if all is proven, 1 if something is false or missing, 2 if the
audit could not be made.`,
		Example: `  metanet audit https://example.org --rpc https://rpc.example.net --block-hash 0x…
  metanet audit https://example.org --rpc https://a.example --rpc https://b.example --rpc https://c.example
  metanet audit http://127.0.0.1:8080 --identity did:ethr:0x7a69:0x… --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return f.run(c, func(ctx context.Context) (*audit.Report, error) {
				return f.server(ctx, c.ErrOrStderr(), args[0], dids)
			})
		},
	}
	f.register(c)
	c.Flags().StringArrayVar(&dids, "identity", nil, "also check this identity's keys (did:ethr, or a handle the server knows); may be repeated")
	c.AddCommand(newAuditIdentity(), newAuditProof())
	return c
}

func newAuditIdentity() *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "identity DID…",
		Short: "Prove an identity's owner, home and keys, asking no server",
		Long: `Reads the identity's events from the chain and holds them against storage proofs:
who owns it and owned it, its homes, its recovery address, and for each key when it
was added, until when it counts, and when it ended.

Flags and exit status are those of metanet audit; at least one RPC must be named.`,
		Example: `  metanet audit identity did:ethr:0x1:0x… --rpc https://rpc.example.net --block-hash 0x…`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return f.run(c, func(ctx context.Context) (*audit.Report, error) {
				return f.identities(ctx, c.ErrOrStderr(), args)
			})
		},
	}
	f.register(c)
	return c
}

// run makes an audit and prints its report.
func (f *auditFlags) run(c *cobra.Command, make func(context.Context) (*audit.Report, error)) error {
	ctx, cancel := context.WithTimeout(c.Context(), auditPatience)
	defer cancel()
	report, err := make(ctx)
	if err == nil && f.proofs != "" {
		err = writeProofs(f.proofs, report.Proofs)
	}
	if err != nil {
		return &exitError{2, fmt.Errorf("the audit could not be made: %w", err)}
	}
	if f.asJSON {
		enc := json.NewEncoder(c.OutOrStdout())
		enc.SetIndent("", "  ")
		if err := enc.Encode(report); err != nil {
			return err
		}
	} else {
		printReport(c.OutOrStdout(), report)
	}
	if !report.OK() {
		return &exitError{1, errors.New("not everything is proven")}
	}
	return nil
}

func (f *auditFlags) server(ctx context.Context, progress io.Writer, server string, identities []string) (*audit.Report, error) {
	cl, err := client.New(server)
	if err != nil {
		return nil, err
	}
	about, err := audit.FetchAbout(ctx, cl)
	if err != nil {
		return nil, err
	}
	var notices []string
	rpcs := f.rpcs
	if len(rpcs) == 0 {
		if about.Chain.RPC == "" {
			return nil, fmt.Errorf("the server is on chain %d and offers no RPC: name one with --rpc", about.Chain.ID)
		}
		rpcs = []string{about.Chain.RPC}
		notices = append(notices, "the chain was read through the server's own RPC ("+about.Chain.RPC+"); name others with --rpc, or a block with --block-hash, to trust neither")
	}
	ethereum, trust, err := f.dial(rpcs)
	if err != nil {
		return nil, err
	}
	defer ethereum.Close()
	dids, err := resolveAll(ctx, cl, identities)
	if err != nil {
		return nil, err
	}
	shown, done := progressTo(progress)
	report, err := audit.Run(ctx, audit.Config{
		URL: cl.Base, About: about, Fetcher: audit.HTTP{Client: cl, Server: about.Server.ID},
		Client: ethereum, Trust: trust, Identities: dids, Progress: shown,
	})
	done()
	if err != nil {
		return nil, err
	}
	report.Notices = notices
	return report, nil
}

func (f *auditFlags) identities(ctx context.Context, progress io.Writer, names []string) (*audit.Report, error) {
	if len(f.rpcs) == 0 {
		return nil, errors.New("name an RPC of the chain with --rpc")
	}
	var dids []identity.DID
	for _, name := range names {
		did, err := identity.ParseDID(name)
		if err != nil {
			return nil, err
		}
		dids = append(dids, did)
	}
	ethereum, trust, err := f.dial(f.rpcs)
	if err != nil {
		return nil, err
	}
	defer ethereum.Close()
	shown, done := progressTo(progress)
	defer done()
	return audit.Identities(ctx, audit.Config{Client: ethereum, Trust: trust, Identities: dids, Progress: shown})
}

// dial prepares the RPCs, and says what is trusted in them.
func (f *auditFlags) dial(rpcs []string) (*chain.Client, audit.Trust, error) {
	trust := audit.Trust{Quorum: f.quorum}
	if trust.Quorum == 0 {
		trust.Quorum = len(rpcs)/2 + 1
	}
	if f.block != "" {
		var err error
		if trust.Block, err = parseBlockHash(f.block); err != nil {
			return nil, trust, err
		}
	}
	c, err := chain.Dial(chain.DialConfig{URLs: rpcs, Quorum: trust.Quorum})
	return c, trust, err
}

func parseBlockHash(s string) (h common.Hash, err error) {
	b, err := hexutil.Decode(s)
	if err != nil || len(b) != len(h) || common.Hash(b) == h {
		return h, fmt.Errorf("%q is not the hash of a block: want 0x and 64 hex digits", s)
	}
	return common.Hash(b), nil
}

// progressTo draws a bar where a person sees it.
func progressTo(w io.Writer) (shown func(done, total int, what string), finish func()) {
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(w), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetVisibility(isTerminal(w)))
	shown = func(done, total int, what string) {
		bar.ChangeMax(total)
		bar.Describe(what)
		_ = bar.Set(done) // a bar that cannot be drawn stops nothing
	}
	return shown, func() { _ = bar.Finish() }
}

// resolveAll lets a person name identities by handle; the DID is what is audited.
func resolveAll(ctx context.Context, cl *client.Client, names []string) ([]identity.DID, error) {
	var dids []identity.DID
	for _, name := range names {
		did, err := identity.ParseDID(name)
		if err != nil {
			var info struct {
				DID string `json:"did"`
			}
			if err := cl.Query(ctx, "net.metanet.identity.get", url.Values{"did": {name}}, &info); err != nil {
				return nil, fmt.Errorf("identity %s: %w", name, err)
			}
			if did, err = identity.ParseDID(info.DID); err != nil {
				return nil, fmt.Errorf("identity %s: %w", name, err)
			}
		}
		dids = append(dids, did)
	}
	return dids, nil
}

func printReport(out io.Writer, r *audit.Report) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if r.URL != "" {
		fmt.Fprintf(w, "server\t%d, %s, at %s\n", r.Server, r.Domain, r.URL)
	}
	fmt.Fprintf(w, "network\t%s\n", r.Network)
	fmt.Fprintf(w, "chain\t%d, at block %d of %s\n", r.Chain, r.Block.Number, r.Block.Time.Format(time.RFC3339))
	fmt.Fprintf(w, "block\t%s: %s\n\n", r.Block.Hash, r.Block.Why)
	fmt.Fprintln(w, "VERDICT\tSUBJECT\tCHECK\tBY\tDETAIL")
	count := make(map[audit.Verdict]int)
	for _, f := range r.Findings {
		count[f.Verdict]++
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", f.Verdict, f.Subject, f.Check, f.By, f.Detail)
	}
	w.Flush()
	fmt.Fprintf(out, "\n%d proven, %d false, %d missing\n", count[audit.Proven], count[audit.False], count[audit.Missing])
	for _, n := range r.Notices {
		fmt.Fprintf(out, "notice: %s\n", n)
	}
}

func writeProofs(name string, proofs []proof.Document) error {
	b, err := json.MarshalIndent(proofs, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(b, '\n'), 0o644)
}
