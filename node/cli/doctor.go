package cli

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"metanet/node"
)

func newDoctor() *cobra.Command {
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what is wrong with a node, running or not",
		Long: `Looks at the home directory, keys, ports, chain and clock, and says what to do
about whatever isn't fine. It changes nothing. The exit status is 1 if something is
broken.`,
		Args: cobra.NoArgs,
	}
	home := homeFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
		broken := false
		for _, d := range node.Examine(c.Context(), *home) {
			broken = broken || d.Health == node.Broken
			fmt.Fprintf(w, "%s\t%s\t%s\n", d.Health, d.What, d.Detail)
		}
		w.Flush()
		if broken {
			return errors.New("something is broken")
		}
		return nil
	}
	return c
}
