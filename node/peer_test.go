package node

import (
	"fmt"
	"testing"

	"github.com/libp2p/go-libp2p/core/test"
	"github.com/multiformats/go-multiaddr"

	"metanet/chain"
)

// Anybody can register anything; what cannot be dialled is left out.
func TestPeerOfServer(t *testing.T) {
	id := test.RandPeerIDFatal(t)
	for _, c := range []struct {
		id    []byte
		addrs []string
		want  string
	}{
		{[]byte(id), []string{"/dns/example.org/tcp/443/https", "/ip4/9.9.9.9/udp/4001/quic-v1", "/ip4/9.9.9.9/tcp/4001"}, "[/ip4/9.9.9.9/udp/4001/quic-v1 /ip4/9.9.9.9/tcp/4001]"},
		{[]byte(id), []string{"/ip4/127.0.0.1/tcp/8080/http"}, ""},
		{[]byte(id), []string{"", "/", "junk", "/ip4/300.0.0.1/tcp/1", "/dns/example.org/tcp/1"}, "[/dns/example.org/tcp/1]"},
		{[]byte(id), nil, ""},
		{nil, []string{"/ip4/9.9.9.9/tcp/4001"}, ""},
		{[]byte("no peer id"), []string{"/ip4/9.9.9.9/tcp/4001"}, ""},
	} {
		info, ok := peerOf(chain.Server{PeerID: c.id, Addrs: c.addrs})
		if ok != (c.want != "") || ok && (fmt.Sprint(info.Addrs) != c.want || info.ID != id) {
			t.Errorf("%x at %q: %v, %v", c.id, c.addrs, info, ok)
		}
	}
}

// A WebTransport listener is found again after a restart, when its certificates are others.
func TestWithoutCertificates(t *testing.T) {
	for addr, want := range map[string]string{
		"/ip4/127.0.0.1/tcp/4001": "/ip4/127.0.0.1/tcp/4001",
		"/ip4/127.0.0.1/udp/4001/quic-v1/webtransport/certhash/uEiBt9CTmmUPbvl07t8dVmYTe9u6lOCEuv-O_6SfmPhv0Nw/certhash/uEiCbZSkTkqmCrSwy0CSBElme_rD8klq5apeNV1aN8LXEew": "/ip4/127.0.0.1/udp/4001/quic-v1/webtransport",
	} {
		if got := withoutCertificates(multiaddr.StringCast(addr)); got.String() != want {
			t.Errorf("%s: %s", addr, got)
		}
	}
}
