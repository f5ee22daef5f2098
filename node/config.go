package node

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/multiformats/go-multiaddr"

	"metanet/chain"
	"metanet/identity"
	"metanet/node/quota"
	"metanet/node/session"
	"metanet/p2p"
)

// Config is all that a node can be told. Its fields are the flags of
// `metanet up`, the METANET_ environment and the keys of the config file.
// The zero value of each but Home has a default that works on one machine.
type Config struct {
	// now is the clock by which departures settle and keys end; nil: the machine's.
	now func() time.Time
	// Home holds keys, chain and store; made with mode 0700 if it isn't there.
	// One process at a time uses it.
	Home string
	// HTTP is where the web page and the APIs listen, host:port. Port 0 takes a
	// free one and keeps it for the next start.
	HTTP string
	// TLS is where the same is answered with TLS, host:port, by certificates for
	// Domain and TLSNames from the ACME directory ACME (empty: Let's Encrypt's), whose
	// terms are accepted with it; it writes to ACMEEmail, if that is given. Empty: not.
	TLS             string
	TLSNames        []string
	ACME, ACMEEmail string
	// P2P are the multiaddrs on which libp2p listens.
	P2P []string
	// Chain is "dev" for the embedded development chain, or the URLs of JSON-RPCs of
	// one EVM chain: the first is asked, the others stand in for it. Empty: what this
	// home used before, else what Join says, else dev.
	Chain []string
	// ChainQuorum is how many of Chain must agree on what is followed. 0: as before,
	// else 1, which believes the one that is asked.
	ChainQuorum int
	// Finality is from when on the chain's word is irreversible: latest, safe,
	// finalized or a number of blocks. All nodes of a network should mean the same.
	// Empty: as before, else what Join says, else latest on the embedded chain, and
	// on others finalized if the RPC knows it, or 64 blocks.
	Finality string
	// RPC is where the embedded chain's JSON-RPC listens, host:port. Whoever
	// reaches it can send transactions; beyond loopback a warning is logged.
	RPC string
	// Domain is the server's name: handles live under it, and it is registered
	// on-chain. Empty: a name under .test made from the server's peer id.
	Domain string
	// Peers are multiaddrs, with /p2p/ID, that the node keeps connected to.
	Peers []string
	// PeerDeny and PeerAllow are peer ids, addresses and networks with which there
	// are no libp2p connections, or, if PeerAllow isn't empty, no others (Peers apart).
	PeerDeny, PeerAllow []string
	// Join is the URL of a running node whose chain and peers this one shares.
	Join string
	// DNS is the name server, host:port, that is asked about handles. Empty: the
	// system's.
	DNS string
	// Operator is the account that owns the server and pays.
	Operator Account
	// WrappingPassphraseFile holds the passphrase that the keys which this server
	// keeps for people are sealed with. Empty: the systemd credential
	// metanet-wrapping-passphrase, else the file keys/wrapping.key.
	WrappingPassphraseFile string
	// DailyBudget is the most that the account spends in one UTC day, in the chain's
	// coin, such as "0.25", or "none". Empty: DefaultDailyBudget, and none on the
	// embedded chain. What is over it waits for the next day.
	DailyBudget string
	// Contracts is an addresses file, as `metanet chain deploy` writes it: it tells
	// after which block the contracts' events begin. Empty: from the chain's start.
	Contracts string
	// MaxFee is the most to pay per gas, in gwei. Empty: no limit of its own.
	MaxFee string
	// ENS is the address of the chain's ENS registry, or "off". Empty: the
	// published one where the chain is known to have ENS, else off.
	ENS string
	// Version is what the node calls itself to people and peers.
	Version string
	// MDNS announces the node on the local network and finds others there.
	MDNS bool
	// MapPorts asks the router, by UPnP or NAT-PMP, to let peers in.
	MapPorts bool
	// Metrics is a listener of its own for /metrics, host:port, answered to whoever
	// reaches it. Empty: /metrics is answered to the operator's token only.
	Metrics string
	// Registration is who may get an account: "open", "approval", "invitation",
	// "wallets" or "closed". Empty: what the operator said last, else open.
	Registration string
	// Quotas are limits that differ from the defaults, such as "records=500",
	// "blob-bytes=2GiB" or "operations=none"; docs/operating.md has the table.
	Quotas []string
	// TrustedProxies are addresses, or networks such as 10.0.0.0/8, whose
	// X-Forwarded-For is believed. Others' is ignored.
	TrustedProxies []string

	// BlobsLocal, BlobsRemote and BlobsCached bound blobs in bytes, such as "16GiB",
	// or "none": what was uploaded here (never evicted), what was fetched for the
	// records of people elsewhere, and thumbnails. (One member's uploads
	// are bounded by the quota blob-bytes.) Empty: blob.DefaultLocal and so on.
	BlobsLocal, BlobsRemote, BlobsCached string
	// LowDisk is how much must be free on the disk for blobs to be fetched; half of
	// it for uploads. Empty: blob.DefaultLowDisk.
	LowDisk string

	Logger *slog.Logger
}

