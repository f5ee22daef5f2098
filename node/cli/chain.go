package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"metanet/chain"
	"metanet/node"
)

func newChain() *cobra.Command {
	c := &cobra.Command{
		Use:   "chain",
		Short: "Put the contracts on a chain",
	}
	c.AddCommand(chainDeploy())
	return c
}

type deployment struct {
	rpc     []string
	home    string
	account node.Account
	out     string
	dryRun  bool
	yes     bool
}

func chainDeploy() *cobra.Command {
	var d deployment
	c := &cobra.Command{
		Use:   "deploy --rpc URL",
		Short: "Deploy the contracts, at the same addresses as everywhere",
		Long: `Deploys those of the four contracts that a chain lacks, by CREATE2 through the
deterministic deployment proxy, so that they have the same addresses on every chain.
It shows first what is missing, what that costs at most and what the account has, and
asks. It may be interrupted and repeated; contracts that are there are left alone, and other
code at their addresses is an error.

Where the proxy itself is missing, its pre-signed transaction is sent, after its
account was given 0.01 of the chain's coin. RPCs that take no transactions without a
chain id refuse it; that is found out before anything is spent.

The account is that of HOME, unless a keystore or an external signer is named. The
addresses file tells nodes where the contracts' events begin:

  metanet chain deploy --rpc https://rpc.example.org
  metanet up --chain https://rpc.example.org --contracts metanet-31337.json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return d.run(c) },
	}
	f := c.Flags()
	f.StringArrayVar(&d.rpc, "rpc", nil, "`URL` of the chain's JSON-RPC; may be repeated")
	f.StringVar(&d.home, "home", homeFromEnv(), "directory whose operator account pays")
	accountFlags(f, &d.account)
	f.StringVar(&d.out, "out", "", "addresses `FILE` to write (default metanet-CHAINID.json)")
	f.BoolVar(&d.dryRun, "dry-run", false, "only show what would be done")
	f.BoolVarP(&d.yes, "yes", "y", false, "don't ask before sending")
	if err := c.MarkFlagRequired("rpc"); err != nil {
		panic(err)
	}
	return c
}

func (d *deployment) run(c *cobra.Command) error {
	ctx, w := c.Context(), c.OutOrStdout()
	client, err := chain.Dial(chain.DialConfig{URLs: d.rpc})
	if err != nil {
		return &exitError{2, err}
	}
	defer client.Close()
	id, err := client.ChainID(ctx)
	if err != nil {
		return &exitError{2, err}
	}
	account, closeAccount, err := d.account.Open(ctx, d.home)
	if err != nil {
		return &exitError{2, err}
	}
	defer closeAccount()
	sender := chain.NewSender(client, chain.Contracts{ChainID: id}, &chain.Memory{}, account, chain.SenderConfig{})
	tell := func(what string) { fmt.Fprintln(w, what) }
	if !d.dryRun {
		if err := sender.AwaitIdle(ctx, tell); err != nil {
			return err
		}
	}
	plan, err := chain.PlanDeploy(ctx, client, sender)
	if plan != nil {
		printPlan(w, plan)
	}
	if err != nil || d.dryRun {
		return err
	}
	k := plan.Contracts
	if plan.Missing() > 0 {
		if !d.yes {
			if err := agree(c, "Send it?"); err != nil {
				return err
			}
		}
		if k, err = chain.DeployTelling(ctx, client, sender, tell); err != nil {
			return err
		}
	}
	if k.Start == 0 {
		start, found, err := chain.FindStart(ctx, client, k)
		if err != nil {
			return err
		}
		if k.Start = start; !found {
			tell("this RPC keeps no old state: the file says 0 for the first block, which is right and slow")
		}
	}
	return d.write(w, k)
}

func printPlan(out io.Writer, p *chain.DeployPlan) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintf(w, "chain\t%d\n", p.Contracts.ChainID)
	if !p.Proxy {
		fmt.Fprint(w, "proxy\tis missing, is put there first\n")
	}
	for _, s := range p.Steps {
		if s.There {
			fmt.Fprintf(w, "%s\t%s\tis there\n", s.Name, s.Address)
		} else {
			fmt.Fprintf(w, "%s\t%s\tat most %d gas\n", s.Name, s.Address, s.Gas)
		}
	}
	fmt.Fprintf(w, "account\t%s\n", p.From.Checksum())
	fmt.Fprintf(w, "has\t%s\n", node.FormatCoins(p.Balance))
	if p.Missing() > 0 {
		fmt.Fprintf(w, "cost\tat most %s, at %s a gas\n", node.FormatCoins(p.Cost), node.FormatCoins(p.Price))
	}
}

// write replaces the addresses file whole.
func (d *deployment) write(w io.Writer, k chain.Contracts) error {
	text, err := k.AddressesFile()
	if err != nil {
		return err
	}
	name := d.out
	if name == "" {
		name = fmt.Sprintf("metanet-%d.json", k.ChainID)
	}
	f, err := os.OpenFile(name+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return err
	}
	fmt.Fprintf(w, "network %s\nwritten %s\n", k.Network(), name)
	return nil
}
