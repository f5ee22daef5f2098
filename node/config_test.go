package node

import (
	"log/slog"
	"reflect"
	"strings"
	"testing"
)

var quiet = slog.New(slog.DiscardHandler)

func TestCheckNamesTheSetting(t *testing.T) {
	good := Config{Home: "h", HTTP: "127.0.0.1:0", RPC: "[::1]:8545", P2P: DefaultP2P(), Chain: []string{"wss://rpc.example/key", "http://127.0.0.1:1"}, ChainQuorum: 2, Finality: "finalized", Join: "http://127.0.0.1:8080", Domain: "example.org"}
	if err := good.check(); err != nil {
		t.Fatalf("check: %v", err)
	}
	for want, change := range map[string]func(*Config){
		"home: ":                         func(c *Config) { c.Home = "" },
		`http: "localhost"`:              func(c *Config) { c.HTTP = "localhost" },
		`rpc: "8545"`:                    func(c *Config) { c.RPC = "8545" },
		`p2p: "127.0.0.1:4001"`:          func(c *Config) { c.P2P = []string{"/ip4/127.0.0.1/tcp/1", "127.0.0.1:4001"} },
		`peer: "/ip4/127.0.0.1/tcp/1"`:   func(c *Config) { c.Peers = []string{"/ip4/127.0.0.1/tcp/1"} }, // no peer id
		"chain: number 1 is neither":     func(c *Config) { c.Chain = []string{"mainnet"} },
		"chain: number 2 is neither":     func(c *Config) { c.Chain = []string{"http://a", "http://"} },
		"chain: number 3 is neither":     func(c *Config) { c.Chain = []string{"http://a", "http://b", "ftp://a/secret"} },
		"chain: http://a is given twice": func(c *Config) { c.Chain = []string{"http://a", "http://a"} },
		"chain: `dev` stands alone":      func(c *Config) { c.Chain = []string{"http://a", "dev"} },
		"chain-quorum: 3 of 2":           func(c *Config) { c.ChainQuorum = 3 },
		"chain-quorum: the embedded":     func(c *Config) { c.Chain = []string{"dev"} },
		`finality: "soon"`:               func(c *Config) { c.Finality = "soon" },
		"join: ":                         func(c *Config) { c.Join = "ws://127.0.0.1:1" },
		`domain: "not a domain"`:         func(c *Config) { c.Domain = "not a domain" },
		`domain: "example.org."`:         func(c *Config) { c.Domain = "example.org." },
	} {
		c := good
		change(&c)
		if err := c.check(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("check: %v, want %s…", err, want)
		}
	}
}

func TestSettle(t *testing.T) {
	before := networkState{
		Network: "net", Chain: chains{"http://127.0.0.1:1", "http://127.0.0.1:2"}, Quorum: 2, Finality: "12", HTTP: "127.0.0.1:40001", RPC: "127.0.0.1:40002", Domain: "m1.test",
		P2P: []string{"/ip4/127.0.0.1/tcp/40003"}, Peers: []string{"peer"}, Join: "http://127.0.0.1:2",
	}
	with := func(change func(*networkState)) networkState {
		s := before
		change(&s)
		return s
	}
	for name, row := range map[string]struct {
		said       Config
		remembered networkState
		want       networkState
	}{
		"nothing at all": {Config{}, networkState{}, networkState{Chain: chains{"dev"}, HTTP: DefaultHTTP, RPC: DefaultRPC, P2P: DefaultP2P()}},
		"a restart":      {Config{}, before, before},
		"a restart with the ports that were asked for": {
			Config{HTTP: "127.0.0.1:0", RPC: "127.0.0.1:0", P2P: []string{"/ip4/127.0.0.1/tcp/0"}}, before, before,
		},
		"other ports": {
			Config{HTTP: "127.0.0.1:1", P2P: []string{"/ip4/127.0.0.1/tcp/2"}}, before,
			with(func(s *networkState) { s.HTTP, s.P2P = "127.0.0.1:1", []string{"/ip4/127.0.0.1/tcp/2"} }),
		},
		"a domain": {Config{Domain: "Example.ORG"}, before, with(func(s *networkState) { s.Domain = "example.org" })},
		"a chain": {Config{Chain: []string{"http://127.0.0.1:3"}, ChainQuorum: 1, Finality: "latest"}, before, with(func(s *networkState) {
			s.Chain, s.Quorum, s.Finality = chains{"http://127.0.0.1:3"}, 1, "latest"
		})},
		"whom to join is join's": {Config{Join: "http://127.0.0.1:3"}, before, before},
	} {
		t.Run(name, func(t *testing.T) {
			if got := row.said.settle(row.remembered); !reflect.DeepEqual(got, row.want) {
				t.Errorf("got  %+v\nwant %+v", got, row.want)
			}
		})
	}
}

func TestSettleAddr(t *testing.T) {
	for _, row := range []struct{ said, remembered, want string }{
		{"", "", "127.0.0.1:8080"},
		{"", "127.0.0.1:40001", "127.0.0.1:40001"},
		{"127.0.0.1:0", "", "127.0.0.1:0"},
		{"127.0.0.1:0", "127.0.0.1:40001", "127.0.0.1:40001"},
		{"0.0.0.0:0", "127.0.0.1:40001", "0.0.0.0:0"},
		{"127.0.0.1:9", "127.0.0.1:40001", "127.0.0.1:9"},
		{"[::1]:0", "[::1]:40001", "[::1]:40001"},
	} {
		if got := settleAddr(row.said, row.remembered, "127.0.0.1:8080"); got != row.want {
			t.Errorf("settleAddr(%q, %q) = %q, want %q", row.said, row.remembered, got, row.want)
		}
	}
}

func TestSamePorts(t *testing.T) {
	tcp, quic := "/ip4/127.0.0.1/tcp/4001", "/ip4/127.0.0.1/udp/4002/quic-v1"
	for name, row := range map[string]struct {
		said, remembered []string
		want             bool
	}{
		"the same":          {[]string{tcp, quic}, []string{tcp, quic}, true},
		"in another order":  {[]string{tcp, quic}, []string{quic, tcp}, true},
		"any port":          {[]string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"}, []string{quic, tcp}, true},
		"another port":      {[]string{"/ip4/127.0.0.1/tcp/1"}, []string{tcp}, false},
		"another address":   {[]string{"/ip4/0.0.0.0/tcp/0"}, []string{tcp}, false},
		"another transport": {[]string{"/ip4/127.0.0.1/udp/0/quic-v1"}, []string{tcp}, false},
		"one more":          {[]string{tcp, quic}, []string{tcp}, false},
		"one less":          {[]string{tcp}, []string{tcp, quic}, false},
		"one twice":         {[]string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/tcp/0"}, []string{tcp, quic}, false},
		"nothing before":    {[]string{tcp}, nil, false},
	} {
		if got := samePorts(row.said, row.remembered); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
