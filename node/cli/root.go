// Package cli is the command line of metanet: a file per subcommand. It parses
// words and prints answers; what they mean lives in the packages it calls. Only
// `up`, and `operator` while no node runs, open a home directory. The other commands talk to a running node over
// HTTP, as any client would, or (audit) to a chain and a server they don't trust.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// exitError carries the exit status that a command promises in its help.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// Main runs the command line and returns the process's exit status: 0 when all
// went well, 1 when something was refused or found false, 2 when the command
// could not run at all.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var exit *exitError
	if !errors.As(err, &exit) {
		exit = &exitError{1, err}
		if strings.HasPrefix(err.Error(), "unknown command ") { // cobra has no other sign of it
			exit.code = 2
		}
	}
	fmt.Fprintf(stderr, "metanet: %v\n", exit.err)
	return exit.code
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "metanet",
		Short: "A node for social networks that nobody owns",
		Long: `metanet runs a node of the MetaNet protocol, and speaks to running ones.

Peers gossip signed posts, keep blobs by content address, and anchor identity
keys and moderation policies on an EVM chain. Start with:

  metanet up                                   a node, a chain and a web page
  metanet up --join http://127.0.0.1:8080      a second node beside it
  metanet audit http://127.0.0.1:8080          check a server without trusting it`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return &exitError{2, fmt.Errorf("%w (see `%s --help`)", err, c.CommandPath())}
	})
	root.AddCommand(newUp(), newStatus(), newPeers(), newDoctor(), newCheck(), newRebuild(), newBackup(), newRestore(), newPolicy(), newOperator(), newChain(), newAudit(), newRegistration(), newBlock(), newLeave(), newImport(), newExport(), newKey(), newHandle(), newMove(), newPost(), newFollow(), newVersion())
	strict(root)
	return root
}

// strict has arguments and flags that are missing or too many end with exit
// status 2, as misspelt ones do: 1 is what a command found.
func strict(c *cobra.Command) {
	if c.HasParent() && c.HasSubCommands() && !c.Runnable() { // cobra would take any word for a wish for help
		c.Args, c.DisableFlagsInUseLine = cobra.NoArgs, true
		c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	}
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			err := check(c, args)
			if err == nil {
				err = c.ValidateRequiredFlags()
			}
			if err != nil {
				return &exitError{2, fmt.Errorf("%w (see `%s --help`)", err, c.CommandPath())}
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		strict(sub)
	}
}
