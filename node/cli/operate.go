package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"metanet/content/policy"
	"metanet/content/store"
	"metanet/node"
	"metanet/node/client"
	"metanet/node/pull"
	"metanet/node/quota"
)

// homeFlag is on every command that speaks to this machine's node as its operator.
func homeFlag(c *cobra.Command) *string {
	return c.PersistentFlags().String("home", homeFromEnv(), "the node's directory")
}

func homeFromEnv() string {
	if dir := os.Getenv("METANET_HOME"); dir != "" {
		return dir
	}
	return node.DefaultHome()
}

// operatorClient speaks to the node that runs in home, with its control token.
func operatorClient(home string) (*client.Client, error) {
	control, err := node.ReadControl(home)
	if err != nil {
		return nil, &exitError{2, err}
	}
	cl, err := client.New(control.URL)
	if err != nil {
		return nil, err
	}
	return cl.With(control.Token), nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func newStatus() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "status",
		Short: "Show how the running node fares",
		Args:  cobra.NoArgs,
	}
	home := homeFlag(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cl, err := operatorClient(*home)
		if err != nil {
			return &exitError{2, err}
		}
		var s node.Status
		if err := cl.Query(c.Context(), "net.metanet.admin.status", nil, &s); err != nil {
			return &exitError{2, err}
		}
		if asJSON {
			return printJSON(c.OutOrStdout(), s)
		}
		printStatus(c.OutOrStdout(), s)
		if !s.Ready {
			return &exitError{1, fmt.Errorf("not ready: %s", s.Reason)}
		}
		return nil
	}
	return c
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printRPCs is a line for each RPC; the one that was asked last has a star.
func printRPCs(w io.Writer, c node.ChainStatus) {
	for i, r := range c.RPCs {
		title, star := "", " "
		if i == 0 {
			title = fmt.Sprintf("rpcs, %d agree", c.Quorum)
		}
		if r.Active {
			star = "*"
		}
		fmt.Fprintf(w, "%s\t%s %s %s, block %d, %d of %d calls failed, %d disagreements\n", title, star, r.RPC, r.State, r.Head, r.Failures, r.Calls, r.Disagreements)
		if r.Error != "" {
			fmt.Fprintf(w, "\t    %s\n", r.Error)
		}
	}
}

func printCatchUp(w io.Writer, c pull.CatchUp) {
	if len(c.Peers) == 0 {
		return
	}
	left := "time left not known yet"
	if c.Remaining > 0 {
		left = "about " + c.Remaining.String() + " left"
	}
	fmt.Fprintf(w, "catch-up\t%d records fetched, %d missing, %s\n", c.Fetched, c.Missing, left)
	for _, p := range c.Peers {
		fmt.Fprintf(w, "\t%d from %s, %d of %d parts compared\n", p.Fetched, p.Peer, p.Shards, store.ItemShards)
	}
}

func printStatus(out io.Writer, s node.Status) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	ready := "yes"
	if !s.Ready {
		ready = "no: " + s.Reason
	}
	fmt.Fprintf(w, "ready\t%s\nrunning\tsince %s\nweb\t%s\ndata\t%s\nnetwork\t%s\n", ready, s.Since.Format(time.DateTime), s.Web, s.Home, s.Network)
	fmt.Fprintf(w, "server\t%d (%s), policy version %d\noperator\t%s\n", s.Server, s.Domain, s.Policies, s.Operator)
	fmt.Fprintf(w, "chain\t%d at %s, followed to block %d of %d, %d transactions waiting\n", s.Chain.ID, s.Chain.RPC, s.Chain.Followed, s.Chain.Head, s.Chain.Queued)
	fmt.Fprintf(w, "final\tto block %d (%s)\n", s.Chain.Final, s.Chain.Finality)
	if len(s.Chain.RPCs) > 1 {
		printRPCs(w, s.Chain)
	}
	if s.Chain.Resync != "" {
		fmt.Fprintf(w, "resync\tto block %d so far: %s\n", s.Chain.Resynced, s.Chain.Resync)
	}
	if s.Chain.Error != "" {
		fmt.Fprintf(w, "\t%s\n", s.Chain.Error)
	}
	fmt.Fprintf(w, "spent\t%s today (UTC), budget %s\n", s.Chain.Spent, s.Chain.Budget)
	if s.Chain.Sending != "" {
		fmt.Fprintf(w, "\t%s\n", s.Chain.Sending)
	}
	fmt.Fprintf(w, "store\tchange %d\n", s.Sequence)
	printCatchUp(w, s.CatchUp)
	fmt.Fprintf(w, "blobs\t%s uploaded here, %s from elsewhere, %s of thumbnails\n", room(s.Blobs.Local), room(s.Blobs.Remote), room(s.Blobs.Cached))
	if s.Blobs.LowDisk {
		fmt.Fprintln(w, "\tthe disk is low: nothing is fetched until there is room (--low-disk)")
	}
	for i, q := range s.Quotas {
		title, limit := "", "unlimited"
		if i == 0 {
			title = "quotas"
		}
		if q.Limit != nil {
			limit = amount(q.Name, *q.Limit)
		}
		fmt.Fprintf(w, "%s\t%s: %s (%s)\n", title, q.Name, limit, q.About)
	}
	for _, v := range s.Views {
		fmt.Fprintf(w, "view %s\t%d changes behind\n", v.Name, v.Behind)
	}
	if s.Pending > 0 {
		fmt.Fprintf(w, "pending\ttakeovers or changes of owner of %d identities with an account here\n", s.Pending)
	}
	for _, p := range s.Peers {
		kind := "peer"
		if !p.Member {
			kind = "stranger"
		}
		fmt.Fprintf(w, "%s\t%s at %s, since %s\n", kind, p.ID, p.Address, p.Since.Format(time.DateTime))
	}
}

