package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"metanet/content/archive"
	"metanet/node/client"
)

// uploadPart is how much of a file is sent at once, in bytes: a slow line must get
// it through before the client gives up.
const uploadPart = 2 << 20

// importStatus is net.metanet.import.status's answer.
type importStatus struct {
	State, Name, Kind, Error                                  string
	Total, Size, Read                                         int64
	New, Same, Kept, Flagged, Hidden, Waiting, Refused, Blobs int
	LeftOut                                                   map[string]int
	Notes                                                     []string
}

// carrier sends files of one person's to their server.
type carrier struct {
	cl     *client.Client
	out    io.Writer
	bar    io.Writer // where progress is drawn, if that is a terminal
	blocks bool
}

// run uploads a file, has it read, and tells what became of it. What was sent
// before, by a run that was cut short, is not sent again.
func (c *carrier) run(ctx context.Context, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var st importStatus
	name, total := filepath.Base(file), info.Size()
	err = c.cl.Query(ctx, "net.metanet.import.status", nil, &st)
	var refusal *client.Error
	if errors.As(err, &refusal) && refusal.Code == "NotFound" {
		err = nil
	}
	if err != nil {
		return err
	}
	if under := st.State == "waiting" || st.State == "running"; !under {
		offset := int64(0)
		if st.State == "uploading" && st.Name == name && st.Total == total {
			offset = st.Size
		}
		if err := c.upload(ctx, f, name, offset, total); err != nil {
			return err
		}
		if err := c.cl.Procedure(ctx, "net.metanet.import.start", map[string]any{"blocks": c.blocks}, &st); err != nil {
			return err
		}
	} else if st.Name != name || st.Total != total {
		return fmt.Errorf("an import of %s is under way; try again when it is done", st.Name)
	}
	if st, err = c.wait(ctx, total); err != nil {
		return err
	}
	return c.report(st)
}

func (c *carrier) progress(total int64, what string) *progressbar.ProgressBar {
	return progressbar.NewOptions64(total, progressbar.OptionSetWriter(c.bar), progressbar.OptionSetDescription(what), progressbar.OptionShowBytes(true),
		progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetVisibility(isTerminal(c.bar)))
}

func (c *carrier) upload(ctx context.Context, f *os.File, name string, offset, total int64) error {
	if offset > 0 {
		fmt.Fprintf(c.out, "going on behind byte %d\n", offset)
	}
	bar := c.progress(total, "sending")
	defer bar.Finish()
	part := make([]byte, uploadPart)
	for offset < total {
		n, err := f.ReadAt(part[:min(uploadPart, total-offset)], offset)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		params := url.Values{"name": {name}, "offset": {strconv.FormatInt(offset, 10)}, "total": {strconv.FormatInt(total, 10)}}
		var st importStatus
		if err := c.cl.Post(ctx, "net.metanet.import.upload?"+params.Encode(), "application/octet-stream", part[:n], &st); err != nil {
			return err
		}
		if st.Size <= offset {
			return errors.New("the server takes nothing more of the file")
		}
		offset = st.Size
		_ = bar.Set64(offset) // a bar that cannot be drawn stops nothing
	}
	return nil
}

// importPoll is how often an import is asked after.
const importPoll = 300 * time.Millisecond

func (c *carrier) wait(ctx context.Context, total int64) (st importStatus, err error) {
	bar := c.progress(total, "importing")
	defer bar.Finish()
	for {
		if err := c.cl.Query(ctx, "net.metanet.import.status", nil, &st); err != nil {
			return st, err
		}
		if st.State == "done" || st.State == "failed" {
			return st, nil
		}
		_ = bar.Set64(min(st.Read, total))
		select {
		case <-time.After(importPoll):
		case <-ctx.Done():
			return st, errors.New("the server goes on with it; the same command tells how far it is")
		}
	}
}

// report tells what became of the records; a refused one is an error.
func (c *carrier) report(st importStatus) error {
	for _, line := range []struct {
		n    int
		what string
	}{
		{st.New, "records are new here"}, {st.Flagged, "of these don't fit today's schemas, and are kept with a flag"},
		{st.Same, "were here already"}, {st.Kept, "were left as you have written or deleted them here since"}, {st.Blobs, "files are new here"},
		{st.Hidden, "are hidden: their keys have ended; authorise this server's key (metanet key enrol --hosted) and import again"},
		{st.Waiting, "wait until the chain shows their keys"}, {st.Refused, "were refused"},
	} {
		if line.n > 0 {
			fmt.Fprintf(c.out, "%8d %s\n", line.n, line.what)
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(st.LeftOut)) {
		fmt.Fprintf(c.out, "%8d left out: %s\n", st.LeftOut[reason], reason)
	}
	for _, note := range st.Notes {
		fmt.Fprintln(c.out, "         ", note)
	}
	switch {
	case st.State == "failed":
		return fmt.Errorf("import failed: %s", st.Error)
	case st.Refused > 0:
		return fmt.Errorf("%d records were refused", st.Refused)
	}
	return nil
}

// importFile is `metanet import FILE`.
func importFile(c *cobra.Command, dir, file string, blocks bool) error {
	p, s, err := signedIn(dir)
	if err != nil {
		return err
	}
	cl, err := p.refreshed(c.Context(), s)
	if err != nil {
		return err
	}
	return (&carrier{cl: cl, out: c.OutOrStdout(), bar: c.ErrOrStderr(), blocks: blocks}).run(c.Context(), file)
}

// checkArchive reads an archive to its end and tells what is in it.
func checkArchive(file string) (n archive.Counts, err error) {
	f, err := os.Open(file)
	if err != nil {
		return n, err
	}
	defer f.Close()
	r, err := archive.NewReader(f)
	if err != nil {
		return n, fmt.Errorf("%s: %w", file, err)
	}
	for {
		item, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return n, fmt.Errorf("%s: %w", file, err)
		case item.Record != nil:
			if err := item.Record.Verify(r.Head().Network); err != nil {
				return n, fmt.Errorf("%s: %s: %w", file, item.Record.Path, err)
			}
			n.Records++
		case item.Document != nil:
			n.Documents++
		default:
			n.Blobs++
		}
	}
}
