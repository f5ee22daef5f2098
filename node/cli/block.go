package cli

import (
	"fmt"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"metanet/node/block"
	"metanet/node/journal"
)

func newBlock() *cobra.Command {
	c := &cobra.Command{
		Use:   "block",
		Short: "Shut out an identity, a server or a record",
		Long: `Shut out, at this server alone and at once: SUBJECT is an identity (did:ethr:…, or a
handle or AT name known here), a whole server with everybody whose home it is
(server:NUMBER), or one record (at://…). What is blocked is shown to nobody and passed
on to nobody, nothing new of it is taken, and its sign-ins here end. What is here is
kept, and shown again when the block is removed. Each decision and its reason stays in
the journal.`,
		Args: cobra.NoArgs,
	}
	home := homeFlag(c)
	c.AddCommand(blockChange(home, "block"), blockChange(home, "unblock"), blockList(home), blockJournal(home))
	return c
}

func blockChange(home *string, what string) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:     "add SUBJECT --reason TEXT",
		Short:   "Block somebody or something",
		Example: "  metanet block add server:7 --reason 'floods us with spam'",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return askOperator(c.Context(), *home, what, map[string]any{"subject": args[0], "reason": reason}, nil)
		},
	}
	if what == "unblock" {
		c.Use, c.Short = "remove SUBJECT", "Take a block back"
		c.Long = "Take a block back. Name SUBJECT as `metanet block list` does: handles and AT names of\nwhom it shuts out are not known here any more."
		c.Example = "  metanet block remove did:ethr:0x7a69:0x… --reason 'talked to her'"
	}
	c.Flags().StringVar(&reason, "reason", "", "why; it stands in the journal, and who is blocked is told")
	return c
}

func blockList(home *string) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List what is blocked, the oldest first",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var out struct {
				Blocks []block.Block `json:"blocks"`
			}
			if err := askOperator(c.Context(), *home, "listBlocks", nil, &out); err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "SINCE\tSUBJECT\tREASON")
			for _, b := range out.Blocks {
				fmt.Fprintf(w, "%s\t%s\t%s\n", b.Since.Format(time.DateTime), b.Name, b.Reason)
			}
			return w.Flush()
		},
	}
}

func blockJournal(home *string) *cobra.Command {
	return &cobra.Command{
		Use:   "journal",
		Short: "Print what was decided here, the oldest first",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cl, err := operatorClient(*home)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "NUMBER\tTIME\tBY\tACTION\tSUBJECT\tREASON")
			for after := uint64(0); ; {
				var out struct {
					Entries []journal.Entry `json:"entries"`
				}
				params := url.Values{"after": {strconv.FormatUint(after, 10)}}
				if err := cl.Query(c.Context(), "net.metanet.admin.getJournal", params, &out); err != nil {
					return err
				}
				if len(out.Entries) == 0 {
					return w.Flush()
				}
				for _, e := range out.Entries {
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", e.Number, e.Time.Format(time.DateTime), e.By, e.Action, e.Subject, e.Reason)
					after = e.Number
				}
			}
		},
	}
}
