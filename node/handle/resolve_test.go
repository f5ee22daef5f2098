package handle

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/miekg/dns"
)

const (
	alice = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
	bob   = "did:plc:z72i7hdynmk6r22z27h6tvur"
)

// nameServer answers from a table: each name has a way of its own.
func nameServer(t *testing.T, names map[string]func(dns.ResponseWriter, *dns.Msg)) *net.Resolver {
	t.Helper()
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		name := strings.ToLower(strings.TrimSuffix(q.Question[0].Name, "."))
		if answer, ok := names[name]; ok && q.Question[0].Qtype == dns.TypeTXT {
			answer(w, q)
			return
		}
		rcode(dns.RcodeNameError)(w, q)
	})
	packets, stream := onePort(t)
	for _, s := range []*dns.Server{{PacketConn: packets, Handler: handler}, {Listener: stream, Handler: handler}} {
		go s.ActivateAndServe()
		t.Cleanup(func() { s.Shutdown() })
	}
	return NewDNS(packets.LocalAddr().String())
}

// onePort is a port that is free for both UDP and TCP, which the system gives out
// apart.
func onePort(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 100 {
		packets, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		stream, err := net.Listen("tcp4", packets.LocalAddr().String())
		if err == nil {
			return packets, stream
		}
		packets.Close()
	}
	t.Fatal("no port is free for both")
	return nil, nil
}

func txt(texts ...string) func(dns.ResponseWriter, *dns.Msg) {
	return func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		m.RecursionAvailable = true // else Go takes no data for a lame referral
		for _, text := range texts {
			m.Answer = append(m.Answer, txtRecord(q.Question[0].Name, text))
		}
		w.WriteMsg(m)
	}
}

func txtRecord(name string, parts ...string) *dns.TXT {
	return &dns.TXT{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 60}, Txt: parts}
}

func rcode(code int) func(dns.ResponseWriter, *dns.Msg) {
	return func(w dns.ResponseWriter, q *dns.Msg) { w.WriteMsg(new(dns.Msg).SetRcode(q, code)) }
}

// webOf answers HTTPS for every host, by host name.
func webOf(t *testing.T, hosts map[string]http.HandlerFunc) *http.Client {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := hosts[r.Host]; ok {
			h(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(s.Close)
	c := Guard{}.Client()
	c.Transport = &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", s.Listener.Addr().String())
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // the test's own certificate, for any name
	}
	return c
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/atproto-did" {
			http.NotFound(w, r)
			return
		}
		w.Write([]byte(text))
	}
}

