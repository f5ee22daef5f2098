package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"metanet/content/store"
	"metanet/node"
)

func newCheck() *cobra.Command {
	c := &cobra.Command{
		Use:   "check",
		Short: "Read everything that a stopped node has stored and name what is wrong",
		Long: `Reads every entry of the store: each record's encoding, hash and signature, each
block's hash, each blob's blocks, and every entry and count of the indexes, which are
made anew beside the store to compare (this takes disk space while it lasts), and so
are notifications, search and lists where they had caught up. It changes nothing.
Each fault is one line; with any, the exit status is 1.

What is wrong with an index is mended by "metanet rebuild". A damaged record or blob
can be had from another server again, or from a backup.`,
		Args: cobra.NoArgs,
	}
	home := homeFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		faults := 0
		bar := counter(c.ErrOrStderr(), "checking")
		err := node.Check(c.Context(), *home, func(f store.Fault) {
			faults++
			_ = bar.Clear()
			fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", f.Where, f.What)
		}, func(n uint64) {
			_ = bar.Set64(int64(n)) // a bar that cannot be drawn stops nothing
		})
		_ = bar.Finish()
		switch {
		case err != nil:
			return &exitError{2, err}
		case faults > 0:
			return fmt.Errorf("%d faults", faults)
		}
		fmt.Fprintln(c.OutOrStdout(), "nothing is wrong")
		return nil
	}
	return c
}

func newRebuild() *cobra.Command {
	c := &cobra.Command{
		Use:   "rebuild",
		Short: "Make a stopped node's indexes anew from its records",
		Long: `Throws away what is derived from the records (feeds, threads, counts, followers,
references to blobs, what people keep here) and derives it again. Records, blobs and settings stay as they
are. Notifications and search are made anew while the node runs ("metanet status"
says how far they are). Cut short, it goes on at the next start.`,
		Args: cobra.NoArgs,
	}
	home := homeFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		bar := counter(c.ErrOrStderr(), "rebuilding")
		records := uint64(0)
		err := node.Rebuild(c.Context(), *home, func(what string, n uint64) {
			records = max(records, n)
			bar.Describe("rebuilding: " + what)
			_ = bar.Set64(int64(n))
		})
		_ = bar.Finish()
		if err != nil {
			return &exitError{2, err}
		}
		fmt.Fprintf(c.OutOrStdout(), "rebuilt from %d paths\n", records)
		return nil
	}
	return c
}

// counter draws how many there were so far, where a person sees it.
func counter(w io.Writer, what string) *progressbar.ProgressBar {
	return progressbar.NewOptions(-1, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetVisibility(isTerminal(w)))
}