// Defaults for one machine; all on loopback, so that nothing is exposed before
// somebody decides so.
const (
	DefaultHTTP = "127.0.0.1:8080"
	DefaultRPC  = "127.0.0.1:8545"
)

// DefaultP2P are the listening addresses used when none are given.
func DefaultP2P() []string {
	return []string{"/ip4/127.0.0.1/udp/4001/quic-v1", "/ip4/127.0.0.1/tcp/4001"}
}

// DefaultHome is ~/.metanet, or .metanet below the working directory when the
// user has no home.
func DefaultHome() string {
	dir, err := os.UserHomeDir()
	if err != nil {
		dir = "."
	}
	return filepath.Join(dir, ".metanet")
}

// check finds what is wrong before anything is started, naming the setting.
func (c *Config) check() error {
	if c.Home == "" {
		return errors.New("home: empty")
	}
	for setting, hostport := range map[string]string{"http": c.HTTP, "tls": c.TLS, "rpc": c.RPC, "metrics": c.Metrics, "dns": c.DNS} {
		if _, _, err := net.SplitHostPort(hostport); hostport != "" && err != nil {
			return fmt.Errorf("%s: %q is not HOST:PORT: %w", setting, hostport, err)
		}
	}
	if c.ACME != "" {
		if err := checkURL(c.ACME, "https"); err != nil {
			return fmt.Errorf("acme: %w", err)
		}
	}
	for _, name := range c.TLSNames {
		if _, err := syntax.ParseHandle(name); err != nil {
			return fmt.Errorf("tls-name: %q is no name that can have a certificate", name)
		}
	}
	for _, addr := range c.P2P {
		if _, err := multiaddr.NewMultiaddr(addr); err != nil {
			return fmt.Errorf("p2p: %q is not a multiaddr such as /ip4/127.0.0.1/tcp/4001: %w", addr, err)
		}
	}
	for _, addr := range c.Peers {
		if _, err := p2p.ParseAddrs(addr); err != nil {
			return fmt.Errorf("peer: %q is not a multiaddr that ends in /p2p/ID: %w", addr, err)
		}
	}
	for setting, list := range map[string][]string{"peer-deny": c.PeerDeny, "peer-allow": c.PeerAllow} {
		if _, err := p2p.ParsePeerList(list...); err != nil {
			return fmt.Errorf("%s: %w", setting, err)
		}
	}
	if _, err := c.blobBudgets(); err != nil {
		return err
	}
	if len(c.Chain) > 0 {
		if err := chains(c.Chain).check(c.ChainQuorum); err != nil {
			return err
		}
	}
	if c.Finality != "" {
		if _, err := chain.ParseFinality(c.Finality); err != nil {
			return fmt.Errorf("finality: %q is not latest, safe, finalized or a number of blocks", c.Finality)
		}
	}
	if c.Join != "" {
		if err := checkURL(c.Join, "http", "https"); err != nil {
			return fmt.Errorf("join: %w", err)
		}
	}
	if c.Registration != "" {
		if _, err := session.ParseMode(c.Registration); err != nil {
			return fmt.Errorf("registration: %w", err)
		}
	}
	if _, err := quota.ParseLimits(c.Quotas); err != nil {
		return err
	}
	if _, err := parseProxies(c.TrustedProxies); err != nil {
		return fmt.Errorf("trusted-proxy: %w", err)
	}
	if err := c.Operator.check(); err != nil {
		return err
	}
	if _, err := c.budget(false); err != nil {
		return fmt.Errorf("daily-budget: %w", err)
	}
	if c.MaxFee != "" {
		if _, err := parseGwei(c.MaxFee); err != nil {
			return fmt.Errorf("max-fee: %w", err)
		}
	}
	if c.ENS != "" && c.ENS != ensOff {
		if _, err := identity.ParseAddress(c.ENS); err != nil {
			return fmt.Errorf("ens: want `off` or the registry's address: %w", err)
		}
	}
	if c.Domain != "" {
		if _, err := syntax.ParseHandle("x." + c.Domain); err != nil {
			return fmt.Errorf("domain: %q cannot carry handles: %w", c.Domain, err)
		}
	}
	return nil
}

