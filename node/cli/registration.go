package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"metanet/identity"
	accounts "metanet/node/session"
)

func newRegistration() *cobra.Command {
	c := &cobra.Command{
		Use:   "registration",
		Short: "Decide who may get an account",
		Long: `Who may get an account at the running node:

  open        anybody with a wallet
  approval    whom you approve: people apply with a note
  invitation  who brings a code that you made
  wallets     wallets on your list
  closed      nobody

A change is in force at once and lasts; but what --registration or the config file
says wins at each start. People who have an account are never asked again. Each
decision stands in the journal ("metanet block journal").`,
		Args: cobra.NoArgs,
	}
	home := homeFlag(c)
	c.AddCommand(registrationShow(home), registrationMode(home), registrationList(home),
		registrationDecide(home, true), registrationDecide(home, false),
		registrationInvite(home), registrationInvitations(home), registrationWithdraw(home), registrationWallets(home))
	return c
}

// registration is net.metanet.admin.getRegistration's answer.
type registration struct {
	Mode         accounts.Mode          `json:"mode"`
	Applications []accounts.Application `json:"applications"`
	Invitations  []accounts.Invitation  `json:"invitations"`
	Wallets      []identity.Address     `json:"wallets"`
}

// askOperator calls the running node as its operator; in nil is a query.
func askOperator(ctx context.Context, home, name string, in, out any) error {
	cl, err := operatorClient(home)
	if err != nil {
		return err
	}
	if in == nil {
		return cl.Query(ctx, "net.metanet.admin."+name, nil, out)
	}
	return cl.Procedure(ctx, "net.metanet.admin."+name, in, out)
}

func registrationShow(home *string) *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Show the mode, and what waits",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var r registration
			if err := askOperator(c.Context(), *home, "getRegistration", nil, &r); err != nil {
				return err
			}
			waiting := 0
			for _, a := range r.Applications {
				if a.Decision == accounts.Waiting {
					waiting++
				}
			}
			fmt.Fprintf(c.OutOrStdout(), "mode          %s\napplications  %d wait\ninvitations   %d\nwallets       %d listed\n",
				r.Mode, waiting, len(r.Invitations), len(r.Wallets))
			return nil
		},
	}
}

func registrationMode(home *string) *cobra.Command {
	return &cobra.Command{
		Use:       "mode MODE",
		Short:     "Change who may get an account, from now on",
		Args:      cobra.ExactArgs(1),
		ValidArgs: []string{"open", "approval", "invitation", "wallets", "closed"},
		RunE: func(c *cobra.Command, args []string) error {
			return askOperator(c.Context(), *home, "setRegistration", map[string]any{"mode": args[0]}, nil)
		},
	}
}

func registrationList(home *string) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List who has applied, the oldest first",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var r registration
			if err := askOperator(c.Context(), *home, "getRegistration", nil, &r); err != nil {
				return err
			}
			return printApplications(c.OutOrStdout(), r.Applications)
		},
	}
}

func printApplications(out io.Writer, list []accounts.Application) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "DECISION\tAPPLIED\tHANDLE\tDID\tNOTE")
	for _, a := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", a.Decision, a.Made.Format(time.DateTime), a.Handle, a.DID, a.Note)
	}
	return w.Flush()
}

func registrationDecide(home *string, approve bool) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:   "approve DID",
		Short: "Let an applicant have an account",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			did, err := identity.ParseDID(args[0])
			if err != nil {
				return err
			}
			in := map[string]any{"did": did, "approve": approve, "reason": reason}
			return askOperator(c.Context(), *home, "decideApplication", in, nil)
		},
	}
	if !approve {
		c.Use, c.Short = "refuse DID", "Refuse an applicant, who may apply again after thirty days"
		c.Flags().StringVar(&reason, "reason", "", "why; the applicant is told")
	}
	return c
}

func registrationInvite(home *string) *cobra.Command {
	var count, uses int
	var lasting time.Duration
	var note string
	c := &cobra.Command{
		Use:   "invite",
		Short: "Make invitations; each code is shown this once",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			in := map[string]any{"count": count, "uses": uses, "note": note, "expires": time.Now().Add(lasting)}
			var out struct {
				Codes []string `json:"codes"`
			}
			if err := askOperator(c.Context(), *home, "invite", in, &out); err != nil {
				return err
			}
			fmt.Fprintln(c.OutOrStdout(), strings.Join(out.Codes, "\n"))
			return nil
		},
	}
	c.Flags().IntVar(&count, "count", 1, "how many codes")
	c.Flags().IntVar(&uses, "uses", 1, "how many accounts each code gives")
	c.Flags().DurationVar(&lasting, "expires", accounts.InvitationTTL, "after what time the codes end")
	c.Flags().StringVar(&note, "note", "", "to tell invitations apart")
	return c
}

func registrationInvitations(home *string) *cobra.Command {
	return &cobra.Command{
		Use:   "invitations",
		Short: "List invitations and who used them",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var r registration
			if err := askOperator(c.Context(), *home, "getRegistration", nil, &r); err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tBY\tEXPIRES\tUSED\tNOTE")
			for _, i := range r.Invitations {
				fmt.Fprintf(w, "%s\t%s\t%s\t%d of %d\t%s\n", i.ID, i.By, i.Expires.Format(time.DateTime), len(i.Used), i.Uses, i.Note)
				for _, did := range i.Used {
					fmt.Fprintf(w, "\t%s\n", did)
				}
			}
			return w.Flush()
		},
	}
}

func registrationWithdraw(home *string) *cobra.Command {
	return &cobra.Command{
		Use:   "withdraw ID",
		Short: "End an invitation",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return askOperator(c.Context(), *home, "withdrawInvitation", map[string]any{"id": args[0]}, nil)
		},
	}
}

func registrationWallets(home *string) *cobra.Command {
	var remove bool
	c := &cobra.Command{
		Use:   "wallets [ADDRESS...]",
		Short: "List wallets, or add some to the list",
		Args:  cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				var r registration
				if err := askOperator(c.Context(), *home, "getRegistration", nil, &r); err != nil {
					return err
				}
				for _, a := range r.Wallets {
					fmt.Fprintln(c.OutOrStdout(), a.Checksum())
				}
				return nil
			}
			list := make([]identity.Address, len(args))
			for i, text := range args {
				a, err := identity.ParseAddress(text)
				if err != nil {
					return err
				}
				list[i] = a
			}
			what := "add"
			if remove {
				what = "remove"
			}
			return askOperator(c.Context(), *home, "listWallets", map[string]any{what: list}, nil)
		},
	}
	c.Flags().BoolVar(&remove, "remove", false, "take them off the list")
	return c
}