// amount is "4.0 GiB" of a quota of bytes, "10000" of another.
func amount(name quota.Kind, n uint64) string {
	if name == quota.RecordBytes || name == quota.BlobBytes {
		return humanize.IBytes(n)
	}
	return strconv.FormatUint(n, 10)
}

// room is "3.4 MiB of 16 GiB".
func room(r node.Room) string {
	if r.Budget == nil {
		return humanize.IBytes(uint64(r.Bytes))
	}
	return humanize.IBytes(uint64(r.Bytes)) + " of " + humanize.IBytes(uint64(*r.Budget))
}

func newPolicy() *cobra.Command {
	c := &cobra.Command{
		Use:   "policy",
		Short: "Publish and read the server's moderation policy",
		Long: `A policy is a YAML document of rules and labels. Publishing stores its canonical
bytes and fixes their digest on-chain, for good. Start from the default one:

  metanet policy default > my-policy.yaml`,
	}
	home := homeFlag(c)
	c.AddCommand(policyPublish(home), policyList(home), policyShow(home), policyDiff(home), policyDefault())
	return c
}

func policyPublish(home *string) *cobra.Command {
	return &cobra.Command{
		Use:   "publish FILE.yaml",
		Short: "Publish a new version, from now on",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			if _, err := policy.Parse(text); err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			cl, err := operatorClient(*home)
			if err != nil {
				return err
			}
			var p node.Published
			if err := cl.Post(c.Context(), "net.metanet.admin.publishPolicy", "application/yaml", text, &p); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "version %d\ndigest  %s\ncid     %s\nblock   %d, transaction %s\n", p.Version, p.Digest, p.CID, p.Block, p.Tx)
			return nil
		},
	}
}

// policyVersion is one version as net.metanet.policy.list and .get answer it.
type policyVersion struct {
	Version     uint64          `json:"version"`
	Digest      string          `json:"digest"`
	CID         string          `json:"cid"`
	EffectiveAt time.Time       `json:"effectiveAt"`
	PublishedAt time.Time       `json:"publishedAt"`
	Block       uint64          `json:"block"`
	Document    json.RawMessage `json:"document"`
	Canonical   string          `json:"canonical"`
}

func policyList(home *string) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the versions, as the chain has them",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cl, err := operatorClient(*home)
			if err != nil {
				return err
			}
			var list struct {
				Versions []policyVersion `json:"versions"`
			}
			if err := cl.Query(c.Context(), "net.metanet.policy.list", nil, &list); err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "VERSION\tPUBLISHED\tBLOCK\tDIGEST")
			for _, v := range list.Versions {
				fmt.Fprintf(w, "%d\t%s\t%d\t%s\n", v.Version, v.PublishedAt.Format(time.DateTime), v.Block, v.Digest)
			}
			return w.Flush()
		},
	}
}

func policyShow(home *string) *cobra.Command {
	return &cobra.Command{
		Use:   "show N",
		Short: "Print version N",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			v, _, err := getPolicy(c, *home, args[0])
			if err != nil {
				return err
			}
			var indented bytes.Buffer
			if err := json.Indent(&indented, []byte(v.Canonical), "", "  "); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "version %d, published %s in block %d\ndigest  %s\n\n%s\n",
				v.Version, v.PublishedAt.Format(time.DateTime), v.Block, v.Digest, indented.String())
			return nil
		},
	}
}

func policyDiff(home *string) *cobra.Command {
	return &cobra.Command{
		Use:   "diff M N",
		Short: "Show what changed from version M to version N",
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			_, a, err := getPolicy(c, *home, args[0])
			if err != nil {
				return err
			}
			_, b, err := getPolicy(c, *home, args[1])
			if err != nil {
				return err
			}
			printDiff(c.OutOrStdout(), policy.Diff(a, b))
			return nil
		},
	}
}

func printDiff(w io.Writer, changes []policy.Change) {
	if len(changes) == 0 {
		fmt.Fprintln(w, "nothing changed")
	}
	for _, ch := range changes {
		place := ch.Place
		if ch.Field != "" {
			place += ", " + ch.Field
		}
		fmt.Fprintln(w, place)
		if ch.Old != "" {
			fmt.Fprintf(w, "  - %s\n", ch.Old)
		}
		if ch.New != "" {
			fmt.Fprintf(w, "  + %s\n", ch.New)
		}
	}
}

// getPolicy fetches a version and checks that its text is what its digest says.
func getPolicy(c *cobra.Command, home, number string) (*policyVersion, *policy.Document, error) {
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil || n == 0 {
		return nil, nil, fmt.Errorf("%q is not the number of a version", number)
	}
	cl, err := operatorClient(home)
	if err != nil {
		return nil, nil, err
	}
	var v policyVersion
	if err := cl.Query(c.Context(), "net.metanet.policy.get", url.Values{"version": {number}}, &v); err != nil {
		return nil, nil, err
	}
	if got := fmt.Sprintf("0x%x", policy.Digest([]byte(v.Canonical))); got != v.Digest {
		return nil, nil, fmt.Errorf("version %d has digest %s, its text %s", n, v.Digest, got)
	}
	d, err := policy.ParseCanonical([]byte(v.Canonical))
	return &v, d, err
}

func policyDefault() *cobra.Command {
	return &cobra.Command{
		Use:   "default",
		Short: "Print the policy that new servers start with",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := io.WriteString(c.OutOrStdout(), policy.DefaultYAML())
			return err
		},
	}
}
