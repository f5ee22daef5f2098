package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"metanet/node"
	"metanet/node/backup"
)

func newBackup() *cobra.Command {
	var keep int
	var verify, list bool
	c := &cobra.Command{
		Use:   "backup DIR",
		Short: "Back up a node's home, running or not",
		Long: `Adds a generation to the backups in DIR: everything of the home as of one moment, also
while the node runs. What DIR has already is not copied again, so a second run copies
what has changed. Cut short, it leaves the generations that were there, and the next
run goes on with what was copied. Then old generations are removed.

DIR holds the server's private keys, and everything that people keep here, as they are:
it is readable by you only, and what leaves this machine should be encrypted. Passphrase
files and keystores outside the home are not in it.`,
		Args: cobra.ExactArgs(1),
	}
	home := homeFlag(c)
	c.Flags().IntVar(&keep, "keep", 7, "`N` newest generations to keep; 0 keeps all")
	c.Flags().BoolVar(&list, "list", false, "only list the generations in DIR")
	c.Flags().BoolVar(&verify, "verify", false, "only read the newest generation and compare all sums")
	c.MarkFlagsMutuallyExclusive("list", "verify")
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		if keep < 0 {
			return &exitError{2, errors.New("--keep: not a number of generations")}
		}
		open := backup.Create
		if list || verify {
			open = backup.Open
		}
		d, err := open(args[0])
		if err != nil {
			return &exitError{2, err}
		}
		defer func() { err = errors.Join(err, d.Close()) }()
		switch {
		case list:
			return listBackups(c.OutOrStdout(), d)
		case verify:
			return verifyBackup(c, d)
		}
		return backUp(c, d, *home, keep)
	}
	return c
}

func backUp(c *cobra.Command, to *backup.Dir, home string, keep int) error {
	bar := bytesBar(c.ErrOrStderr(), "backing up")
	a, err := node.Backup(c.Context(), home, to, backup.Adding{Now: time.Now(), Keep: keep, Progress: bar.report},
		func(ctx context.Context) (string, error) { return askCheckpoint(ctx, home) })
	bar.finish()
	if err != nil {
		return &exitError{2, err}
	}
	fmt.Fprintf(c.OutOrStdout(), "generation  %s\nfiles       %d, %s\ncopied      %s\n",
		a.Name, a.Files, humanize.IBytes(uint64(a.Bytes)), humanize.IBytes(uint64(a.Copied)))
	if a.Dropped > 0 {
		fmt.Fprintf(c.OutOrStdout(), "removed     %d old\n", a.Dropped)
	}
	return nil
}

// askCheckpoint has the node that runs put a copy of its home beside it. That may
// take longer than other calls.
func askCheckpoint(ctx context.Context, home string) (string, error) {
	cl, err := operatorClient(home)
	if err != nil {
		return "", err
	}
	patient := *cl.HTTP
	patient.Timeout = 0
	cl.HTTP = &patient
	var out node.Checkpointed
	err = cl.Procedure(ctx, "net.metanet.admin.checkpoint", nil, &out)
	return out.Path, err
}

func listBackups(w io.Writer, d *backup.Dir) error {
	names, err := d.Generations()
	if err != nil {
		return &exitError{2, err}
	}
	for _, name := range names {
		m, err := d.Manifest(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s  %d files  %s\n", name, len(m.Files), humanize.IBytes(uint64(m.Bytes())))
	}
	return nil
}

func verifyBackup(c *cobra.Command, d *backup.Dir) error {
	m, err := d.Manifest("")
	if err != nil {
		return err
	}
	bar, faults := bytesBar(c.ErrOrStderr(), "verifying"), 0
	err = d.Verify(c.Context(), m, func(f backup.File, err error) {
		faults++
		bar.clear()
		fmt.Fprintf(c.OutOrStdout(), "%s: %v\n", f.Path, err)
	}, bar.report)
	bar.finish()
	switch {
	case err != nil:
		return &exitError{2, err}
	case faults > 0:
		return fmt.Errorf("%d faults", faults)
	}
	fmt.Fprintln(c.OutOrStdout(), "nothing is wrong")
	return nil
}

func newRestore() *cobra.Command {
	var generation string
	c := &cobra.Command{
		Use:   "restore DIR",
		Short: "Bring a node's home back from a backup",
		Long: `Copies the newest generation in DIR, or the one that --generation names, into --home,
which must be empty or not there, and compares the sum of each file. Cut short, it is
to be repeated; until then no node starts there.

Never start the home that was lost and the one that was restored both: they have the
same keys. Everybody has to sign in again. What was deleted, blocked or spent (recovery
codes, invitations) after the backup is as it was before; what was posted since comes
back from other servers.`,
		Args: cobra.ExactArgs(1),
	}
	home := homeFlag(c)
	c.Flags().StringVar(&generation, "generation", "", "`NAME` of the generation, as \"metanet backup DIR --list\" prints it")
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		d, err := backup.Open(args[0])
		if err != nil {
			return &exitError{2, err}
		}
		defer func() { err = errors.Join(err, d.Close()) }()
		m, err := d.Manifest(generation)
		if err != nil {
			return &exitError{2, err}
		}
		bar := bytesBar(c.ErrOrStderr(), "restoring")
		err = node.Restore(c.Context(), d, m, *home, bar.report)
		bar.finish()
		switch {
		case errors.Is(err, backup.ErrDamaged):
			return err
		case err != nil:
			return &exitError{2, err}
		}
		fmt.Fprintf(c.OutOrStdout(), "restored %s of %s into %s\n", humanize.IBytes(uint64(m.Bytes())), m.Made.Format(time.DateTime), *home)
		return nil
	}
	return c
}

// byteBar draws how much of the whole is done with, once that is known.
type byteBar struct {
	w    io.Writer
	what string
	bar  *progressbar.ProgressBar
}

func bytesBar(w io.Writer, what string) *byteBar { return &byteBar{w: w, what: what} }

func (b *byteBar) report(done, total int64) {
	if b.bar == nil {
		b.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(b.w), progressbar.OptionSetDescription(b.what), progressbar.OptionShowBytes(true),
			progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetVisibility(isTerminal(b.w)))
	}
	b.bar.ChangeMax64(total)
	_ = b.bar.Set64(done) // a bar that cannot be drawn stops nothing
}

func (b *byteBar) clear() {
	if b.bar != nil {
		_ = b.bar.Clear()
	}
}

func (b *byteBar) finish() {
	if b.bar != nil {
		_ = b.bar.Finish()
	}
}
