package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"metanet/chain"
	"metanet/identity"
	"metanet/node/audit"
	"metanet/node/client"
)

// auditPatience bounds a whole audit.
const auditPatience = 10 * time.Minute

func newAudit() *cobra.Command {
	var rpc string
	var dids []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "audit URL",
		Short: "Recheck a server's policy history against the chain, without trusting the server",
		Long: `Reads the chain itself, recomputes the hash chain over every policy version that
the server ever published, fetches each text by its content address, and holds
what the server shows against all that. With --identity it also holds the keys of
that identity, as the server shows them, against the chain.

Exit status: 0 if all is proven, 1 if something is false or missing, 2 if the
audit could not be made.

Name an RPC of your own with --chain. Without it the RPC that the server offers is
used, as on a development chain: then the audit proves that the server agrees with
the chain it shows you, and you have to trust that chain's RPC.`,
		Example: `  metanet audit https://example.org --chain https://rpc.example.net
  metanet audit http://127.0.0.1:8080 --identity did:ethr:0x7a69:0x… --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := context.WithTimeout(c.Context(), auditPatience)
			defer cancel()
			report, err := runAudit(ctx, c.ErrOrStderr(), args[0], rpc, dids)
			if err != nil {
				return &exitError{2, fmt.Errorf("the audit could not be made: %w", err)}
			}
			if asJSON {
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
		},
	}
	c.Flags().StringVar(&rpc, "chain", "", "JSON-RPC `URL` of the chain, one that you trust")
	c.Flags().StringArrayVar(&dids, "identity", nil, "also check this identity's keys (did:ethr, or a handle the server knows); may be repeated")
	c.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	return c
}

func runAudit(ctx context.Context, progress io.Writer, server, rpc string, identities []string) (*audit.Report, error) {
	cl, err := client.New(server)
	if err != nil {
		return nil, err
	}
	about, err := audit.FetchAbout(ctx, cl)
	if err != nil {
		return nil, err
	}
	var notices []string
	if rpc == "" {
		if rpc = about.Chain.RPC; rpc == "" {
			return nil, fmt.Errorf("the server is on chain %d and offers no RPC: name one with --chain", about.Chain.ID)
		}
		notices = append(notices, "the chain was read through the server's own RPC ("+rpc+"); name another with --chain to trust neither")
	}
	ethereum, err := chain.Dial(chain.DialConfig{URLs: []string{rpc}})
	if err != nil {
		return nil, err
	}
	defer ethereum.Close()
	dids, err := resolveAll(ctx, cl, identities)
	if err != nil {
		return nil, err
	}
	bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(progress), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetVisibility(isTerminal(progress)))
	report, err := audit.Run(ctx, audit.Config{
		URL: cl.Base, About: about, Fetcher: audit.HTTP{Client: cl, Server: about.Server.ID}, Client: ethereum, Identities: dids,
		Progress: func(done, total int, what string) {
			bar.ChangeMax(total)
			bar.Describe(what)
			_ = bar.Set(done) // a bar that cannot be drawn stops nothing
		},
	})
	_ = bar.Finish()
	if err != nil {
		return nil, err
	}
	report.Notices = notices
	return report, nil
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
	fmt.Fprintf(w, "server\t%d, %s, at %s\nchain\t%d, read at block %d\nnetwork\t%s\n\n", r.Server, r.Domain, r.URL, r.Chain, r.Block, r.Network)
	fmt.Fprintln(w, "VERDICT\tSUBJECT\tCHECK\tDETAIL")
	count := make(map[audit.Verdict]int)
	for _, f := range r.Findings {
		count[f.Verdict]++
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.Verdict, f.Subject, f.Check, f.Detail)
	}
	w.Flush()
	fmt.Fprintf(out, "\n%d proven, %d false, %d missing\n", count[audit.Proven], count[audit.False], count[audit.Missing])
	for _, n := range r.Notices {
		fmt.Fprintf(out, "notice: %s\n", n)
	}
}