// settle puts together what was said now, what the home remembers and the
// defaults, in that order.
func (c *Config) settle(remembered networkState) networkState {
	s := remembered
	s.HTTP = settleAddr(c.HTTP, s.HTTP, DefaultHTTP)
	s.RPC = settleAddr(c.RPC, s.RPC, DefaultRPC)
	if len(c.Chain) > 0 {
		s.Chain = c.Chain
	}
	if len(s.Chain) == 0 {
		s.Chain = chains{chainDev}
	}
	s.Quorum = cmp.Or(c.ChainQuorum, s.Quorum)
	s.Finality = chain.Finality(cmp.Or(c.Finality, string(s.Finality)))
	s.Domain = strings.ToLower(cmp.Or(c.Domain, s.Domain)) // as handles are
	if len(c.P2P) > 0 && !samePorts(c.P2P, s.P2P) {
		s.P2P = c.P2P
	}
	if len(s.P2P) == 0 {
		s.P2P = DefaultP2P()
	}
	return s
}

// settleAddr lets port 0 mean the port that was found free last time.
func settleAddr(said, remembered, otherwise string) string {
	host, port, _ := net.SplitHostPort(said)
	if before, _, _ := net.SplitHostPort(remembered); said != "" && port == "0" && before == host {
		return remembered
	}
	return cmp.Or(said, remembered, otherwise)
}

// samePorts reports whether what was said is what is remembered, in any order (a
// host lists its listeners in none), port 0 standing for any port.
func samePorts(said, remembered []string) bool {
	left := slices.Clone(remembered)
	for _, addr := range said {
		i := slices.IndexFunc(left, func(r string) bool { return samePort(addr, r) })
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return len(left) == 0
}

func samePort(said, remembered string) bool {
	return slices.EqualFunc(strings.Split(said, "/"), strings.Split(remembered, "/"), func(a, b string) bool {
		return a == b || a == "0"
	})
}

// parseProxies reads addresses and networks.
func parseProxies(settings []string) (all []netip.Prefix, err error) {
	for _, s := range settings {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			var a netip.Addr
			if a, err = netip.ParseAddr(s); err == nil {
				a = a.Unmap()
				p = netip.PrefixFrom(a, a.BitLen())
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%q is no address and no network such as 10.0.0.0/8", s)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

func checkURL(s string, schemes ...string) error {
	u, err := url.Parse(s)
	if err != nil {
		return err
	}
	for _, scheme := range schemes {
		if u.Scheme == scheme && u.Host != "" {
			return nil
		}
	}
	return fmt.Errorf("%q is not a %s URL", s, strings.Join(schemes, " or "))
}
