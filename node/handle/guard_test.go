package handle

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestRegisteredURL(t *testing.T) {
	for _, row := range []struct {
		addrs []string
		want  string // "": none
	}{
		{[]string{"/ip4/203.0.113.7/tcp/8080/http"}, "http://203.0.113.7:8080"},
		{[]string{"/dns/example.org/tcp/443/https"}, "https://example.org:443"},
		{[]string{"/ip6/2001:db8::1/tcp/80/http"}, "http://[2001:db8::1]:80"},
		{[]string{"/ip4/203.0.113.7/tcp/4001", "/ip4/203.0.113.7/udp/4001/quic-v1", "/dns4/a.example/tcp/80/http"}, "http://a.example:80"},
		{[]string{"nonsense/http", "/ip4/203.0.113.7/tcp/1/http"}, "http://203.0.113.7:1"},
		{[]string{"/http", "/ip4/203.0.113.7/http"}, "http://203.0.113.7"},
		{[]string{"/ip4/203.0.113.7/tcp/4001"}, ""},
		{nil, ""},
	} {
		got, err := registeredURL(Server{ID: 1, Addrs: row.addrs})
		if got != row.want || (err == nil) != (row.want != "") {
			t.Errorf("registeredURL(%q) = %q, %v, want %q", row.addrs, got, err, row.want)
		}
	}
}

func TestIsPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"203.0.113.7": true, "1.1.1.1": true, "2606:4700::1111": true, "100.128.0.1": true,
		"0.0.0.0": false, "0.1.2.3": false, "127.0.0.1": false, "127.8.8.8": false, "10.1.2.3": false, "172.16.0.1": false,
		"192.168.0.1": false, "169.254.169.254": false, "100.100.100.200": false, "192.0.0.192": false, "198.18.0.1": false,
		"224.0.0.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false, "fec0::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:1.1.1.1": true, "::7f00:1": false,
		"64:ff9b::7f00:1": false, "64:ff9b:1::a00:1": false, "2002:7f00:1::": false, "2001:0:1::": false,
	} {
		if got := isPublic(netip.MustParseAddr(text).Unmap()); got != want {
			t.Errorf("isPublic(%s) = %v", text, got)
		}
	}
}

func TestMayDial(t *testing.T) {
	for _, row := range []struct {
		loopback bool
		address  string
		want     bool
	}{
		{true, "127.0.0.1:80", true},
		{true, "[::1]:80", true},
		{true, "192.168.0.1:80", false},
		{false, "127.0.0.1:80", false},
		{false, "203.0.113.7:80", true},
		{false, "example.org:80", false}, // names are resolved by now
		{false, "203.0.113.7", false},
	} {
		g := Guard{Loopback: row.loopback}
		if err := g.mayDial("tcp", row.address, nil); (err == nil) != row.want {
			t.Errorf("%+v: %v", row, err)
		}
	}
}

// What a stranger's server says cannot send us elsewhere.
func TestClientStaysWhereItWasSent(t *testing.T) {
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the request got inside") }))
	defer inner.Close()
	outer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/elsewhere":
			http.Redirect(w, r, inner.URL, http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/here":
			http.Redirect(w, r, "/there", http.StatusMovedPermanently)
		case "/there":
			w.Write([]byte("there"))
		}
	}))
	defer outer.Close()
	open := Guard{Loopback: true}.Client()
	for path, status := range map[string]int{"/elsewhere": http.StatusFound, "/round": http.StatusFound, "/here": http.StatusOK} {
		resp, err := open.Get(outer.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("%s: status %d, want %d", path, resp.StatusCode, status)
		}
	}

	closed := Guard{}.Client()
	_, port, _ := net.SplitHostPort(inner.Listener.Addr().String())
	for _, url := range []string{inner.URL, "http://localhost:" + port} { // a name that resolves to loopback
		if _, err := closed.Get(url); err == nil || !strings.Contains(err.Error(), ErrAddress.Error()) {
			t.Errorf("%s: %v", url, err)
		}
	}
}
