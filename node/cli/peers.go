package cli

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"metanet/node"
)

func newPeers() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "peers",
		Short: "Show who the running node is connected to",
		Long: `A line for each connected peer: who dialled, for how long, its score, what it is and
where. The score is GossipSub's, from 40 down: below 0 a peer has misbehaved, below
-150 nothing is exchanged with it, below -600 whatever it sends is dropped unread.
A server is in the chain's registry, a peer belongs to this network, a stranger
speaks some libp2p protocol only. What a peer calls itself is its own word.

Then how much of its limits the node has taken. To keep peers out, or all others,
see --peer-deny and --peer-allow of up.`,
		Args: cobra.NoArgs,
	}
	home := homeFlag(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cl, err := operatorClient(*home)
		if err != nil {
			return &exitError{2, err}
		}
		var s node.Status
		if err := cl.Query(c.Context(), "net.metanet.admin.status", nil, &s); err != nil {
			return &exitError{2, err}
		}
		if asJSON {
			return printJSON(c.OutOrStdout(), map[string]any{"peers": s.Peers, "wire": s.Wire})
		}
		printPeers(c.OutOrStdout(), s, time.Now())
		return nil
	}
	return c
}

func printPeers(out io.Writer, s node.Status, now time.Time) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	for _, p := range s.Peers {
		kind, dialled := "stranger", "out"
		switch {
		case p.Server:
			kind = "server"
		case p.Member:
			kind = "peer"
		}
		if p.Inbound {
			dialled = "in"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%.0f\t%s\t%.40q\t%s\n", kind, dialled, now.Sub(p.Since).Round(time.Second), p.Score, p.Address, p.Agent, p.ID)
	}
	u := s.Wire
	fmt.Fprintf(w, "\nconnections\t%d of %d, inbound %d of %d\nstreams\t%d of %d\nmemory\t%d of %d MiB\naddress book\t%d of %d peers\n",
		u.Connections, u.ConnectionsMax, u.Inbound, u.InboundMax, u.Streams, u.StreamsMax, u.Memory>>20, u.MemoryMax>>20, u.Known, u.KnownMax)
}
