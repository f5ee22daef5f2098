package cli

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// openSession is one sign-in in net.metanet.auth.listSessions.
type openSession struct {
	ID         string    `json:"id"`
	Current    bool      `json:"current"`
	Method     string    `json:"method"`
	Agent      string    `json:"agent"`
	Network    string    `json:"network"`
	LastUsedAt time.Time `json:"lastUsedAt"`
	ExpiresAt  time.Time `json:"expiresAt"`
}

func keySessions(dir *string) *cobra.Command {
	var end string
	var others bool
	c := &cobra.Command{
		Use:   "sessions",
		Short: "Show where you are signed in, or end sign-ins",
		Example: `  metanet key sessions
  metanet key sessions --end ID
  metanet key sessions --end-others`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if end != "" && others {
				return &exitError{2, errors.New("say either --end or --end-others")}
			}
			p, err := openPerson(*dir)
			if err != nil {
				return err
			}
			s, err := p.session()
			if err != nil {
				return err
			}
			cl, err := p.refreshed(c.Context(), s)
			if err != nil {
				return err
			}
			if end != "" || others {
				in := map[string]any{"id": end, "others": others}
				return cl.Procedure(c.Context(), "net.metanet.auth.revokeSession", in, nil)
			}
			var out struct{ Sessions []openSession }
			if err := cl.Query(c.Context(), "net.metanet.auth.listSessions", nil, &out); err != nil {
				return err
			}
			printSessions(c, out.Sessions)
			return nil
		},
	}
	c.Flags().StringVar(&end, "end", "", "end the sign-in with this id")
	c.Flags().BoolVar(&others, "end-others", false, "end every sign-in but this device's")
	return c
}

func printSessions(c *cobra.Command, open []openSession) {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintln(w, "ID\tBY\tLAST USED\tENDS\tNETWORK\tPROGRAM")
	for _, s := range open {
		mark := ""
		if s.Current {
			mark = " (this device)"
		}
		fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\t%s\t%q\n", s.ID, mark, s.Method,
			s.LastUsedAt.Format(time.DateTime), s.ExpiresAt.Format(time.DateOnly), s.Network, s.Agent)
	}
}
