package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/hyphacoop/go-dasl/drisl"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"metanet/content/repo"
	"metanet/node/client"
)

// One request of an import carries so many records and bytes at most.
const (
	importRecords = 500
	importBytes   = 4 << 20
)

func newImport() *cobra.Command {
	var blocks bool
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Bring in what you have written elsewhere",
		Long: `Sends a file to the server where you are signed in, which reads it in the background;
this command waits and tells what became of it. It may be cut short and run again, and
importing the same twice changes nothing. The file is one of

  metanet.car                 your own archive ("metanet export"): records, pictures,
                              follows. Each is verified; nothing of others is taken
  repo.car                    an AT repository: values and CIDs stay, signatures are new
  archive.tar.gz, .zip        Mastodon's archive of your posts: those that were public,
                              with their dates and media, marked as imported
  following_accounts.csv      Mastodon's list of follows: those known here are followed
  blocked_accounts.csv        its list of blocks, which here are public (--blocks)

Nobody is told of imported posts, and they stand at their own dates. For all but the
first, the server's key must be authorised ("metanet key enrol --hosted").

For the operator, "metanet import car" brings in AT repositories for others.`,
		Example: "  metanet import archive-20260304.tar.gz",
		Args:    cobra.ExactArgs(1),
	}
	dir := personFlags(c)
	c.Flags().BoolVar(&blocks, "blocks", false, "publish the blocks of a blocked_accounts.csv")
	c.RunE = func(c *cobra.Command, args []string) error { return importFile(c, *dir, args[0], blocks) }
	c.AddCommand(importCAR())
	return c
}

func importCAR() *cobra.Command {
	var as string
	var home *string
	c := &cobra.Command{
		Use:   "car FILE --as IDENTITY",
		Short: "As the operator: bring in an AT repository for one of this server's identities",
		Long: `Reads the CAR file of an AT repository and puts every record of it under the given
identity: the value bytes, and so their CIDs, stay the same; only the signature is
new. The identity must have authorised this server's hosted key (see
"metanet key enrol --hosted"). Values that don't fit today's schemas are kept with a
flag. Whatever is refused is named with its reason, and the exit status is 1.`,
		Example: "  metanet import car repo.car --as alice.example.org",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cl, err := operatorClient(*home)
			if err != nil {
				return &exitError{2, err}
			}
			f, err := os.Open(args[0])
			if err != nil {
				return &exitError{2, err}
			}
			defer f.Close()
			im := &importer{cl: cl, as: as, out: c.OutOrStdout(), tally: make(map[string]*tally)}
			im.bar = counter(c.ErrOrStderr(), "importing")
			return im.run(c.Context(), f)
		},
	}
	home = homeFlag(c)
	c.Flags().StringVar(&as, "as", "", "the identity (handle or DID) that the records are to belong to")
	if err := c.MarkFlagRequired("as"); err != nil {
		panic(err) // the flag is declared above
	}
	return c
}

// importer sends records in pages and keeps count of what became of them.
type importer struct {
	cl      *client.Client
	as      string
	out     io.Writer
	bar     *progressbar.ProgressBar
	page    []importedRecord
	size    int
	tally   map[string]*tally // by collection
	refused []string
}

type importedRecord struct {
	_     struct{} `cbor:",toarray"`
	Path  string
	Value []byte
}

// tally counts the records of one collection.
type tally struct{ kept, same, flagged, refused, left int }

func (im *importer) run(ctx context.Context, r io.Reader) error {
	summary, err := repo.ReadCAR(r, func(rec repo.Record) error {
		if rec.Err != nil {
			path := rec.Key
			if path == "" {
				path = "(unknown)" // a part of the tree, and so of the paths, is missing
			}
			im.refuse(path, rec.Err.Error())
			return nil
		}
		im.page = append(im.page, importedRecord{Path: rec.Path.String(), Value: rec.Value})
		if im.size += len(rec.Value); len(im.page) < importRecords && im.size < importBytes {
			return nil
		}
		return im.send(ctx)
	})
	if err == nil {
		err = im.send(ctx)
	}
	_ = im.bar.Finish() // a bar that cannot be drawn stops nothing
	im.print(summary)
	if err != nil {
		return &exitError{2, err}
	}
	if len(im.refused) > 0 {
		return fmt.Errorf("%d records were refused", len(im.refused))
	}
	return nil
}

func (im *importer) of(path string) *tally {
	collection, _, _ := strings.Cut(path, "/")
	t := im.tally[collection]
	if t == nil {
		t = &tally{}
		im.tally[collection] = t
	}
	return t
}

func (im *importer) refuse(path, reason string) {
	im.of(path).refused++
	im.refused = append(im.refused, path+": "+reason)
}

func (im *importer) send(ctx context.Context) error {
	if len(im.page) == 0 {
		return nil
	}
	body, err := drisl.Marshal(map[string]any{"as": im.as, "records": im.page})
	if err != nil {
		return err
	}
	var answer struct {
		Results []struct {
			Status, Message, Remark string
		} `json:"results"`
	}
	if err := im.cl.Post(ctx, "net.metanet.admin.importRecords", "application/cbor", body, &answer); err != nil {
		return err
	}
	if len(answer.Results) != len(im.page) {
		return errors.New("the node answered for another number of records than it was sent")
	}
	for i, r := range answer.Results {
		path := im.page[i].Path
		switch r.Status {
		case "refused":
			im.refuse(path, r.Message)
			continue
		case "duplicate":
			im.of(path).same++
		case "superseded":
			im.of(path).left++
		default:
			im.of(path).kept++
		}
		if r.Remark != "" {
			im.of(path).flagged++
		}
	}
	_ = im.bar.Add(len(im.page))
	im.page, im.size = nil, 0
	return nil
}

func (im *importer) print(s *repo.Summary) {
	w := tabwriter.NewWriter(im.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "kept\told schema\talready here\tchanged here since\trefused\tcollection\t")
	collections := make([]string, 0, len(im.tally))
	for name := range im.tally {
		collections = append(collections, name)
	}
	slices.Sort(collections)
	for _, name := range collections {
		t := im.tally[name]
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%d\t%s\t\n", t.kept, t.flagged, t.same, t.left, t.refused, name)
	}
	w.Flush()
	for _, r := range im.refused {
		fmt.Fprintln(im.out, "refused", r)
	}
	if s == nil {
		return
	}
	former := 0
	for _, n := range s.Former {
		former += n
	}
	if former > 0 {
		fmt.Fprintf(im.out, "%d values in the file belong to no record any more (deleted or replaced by their author) and were left out\n", former)
	}
}
