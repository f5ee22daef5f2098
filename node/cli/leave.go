package cli

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/spf13/cobra"

	"metanet/content/record"
	"metanet/identity"
	"metanet/node/client"
)

func newLeave() *cobra.Command {
	var passFile string
	var yes bool
	c := &cobra.Command{
		Use:   "leave",
		Short: "Delete your account, here and at every peer",
		Long: `Delete the account that you are signed in with: everything that you have written up
to now disappears at once, here and at every server as soon as it hears of it. This
server erases it now, others within a week. It cannot be taken back; what others have
copied elsewhere is out of reach. Your wallet and its identity stay yours: what you
write later is a new beginning, under a new AT name. Your handle is kept from others
for thirty days.

The wallet signs in once more, and this device's key signs the departure.`,
		Args: cobra.NoArgs,
	}
	dir := personFlags(c)
	c.Flags().StringVar(&passFile, "passphrase-file", "", "file that holds the wallet's passphrase")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	c.RunE = func(c *cobra.Command, _ []string) error {
		p, s, err := signedIn(*dir)
		if err != nil {
			return err
		}
		if !yes {
			fmt.Fprintf(c.ErrOrStderr(), "Everything that %s has written will be gone. Type the handle to go on: ", s.Handle)
			line, _ := bufio.NewReader(c.InOrStdin()).ReadString('\n')
			if strings.TrimSpace(line) != s.Handle {
				return errors.New("nothing was deleted")
			}
		}
		pass, err := readPassphrase(c, passFile, "Wallet passphrase: ")
		if err != nil {
			return err
		}
		wallet, err := p.wallet(pass)
		if err != nil {
			return err
		}
		cl, err := client.New(s.Server)
		if err != nil {
			return err
		}
		g, err := signIn(c.Context(), cl, p, wallet, newcomer{})
		if err != nil {
			return err
		}
		b, err := p.departure(c.Context(), cl, g.DID)
		if err != nil {
			return err
		}
		in := map[string]any{"record": base64.StdEncoding.EncodeToString(b.Bytes())}
		if err := cl.With(g.AccessToken).Procedure(c.Context(), "net.metanet.account.delete", in, nil); err != nil {
			return err
		}
		fmt.Fprintln(c.OutOrStdout(), "deleted")
		return nil
	}
	return c
}

// departure is the record that deletes the account, signed by this device.
func (p *person) departure(ctx context.Context, cl *client.Client, did identity.DID) (*record.Bundle, error) {
	var known struct {
		Network string `json:"network"`
	}
	if err := cl.WellKnown(ctx, &known); err != nil {
		return nil, err
	}
	network, err := identity.ParseNetwork(known.Network)
	if err != nil {
		return nil, fmt.Errorf("the server's network: %w", err)
	}
	value, err := record.DepartureValue(time.Now())
	if err != nil {
		return nil, err
	}
	return record.Sign(network, did, record.DeparturePath, syntax.NewTIDNow(0), value, p)
}
