package cert

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
	"github.com/prometheus/client_golang/prometheus"
)

const domain = "node.example.org"

// authority is Let's Encrypt's own test server. It finds every name on loopback and
// proves it on the ports given.
func authority(t *testing.T, httpPort, tlsPort int) (directory string, client *http.Client, roots *x509.CertPool) {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	quiet, store := log.New(io.Discard, "", 0), db.NewMemoryStore()
	issuer := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {}})
	checker := va.New(quiet, httpPort, tlsPort, true, nameServer(t), store)
	front := wfe.New(quiet, store, checker, issuer, []string{"pebble.letsencrypt.org"}, true, false, 0, 0)
	srv := httptest.NewTLSServer(front.Handler())
	t.Cleanup(srv.Close)
	root, err := x509.ParseCertificate(issuer.GetRootCert(0).DER)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(root)
	return srv.URL + wfe.DirectoryPath, srv.Client(), roots
}

// nameServer says of every name that it is on loopback.
func nameServer(t *testing.T) string {
	t.Helper()
	l := listen(t)
	s := &dns.Server{Listener: l, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		answer := new(dns.Msg)
		answer.SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			answer.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(127, 0, 0, 1)}}
		}
		w.WriteMsg(answer)
	})}
	go s.ActivateAndServe()
	t.Cleanup(func() { s.Shutdown() })
	return l.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func port(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

func keeper(t *testing.T, cfg Config) *Keeper {
	t.Helper()
	cfg.Logger, cfg.Registerer = slog.New(slog.DiscardHandler), prometheus.NewRegistry()
	k, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// hello answers what it was asked by.
var hello = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto+" "+r.URL.RequestURI()) })

// visitor resolves every name to the TLS listener, as browsers that trust roots do.
func visitor(l net.Listener, roots *x509.CertPool) *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true, DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
		},
	}}
}

// TestCertificate gets a certificate by each kind of proof and uses it.
func TestCertificate(t *testing.T) {
	for name, c := range map[string]struct{ tls, plain bool }{
		"TLS-ALPN-01": {tls: true}, "HTTP-01": {plain: true},
	} {
		t.Run(name, func(t *testing.T) {
			secure, plain, closed := listen(t), listen(t), listen(t)
			closed.Close() // nobody proves anything there
			proof := [2]int{port(closed), port(closed)}
			if c.plain {
				proof[0] = port(plain)
			}
			if c.tls {
				proof[1] = port(secure)
			}
			directory, client, roots := authority(t, proof[0], proof[1])
			dir := filepath.Join(t.TempDir(), "tls")
			k := keeper(t, Config{Names: []string{domain}, Dir: dir, Directory: directory, Client: client})
			for l, s := range map[net.Listener]*http.Server{plain: {Handler: onPort80(k.Plain(hello))}, secure: {Handler: k.Secure(hello), TLSConfig: k.TLS(), ErrorLog: log.New(io.Discard, "", 0)}} {
				serve := s.Serve
				if s.TLSConfig != nil {
					serve = func(l net.Listener) error { return s.ServeTLS(l, "", "") }
				}
				go serve(l)
				t.Cleanup(func() { s.Close() })
			}
			if err := k.Obtain(t.Context()); err != nil {
				t.Fatal(err)
			}
			answer, err := visitor(secure, roots).Get("https://" + domain + "/a?b=c")
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if body, _ := io.ReadAll(answer.Body); string(body) != "HTTP/2.0 /a?b=c" {
				t.Errorf("answered %q", body)
			}
			if got := answer.Header.Get("Strict-Transport-Security"); got != hstsAge {
				t.Errorf("HSTS is %q", got)
			}
			if _, err := visitor(secure, roots).Get("https://other.example.org/"); err == nil {
				t.Error("answered for another's name")
			}
			onlyOwner(t, dir)
			// A restart uses what is there and asks nobody.
			again := keeper(t, Config{Names: []string{domain}, Dir: dir, Directory: "http://127.0.0.1:1/"})
			if err := again.Obtain(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// onPort80 has requests look as they do where an authority asks, which is never another port.
func onPort80(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host, _, _ = strings.Cut(r.Host, ":")
		next.ServeHTTP(w, r)
	})
}

// onlyOwner holds that keys on disk are nobody else's.
func onlyOwner(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range append(files, nil) {
		path := dir
		if f != nil {
			path = filepath.Join(dir, f.Name())
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v", path, info.Mode())
		}
	}
}

// TestStrangersOrderNothing: handshakes, for our name or others, never reach the authority.
func TestStrangersOrderNothing(t *testing.T) {
	var asked atomic.Int32
	directory := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		http.Error(w, "down", http.StatusBadRequest)
	}))
	t.Cleanup(directory.Close)
	k := keeper(t, Config{Names: []string{domain}, Dir: t.TempDir(), Directory: directory.URL})
	for _, name := range []string{domain, strings.ToUpper(domain) + ".", "other.example.org", "", "127.0.0.1"} {
		for _, protocols := range [][]string{nil, {"h2"}, {"acme-tls/1"}} {
			if _, err := k.certificate(&tls.ClientHelloInfo{ServerName: name, SupportedProtos: protocols}); err == nil {
				t.Errorf("%q %v: a certificate from nowhere", name, protocols)
			}
		}
	}
	if n := asked.Load(); n != 0 {
		t.Fatalf("strangers had the authority asked %d times", n)
	}
	if err := k.Obtain(t.Context()); err == nil || asked.Load() == 0 {
		t.Errorf("%v, asked %d times: this test cannot fail", err, asked.Load())
	}
}

func TestPlain(t *testing.T) {
	k := keeper(t, Config{
		Names: []string{domain, "www.Example.org", domain + "."}, Dir: t.TempDir(),
		Plain: func(r *http.Request) bool { return strings.HasPrefix(r.RemoteAddr, "127.") },
	})
	for _, c := range []struct {
		from, method, host, target string
		code                       int
		to                         string
	}{
		{"127.0.0.1:9", "POST", domain, "/xrpc/x", 200, ""},
		{"203.0.113.7:9", "GET", domain, "/p/%2F?q=1", 308, "https://" + domain + "/p/%2F?q=1"},
		{"203.0.113.7:9", "HEAD", "WWW.example.org:80", "/", 308, "https://www.example.org/"},
		{"203.0.113.7:9", "GET", "evil.example", "//evil.example/x", 308, "https://" + domain + "//evil.example/x"},
		{"203.0.113.7:9", "GET", "", "http://evil.example/x", 308, "https://" + domain + "/x"},
		{"203.0.113.7:9", "GET", domain, "x:.evil.example", 308, "https://" + domain},
		{"203.0.113.7:9", "POST", domain, "/xrpc/x", 403, ""},
		{"203.0.113.7:9", "GET", domain, "/.well-known/acme-challenge/unknown", 404, ""},
	} {
		r := httptest.NewRequest(c.method, c.target, nil)
		r.RemoteAddr, r.Host = c.from, c.host
		w := httptest.NewRecorder()
		k.Plain(hello).ServeHTTP(w, r)
		if got := w.Header().Get("Location"); w.Code != c.code || got != c.to {
			t.Errorf("%s %s %s: %d %q, want %d %q", c.method, c.host, c.target, w.Code, got, c.code, c.to)
		}
	}
}