func TestResolve(t *testing.T) {
	names := nameServer(t, map[string]func(dns.ResponseWriter, *dns.Msg){
		"_atproto.one.com":       txt("did=" + alice),
		"_atproto.among.com":     txt("v=spf1 -all", "did="+alice, "google-site-verification=x", "DID="+bob),
		"_atproto.same.com":      txt("did="+alice, "did="+alice),
		"_atproto.several.com":   txt("did="+alice, "did="+bob),
		"_atproto.malformed.com": txt("did=alice", "did= "+alice),
		"_atproto.half.com":      txt("did=nonsense", "did="+alice),
		"_atproto.nodata.com":    txt(),
		"_atproto.servfail.com":  rcode(dns.RcodeServerFailure),
		"_atproto.refused.com":   rcode(dns.RcodeRefused),
		"_atproto.both.com":      txt("did=" + alice),
		"_atproto.silentweb.com": rcode(dns.RcodeServerFailure),
		"_atproto.parts.com": func(w dns.ResponseWriter, q *dns.Msg) {
			m := new(dns.Msg).SetReply(q)
			m.Answer = []dns.RR{txtRecord(q.Question[0].Name, "did="+alice[:10], alice[10:])}
			w.WriteMsg(m)
		},
		"_atproto.cname.com": func(w dns.ResponseWriter, q *dns.Msg) {
			m := new(dns.Msg).SetReply(q)
			m.Answer = []dns.RR{
				&dns.CNAME{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeCNAME, Class: dns.ClassINET, Ttl: 60}, Target: "elsewhere.net."},
				txtRecord("elsewhere.net.", "did="+alice),
			}
			w.WriteMsg(m)
		},
		"_atproto.truncated.com": func(w dns.ResponseWriter, q *dns.Msg) {
			if w.RemoteAddr().Network() == "udp" {
				m := new(dns.Msg).SetReply(q)
				m.Truncated = true
				w.WriteMsg(m)
				return
			}
			txt("did="+alice, strings.Repeat("x", 250), strings.Repeat("y", 250), strings.Repeat("z", 250))(w, q)
		},
	})
	page := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			w.Write([]byte(body))
		}
	}
	web := webOf(t, map[string]http.HandlerFunc{
		"web.com":      says(alice),
		"newline.com":  says(alice + "\n"),
		"both.com":     says(bob),
		"several.com":  says(alice),
		"servfail.com": says(alice),
		"page.com":     page(200, "<!doctype html><title>Welcome</title>"),
		"long.com":     page(200, alice+strings.Repeat(" ", 1<<20)),
		"down.com":     page(503, "busy"),
		"busy.com":     page(429, "busy"),
		"gone.com":     page(410, alice),
		"private.com":  page(401, alice),
		"moved.com": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://web.com"+r.URL.Path, http.StatusFound)
		},
		"slash.com": func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/") {
				http.Redirect(w, r, r.URL.Path+"/", http.StatusMovedPermanently)
				return
			}
			w.Write([]byte(alice))
		},
		"silentweb.com": page(500, ""),
	})
	r := &Resolver{DNS: names, HTTP: web}
	for _, c := range []struct {
		handle string
		want   syntax.DID
		by     Method
		err    error
	}{
		{"one.com", alice, ByDNS, nil},
		{"ONE.com", alice, ByDNS, nil},
		{"among.com", alice, ByDNS, nil},
		{"same.com", alice, ByDNS, nil},
		{"several.com", "", ByDNS, ErrConflict}, // whatever the web says
		{"malformed.com", "", "", ErrNotFound},
		{"half.com", alice, ByDNS, nil},
		{"nodata.com", "", "", ErrNotFound},
		{"nobody.com", "", "", ErrNotFound},
		{"parts.com", alice, ByDNS, nil},
		{"cname.com", alice, ByDNS, nil},
		{"truncated.com", alice, ByDNS, nil},
		{"refused.com", "", "", ErrUnavailable},
		{"both.com", alice, ByDNS, nil}, // DNS is preferred
		{"web.com", alice, ByWellKnown, nil},
		{"newline.com", alice, ByWellKnown, nil},
		{"servfail.com", alice, ByWellKnown, nil},
		{"page.com", "", "", ErrNotFound},
		{"long.com", "", "", ErrNotFound},
		{"down.com", "", "", ErrUnavailable},
		{"busy.com", "", "", ErrUnavailable},
		{"gone.com", "", "", ErrNotFound},
		{"private.com", "", "", ErrNotFound},
		{"moved.com", "", "", ErrNotFound}, // another host has no say
		{"slash.com", alice, ByWellKnown, nil},
		{"silentweb.com", "", "", ErrUnavailable},
		{"alice.test", "", "", ErrReserved},
		{"alice.local", "", "", ErrReserved},
		{"alice.example", "", "", ErrReserved},
	} {
		did, by, err := r.Resolve(t.Context(), syntax.Handle(c.handle))
		if did != c.want || !errors.Is(err, c.err) || err == nil && by != c.by {
			t.Errorf("%s: %q by %q, %v; want %q by %q, %v", c.handle, did, by, err, c.want, c.by, c.err)
		}
	}
}

// A name server that doesn't answer takes nothing away: it is no answer.
func TestSilentNameServer(t *testing.T) {
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	r := &Resolver{DNS: NewDNS(silent.LocalAddr().String()), HTTP: webOf(t, nil)}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := r.byDNS(ctx, "one.com"); !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("%v, want %v without the name server's address", err, ErrUnavailable)
	}
}
