package p2p

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/ipfs/boxo/blockstore"
	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/multiformats/go-multiaddr"
	"github.com/prometheus/client_golang/prometheus"
)

// DefaultShards is the number of gossip topics when the network doesn't say otherwise.
const DefaultShards = 16

// maxShards keeps a mistyped network parameter from opening thousands of meshes.
const maxShards = 256

// Config is everything a Node needs to know; its comments are the manual.
type Config struct {
	// Key is the node's Ed25519 identity; its public half is the peer id. See LoadKey.
	Key crypto.PrivKey

	// Network is the network id in lower-case base32 without padding. All peers of a network use the same; it is
	// part of protocol ids, topics, and the DHT's and mDNS's names.
	Network string

	// Shards is the network's number of gossip topics, the same at all peers. 0 means DefaultShards.
	Shards int

	// Listen are the addresses to listen on, such as /ip4/0.0.0.0/udp/4001/quic-v1 and /ip4/0.0.0.0/tcp/4001, with
	// /webtransport after the first or /ws after the second for browsers.
	// If all of them are loopback or private addresses, addresses of these kinds that others announce are believed
	// (see gate).
	// Port 0 picks a free one. New fails if one of them cannot be had. Empty: the node only dials.
	Listen []multiaddr.Multiaddr

	// Bootstrap are peers to stay connected with for as long as the node runs: they are dialled at the start,
	// and dialled again with backoff whenever the connection is lost. They may start later than this node.
	Bootstrap []peer.AddrInfo

	// Deny and Allow say with whom there are no connections, in either direction. If Allow isn't empty it names all
	// that there are, beside Bootstrap. Deny wins.
	Deny, Allow PeerList

	// MDNS announces and finds peers of the network on the local net by multicast. It has no effect when all of
	// Listen is loopback, where nobody could follow the announcement.
	MDNS bool

	// MapPorts asks the router, by UPnP or NAT-PMP, to let peers in on the ports of Listen. It has no effect when all
	// of Listen is loopback or private.
	MapPorts bool

	// DHT joins the network's own Kademlia DHT, which keeps finding peers beyond Bootstrap.
	DHT bool

	// Book keeps the addresses of members over restarts. nil: they are remembered while the node runs.
	Book BookStore

	// Directory lists servers that are known from elsewhere, with their addresses: the chain's registry. They are
	// dialled while there are few members, and are worth a little more than strangers. It is asked again and again.
	Directory func(ctx context.Context) ([]peer.AddrInfo, error)

	// Blockstore is what Bitswap serves to any peer: what may not be given away must not be in it. Fetched blocks
	// are stored by whoever fetches. nil switches Bitswap off.
	Blockstore blockstore.Blockstore

	// Transports are the ways to dial and to listen; nil is QUIC, TCP, WebTransport and WebSocket of this machine. A
	// simulation brings its own.
	Transports []libp2p.Option

	// UserAgent is what peers see in libp2p identify, such as "metanet/0.1.0". Empty means "metanet".
	UserAgent string

	// Logger receives connection events and warnings. nil discards them.
	Logger *slog.Logger

	// Registerer receives metanet_p2p_* metrics and libp2p's own. nil means none are exported. Two nodes of one
	// process need two registries.
	Registerer prometheus.Registerer

	reachability network.Reachability // what AutoNAT would find; tests say it

	timing timing // zero means defaultTiming; tests are less patient
}

// prepare checks c and fills in defaults; it returns a copy, the caller's Config stays as it is.
func (c Config) prepare() (Config, error) {
	if c.Key == nil || c.Key.Type() != crypto.Ed25519 {
		return c, fmt.Errorf("%w: Key must be an Ed25519 private key", ErrConfig)
	}
	// 52 characters hold 32 bytes; mDNS needs the name to fit a DNS label of 63 beside its prefix.
	if c.Network == "" || len(c.Network) > 54 || strings.Trim(c.Network, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return c, fmt.Errorf("%w: Network %q is not lower-case base32 of at most 54 characters", ErrConfig, c.Network)
	}
	if c.Shards == 0 {
		c.Shards = DefaultShards
	}
	if c.Shards < 1 || c.Shards > maxShards {
		return c, fmt.Errorf("%w: Shards %d is not between 1 and %d", ErrConfig, c.Shards, maxShards)
	}
	for _, b := range c.Bootstrap {
		if b.ID.Validate() != nil || len(b.Addrs) == 0 {
			return c, fmt.Errorf("%w: Bootstrap peer %s needs a peer id and an address", ErrConfig, b)
		}
	}
	if c.timing == (timing{}) {
		c.timing = defaultTiming
	}
	if c.UserAgent == "" {
		c.UserAgent = "metanet"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// prefix is what every protocol id and topic of the network begins with, without a trailing slash.
func (c Config) prefix() protocol.ID { return protocol.ID("/metanet/1/" + c.Network) }

// ParseAddrs turns multiaddrs that end in /p2p/<peer id> into dialable peers, one per peer id, in order.
func ParseAddrs(addrs ...string) ([]peer.AddrInfo, error) {
	var infos []peer.AddrInfo
	at := make(map[peer.ID]int)
	for _, s := range addrs {
		info, err := peer.AddrInfoFromString(s)
		if err != nil {
			return nil, fmt.Errorf("p2p: peer address %q: %w", s, err)
		}
		if i, ok := at[info.ID]; ok {
			infos[i].Addrs = append(infos[i].Addrs, info.Addrs...)
			continue
		}
		at[info.ID] = len(infos)
		infos = append(infos, *info)
	}
	return infos, nil
}
