package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"metanet/chain"
	"metanet/content/archive"
	"metanet/content/record"
	"metanet/identity"
	"metanet/node/client"
)

// movePatience is how long the new home may take over restoring what was written.
const movePatience = 10 * time.Minute

func newMove() *cobra.Command {
	var passFile, handle, rpc, archive string
	var late, yes bool
	c := &cobra.Command{
		Use:   "move SERVER",
		Short: "Move your identity, with all that you have written, to another server",
		Long: `Signs in at the new server, has it fetch what you have written (from the old home,
and from peers), names it as home on-chain, and has it sign again what the old home's
key had signed. Your address, names, followers and links stay. The old server need not
agree, and need not be there: with --archive you bring your own copy ("metanet export"
makes one), and with --rpc your wallet sends the transaction itself.`,
		Example: "  metanet move https://new.example.org",
		Args:    cobra.ExactArgs(1),
	}
	dir := personFlags(c)
	c.Flags().StringVar(&passFile, "passphrase-file", "", "file that holds the wallet's passphrase")
	c.Flags().StringVar(&handle, "handle", "", "the name to take, if the new server knows nothing of you yet")
	c.Flags().StringVar(&rpc, "rpc", "", "send the transaction from your own wallet over this RPC")
	c.Flags().StringVar(&archive, "archive", "", "your own copy of what you have written")
	c.Flags().BoolVar(&late, "late", false, "also bring back what the old home signed after the move began; it could be forged")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "don't ask before sending")
	c.RunE = func(c *cobra.Command, args []string) error {
		m := &mover{c: c, late: late, order: &order{dir: dir, passFile: &passFile, rpc: rpc, yes: yes}}
		return m.run(c.Context(), args[0], handle, archive)
	}
	return c
}

// mover is one move from a terminal.
type mover struct {
	c     *cobra.Command
	order *order
	late  bool
	cl    *client.Client // signed in at the new server
}

// moveStatus is net.metanet.move.status's answer.
type moveStatus struct {
	From     uint64 `json:"from"`
	Fetched  int    `json:"fetched"`
	Fault    string `json:"fault"`
	Copied   int    `json:"copied"`
	Arrived  bool   `json:"arrived"`
	Done     bool   `json:"done"`
	Restored struct {
		Seen, Signed, Late, Refused int
	} `json:"restored"`
}

func (m *mover) run(ctx context.Context, server, handle, copy string) error {
	out := m.c.OutOrStdout()
	p, err := openPerson(*m.order.dir)
	if err != nil {
		return err
	}
	wallet, err := m.order.open(m.c)
	if err != nil {
		return err
	}
	cl, err := client.New(server)
	if err != nil {
		return err
	}
	g, err := signIn(ctx, cl, p, wallet.key, newcomer{handle: handle})
	if err != nil {
		return err
	}
	m.cl = cl.With(g.AccessToken)
	fmt.Fprintf(out, "signed in   at %s, as %s\n", cl.Base, g.DID)
	var st moveStatus
	if err := m.cl.Procedure(ctx, "net.metanet.move.begin", map[string]any{}, &st); err != nil {
		return err
	}
	if st.Fault == "" {
		fmt.Fprintf(out, "fetched     %d records from server %d\n", st.Fetched, st.From)
	} else {
		fmt.Fprintf(out, "fetched     %d records; the old home gives no more: %s\n", st.Fetched, st.Fault)
	}
	if copy != "" {
		if err := m.bring(ctx, copy); err != nil {
			return err
		}
	}
	if !st.Arrived {
		if err := m.nameHome(ctx, g, wallet); err != nil {
			return err
		}
	}
	if err := p.saveSession(session{Server: cl.Base, DID: g.DID, ATName: g.ATName, Handle: g.Handle, Access: g.AccessToken, Refresh: g.RefreshToken}); err != nil {
		return err
	}
	if err := m.restored(ctx); err != nil || copy == "" {
		return err
	}
	files := &carrier{cl: m.cl, out: out, bar: m.c.ErrOrStderr()} // what the records refer to
	return files.run(ctx, copy)
}

// nameHome makes the new server the home and its key one that may sign, with one
// signature.
func (m *mover) nameHome(ctx context.Context, g *grant, wallet walletKey) error {
	var about struct {
		Server struct {
			ID     uint64 `json:"id"`
			Domain string `json:"domain"`
		} `json:"server"`
	}
	if err := m.cl.WellKnown(ctx, &about); err != nil {
		return err
	}
	key, err := identity.ParseKeyString(g.HostedKey)
	if err != nil {
		return fmt.Errorf("the new server's key for you: %w", err)
	}
	op := chain.Operation{
		Op: chain.OpEnrol, Identity: g.DID, Key: key, Purpose: identity.PurposeHosted,
		Expiry: uint64(time.Now().AddDate(1, 0, 0).Unix()), Server: about.Server.ID,
	}
	if m.order.rpc != "" {
		m.order.did = string(g.DID)
		return m.order.direct(m.c, wallet, func(identity.DID, identity.Address) chain.Operation { return op })
	}
	fmt.Fprintf(m.c.OutOrStdout(), "order    %s (%s)\n", describe(op), about.Server.Domain)
	if err := m.order.agree(m.c, "Sign and send it?"); err != nil {
		return err
	}
	done, err := relay(ctx, m.cl, wallet, wallet.Address(), op)
	if err != nil {
		return err
	}
	fmt.Fprintf(m.c.OutOrStdout(), "done     in block %d, transaction %s\n", done.Block, done.Tx)
	return nil
}

// bring sends the records of an archive, in messages, before the home changes: what
// the old home signs later can then not take their place.
func (m *mover) bring(ctx context.Context, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	in, err := archive.NewReader(f)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	var page [][]byte
	size, brought := 0, 0
	send := func() error {
		if len(page) == 0 {
			return nil
		}
		brought += len(page)
		message := record.EncodeMessage(page)
		page, size = nil, 0
		return m.cl.Post(ctx, "net.metanet.move.bring", "application/vnd.metanet.bundles+cbor", message, nil)
	}
	for {
		item, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if item.Record == nil {
			continue
		}
		raw := item.Record.Bytes()
		if len(page) == record.MaxBundles || size+len(raw) > record.MaxMessage-16 {
			if err := send(); err != nil {
				return err
			}
		}
		page, size = append(page, raw), size+len(raw)
	}
	if err := send(); err != nil {
		return err
	}
	fmt.Fprintf(m.c.OutOrStdout(), "brought     %d records from %s\n", brought, file)
	return nil
}

// restored waits until the new home has signed again what the old one had.
func (m *mover) restored(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, movePatience)
	defer cancel()
	out := m.c.OutOrStdout()
	for {
		var st moveStatus
		if err := m.cl.Query(ctx, "net.metanet.move.status", nil, &st); err != nil {
			return err
		}
		if st.Done && m.late && st.Restored.Late > 0 {
			if err := m.cl.Procedure(ctx, "net.metanet.move.restore", map[string]any{"late": true}, &st); err != nil {
				return err
			}
		}
		if st.Done {
			fmt.Fprintf(out, "moved       %d records signed again, of %d\n", st.Restored.Signed, st.Restored.Seen)
			if st.Restored.Late > 0 {
				fmt.Fprintf(out, "left out    %d that the old home's key signed after the move had begun; if they are yours: metanet move --late\n", st.Restored.Late)
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("the new home is still at work; `metanet move` again tells how far it is")
		case <-time.After(time.Second):
		}
	}
}
