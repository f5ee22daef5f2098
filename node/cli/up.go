package cli

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"metanet/node"
)

func newUp() *cobra.Command {
	cfg := node.Config{}
	var config, level, format string
	c := &cobra.Command{
		Use:   "up",
		Short: "Run a node",
		Long: `Run a node until Ctrl-C. With no flags at all it makes its home directory, keys
and database, starts an embedded development chain, deploys the contracts,
registers its server with a default policy, and serves a web page.

Every flag can also stand in the environment (--log-level is METANET_LOG_LEVEL)
or in the config file (log-level: debug), where a misspelt key is an error. Flags
win over the environment, the environment over the file. What a home has used
once (chain, ports, domain, peers) it uses again when nothing else is said.`,
		Example: `  metanet up
  metanet up --home ./b --http 127.0.0.1:8081 --p2p /ip4/127.0.0.1/tcp/4002 --join http://127.0.0.1:8080
  metanet up --chain https://rpc.example.org --domain example.org`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := applyEnv(c, os.Environ()); err != nil {
				return &exitError{2, err}
			}
			given := config != ""
			if !given {
				config = filepath.Join(cfg.Home, "config.yaml")
			}
			if err := applyFile(c.Flags(), config, given); err != nil {
				return &exitError{2, err}
			}
			log, err := newLogger(c.ErrOrStderr(), level, format)
			if err != nil {
				return &exitError{2, err}
			}
			cfg.Logger, cfg.Version = log, buildVersion()
			return runUp(c, cfg)
		},
	}
	f := c.Flags()
	f.StringVar(&cfg.Home, "home", node.DefaultHome(), "directory for keys, chain and store")
	f.StringVar(&config, "config", "", "config file (default HOME/config.yaml, if it is there)")
	f.StringVar(&cfg.HTTP, "http", "", "where the web page and the APIs listen, HOST:PORT (default "+node.DefaultHTTP+")")
	f.StringVar(&cfg.TLS, "tls", "", "where the same is answered with TLS, HOST:PORT, such as 0.0.0.0:443; accepts the terms of --acme (default none)")
	f.StringArrayVar(&cfg.TLSNames, "tls-name", nil, "further name to get a certificate for, beside --domain; may be repeated")
	f.StringVar(&cfg.ACME, "acme", "", "`URL` of the ACME directory that gives certificates (default Let's Encrypt's)")
	f.StringVar(&cfg.ACMEEmail, "acme-email", "", "where it writes about certificates")
	f.StringArrayVar(&cfg.P2P, "p2p", nil, "multiaddr to listen on for peers; may be repeated (default "+strings.Join(node.DefaultP2P(), ", ")+")")
	f.StringSliceVar(&cfg.Chain, "chain", nil, "\"dev\" for the embedded chain, or the `URL` of an EVM JSON-RPC; may be repeated, the first is asked first (default dev)")
	f.IntVar(&cfg.ChainQuorum, "chain-quorum", 0, "how many of the RPCs must agree on what is followed (default 1)")
	f.StringVar(&cfg.Finality, "finality", "", "when the chain's word is irreversible: latest, safe, finalized or a `number` of blocks (default: the network's)")
	f.StringVar(&cfg.RPC, "rpc", "", "where the embedded chain's JSON-RPC listens, HOST:PORT (default "+node.DefaultRPC+")")
	f.StringVar(&cfg.Domain, "domain", "", "the server's name; handles live under it (default a name under .test)")
	f.StringVar(&cfg.DNS, "dns", "", "name server to ask about handles, HOST:PORT (default the system's)")
	f.StringVar(&cfg.ENS, "ens", "", "`ADDRESS` of the chain's ENS registry, or \"off\" (default the published one where the chain has ENS)")
	f.StringArrayVar(&cfg.Peers, "peer", nil, "multiaddr of a peer to stay connected to; may be repeated")
	f.StringArrayVar(&cfg.PeerDeny, "peer-deny", nil, "peer id, address or network with which there are no connections; may be repeated")
	f.StringArrayVar(&cfg.PeerAllow, "peer-allow", nil, "the same, of all with which there are any, beside --peer; may be repeated (default everybody)")
	f.StringVar(&cfg.Join, "join", "", "URL of a running node whose chain and peers to share")
	f.BoolVar(&cfg.MDNS, "mdns", false, "find peers on the local network")
	f.BoolVar(&cfg.MapPorts, "map-ports", false, "ask the router, by UPnP or NAT-PMP, to let peers in on the ports of --p2p")
	f.StringVar(&cfg.Metrics, "metrics", "", "a listener of its own for /metrics, HOST:PORT (default none: the operator's token is asked for)")
	f.StringVar(&cfg.Registration, "registration", "", "who may get an account: open, approval, invitation, wallets or closed (default what was said last, else open)")
	f.StringArrayVar(&cfg.Quotas, "quota", nil, "a limit on what one identity or address uses up, `NAME=NUMBER` or NAME=none; may be repeated (names and defaults: `metanet status`)")
	f.StringArrayVar(&cfg.TrustedProxies, "trusted-proxy", nil, "address or network of a reverse proxy whose X-Forwarded-For is believed; may be repeated (default none)")
	f.StringVar(&cfg.Contracts, "contracts", "", "addresses `FILE` that chain deploy wrote: where the contracts' events begin")
	accountFlags(f, &cfg.Operator)
	f.StringVar(&cfg.WrappingPassphraseFile, "wrapping-passphrase-file", "", wrappingUsage)
	f.StringVar(&cfg.BlobsLocal, "blobs-local", "", "room for blobs uploaded here, such as 32GiB, or \"none\" for no limit (default 32GiB)")
	f.StringVar(&cfg.BlobsRemote, "blobs-remote", "", "room for blobs of people elsewhere; beyond it the oldest are let go (default 16GiB)")
	f.StringVar(&cfg.BlobsCached, "blobs-cached", "", "room for thumbnails (default 1GiB)")
	f.StringVar(&cfg.LowDisk, "low-disk", "", "free disk space below which no blobs are fetched; half of it for uploads (default 1GiB)")
	f.StringVar(&cfg.DailyBudget, "daily-budget", "", "most to spend in one UTC day, in the chain's coin, or \"none\" (default "+node.DefaultDailyBudget+", none on the embedded chain)")
	f.StringVar(&cfg.MaxFee, "max-fee", "", "most to pay per gas, in gwei (default no limit)")
	f.StringVar(&level, "log-level", "warn", "debug, info, warn or error")
	f.StringVar(&format, "log-format", "text", "text or json")
	return c
}

