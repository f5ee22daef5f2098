package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/dustin/go-humanize/english"
	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"

	"metanet/content/archive"
	"metanet/content/record"
	"metanet/identity"
	"metanet/node/client"
)

func newExport() *cobra.Command {
	var server, file string
	c := &cobra.Command{
		Use:   "export [IDENTITY]",
		Short: "Keep your own copy of everything that is yours",
		Long: `Writes one archive, a CAR file, of all that the server has of you: your records with
their signatures, follows among them, your pictures and films, the settings of your
account, and what the operator has decided about you. It is checked to the end when it
is here. "metanet import" brings it to another server, and "metanet move --archive"
takes it, should your server one day be gone or turn against you. Anybody can check the
records without that server.

With an IDENTITY, or a --server where you are not signed in: what is public of it.`,
		Args: cobra.MaximumNArgs(1),
	}
	dir := personFlags(c)
	c.Flags().StringVar(&server, "server", "", "the server to ask (default: where you signed in last)")
	c.Flags().StringVarP(&file, "out", "o", "metanet.car", "file to write; it must not exist")
	c.RunE = func(c *cobra.Command, args []string) error {
		fetch, err := exporter(c.Context(), *dir, server, args)
		if err != nil {
			return err
		}
		return export(c, file, fetch)
	}
	return c
}

// exporter finds out whose archive it is to be, and how it is had.
func exporter(ctx context.Context, dir, server string, args []string) (fetch func(context.Context, io.Writer) error, err error) {
	var p *person
	var s session
	if len(args) == 0 || server == "" {
		if p, s, err = signedIn(dir); err != nil {
			return nil, err
		}
	}
	if len(args) == 0 && (server == "" || server == s.Server) {
		cl, err := p.refreshed(ctx, s)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, w io.Writer) error {
			_, err := cl.Download(ctx, "net.metanet.account.export", nil, w)
			return err
		}, nil
	}
	who := string(s.DID)
	if len(args) > 0 {
		who = args[0]
	}
	if server == "" {
		server = s.Server
	}
	cl, err := client.New(server)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, w io.Writer) error { return exportPublic(ctx, cl, who, w) }, nil
}

// export writes the file, whole or not at all.
func export(c *cobra.Command, file string, fetch func(context.Context, io.Writer) error) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = fetch(c.Context(), f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	n, err := checkArchive(file)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "%s, %s and %s in %s\n",
		english.Plural(n.Records, "record", ""), english.Plural(n.Blobs, "file", ""), english.Plural(n.Documents, "document", ""), file)
	return nil
}

// exportPublic makes an archive of what everybody can have of an identity.
func exportPublic(ctx context.Context, cl *client.Client, who string, w io.Writer) error {
	var about struct {
		Network string `json:"network"`
		Server  struct {
			Domain string `json:"domain"`
		} `json:"server"`
	}
	if err := cl.WellKnown(ctx, &about); err != nil {
		return err
	}
	network, err := identity.ParseNetwork(about.Network)
	if err != nil {
		return err
	}
	var id identityInfo
	if err := cl.Query(ctx, "net.metanet.identity.get", url.Values{"did": {who}}, &id); err != nil {
		return err
	}
	out, err := archive.NewWriter(w, archive.Head{DID: id.DID, Network: network, Server: about.Server.Domain, Created: time.Now()})
	if err != nil {
		return err
	}
	seen, blobs := map[cid.Cid]bool{}, []cid.Cid(nil)
	err = cl.Export(ctx, string(id.DID), func(message []byte) error {
		bundles, faults, err := record.DecodeMessage(message)
		if err := errors.Join(append(faults, err)...); err != nil {
			return fmt.Errorf("%s sent what is no record: %w", cl.Base, err)
		}
		for _, b := range bundles {
			if err := out.Record(b); err != nil {
				return err
			}
			if b.Value == nil {
				continue
			}
			for _, ref := range record.Inspect(b.Value).Blobs {
				if !seen[ref.CID] {
					seen[ref.CID], blobs = true, append(blobs, ref.CID)
				}
			}
		}
		return nil
	})
	for _, c := range blobs {
		if err == nil {
			err = copyBlob(ctx, cl, id, c, out)
		}
	}
	return errors.Join(err, out.Close())
}

// copyBlob has one blob by way of a file: an archive tells a blob's size before it.
// One that the server does not have, or does not show, is left out.
func copyBlob(ctx context.Context, cl *client.Client, id identityInfo, c cid.Cid, out *archive.Writer) (err error) {
	f, err := os.CreateTemp("", "metanet-blob-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	size, err := cl.Download(ctx, "com.atproto.sync.getBlob", url.Values{"did": {id.ATName}, "cid": {c.String()}}, f)
	var refusal *client.Error
	if errors.As(err, &refusal) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return out.Blob(c, size, f)
}