func runUp(c *cobra.Command, cfg node.Config) error {
	n, err := node.Open(c.Context(), cfg)
	if err != nil {
		return &exitError{2, err}
	}
	done := make(chan error, 1)
	go func() { done <- n.Run(c.Context()) }()
	select {
	case <-n.Ready():
		printBanner(c.OutOrStdout(), n.Summary(c.Context()))
		err = <-done
	case err = <-done:
	}
	err = errors.Join(err, n.Close())
	fmt.Fprintln(c.OutOrStdout(), "stopped")
	return err
}

// printBanner is the few lines that a person needs to use the node.
func printBanner(w io.Writer, s node.Summary) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "web\t%s\n", s.Web)
	for _, addr := range s.Peer {
		fmt.Fprintf(tw, "peer\t%s\n", addr)
	}
	fmt.Fprintf(tw, "chain\t%s\n", s.Chain)
	fmt.Fprintf(tw, "network\t%s\n", s.Network)
	fmt.Fprintf(tw, "server\t%s\n", s.Server)
	fmt.Fprintf(tw, "policy\t%s\n", s.Policy)
	fmt.Fprintf(tw, "data\t%s\n", s.Home)
	for _, notice := range s.Notices {
		fmt.Fprintf(tw, "notice\t%s\n", notice)
	}
	fmt.Fprintf(tw, "ready\tin %s; Ctrl-C stops it\n", s.StartedIn.Round(1e6))
	tw.Flush()
}

func newLogger(w io.Writer, level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log-level: %q is not debug, info, warn or error", level)
	}
	opts := &slog.HandlerOptions{Level: l}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, opts)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, opts)), nil
	}
	return nil, fmt.Errorf("log-format: %q is not text or json", format)
}
