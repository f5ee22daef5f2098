package handle

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/miekg/dns"

	"metanet/content/index"
	"metanet/identity"
)

var ethr = identity.NewDID(1, identity.Address{1})

type book map[syntax.Handle]identity.DID

func (b book) HandleOwner(_ context.Context, h syntax.Handle) (identity.DID, bool, error) {
	did, ok := b[h]
	return did, ok, nil
}

type registry []Server

func (r registry) Under(_ context.Context, domain string) (under []Server, err error) {
	for _, s := range r {
		if s.Domain == domain {
			under = append(under, s)
		}
	}
	return under, nil
}

// server is a web server's two answers: which server it is, and whose handles are.
func server(network string, id uint64, handles map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/.well-known/metanet":
			json.NewEncoder(w).Encode(map[string]any{"network": network, "server": map[string]any{"id": id}})
		case "/xrpc/com.atproto.identity.resolveHandle":
			did, ok := handles[r.URL.Query().Get("handle")]
			if !ok {
				w.WriteHeader(400)
				w.Write([]byte(`{"error":"HandleNotFound"}`))
				return
			}
			json.NewEncoder(w).Encode(map[string]string{"did": did})
		default:
			http.NotFound(w, r)
		}
	}
}

func TestProve(t *testing.T) {
	network := identity.Network{1}
	web := webOf(t, map[string]http.HandlerFunc{
		"one.org":         server(network.String(), 1, map[string]string{"alice.one.org": alice, "bob.one.org": bob}),
		"squatted.org":    server(network.String(), 7, map[string]string{"alice.squatted.org": alice}),
		"elsewhere.org":   server(identity.Network{2}.String(), 3, map[string]string{"alice.elsewhere.org": alice}),
		"other.org":       server(network.String(), 9, map[string]string{"alice.other.org": alice}),
		"down.org":        func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) },
		"alice.plain.org": says(alice),
		"carol.one.org":   says(alice),
	})
	names := nameServer(t, map[string]func(dns.ResponseWriter, *dns.Msg){
		"_atproto.alice.elsewhere.org": txt("did=" + alice),
		"_atproto.two.com":             txt("did="+alice, "did="+bob),
	})
	p := &Prover{
		Names:   &Resolver{DNS: names, HTTP: web},
		Domains: NewDomains(Domains{HTTP: web, Network: network, Now: time.Now}),
		Servers: registry{
			{ID: 1, Domain: "one.org"}, {ID: 2, Domain: "squatted.org"}, {ID: 7, Domain: "squatted.org"},
			{ID: 3, Domain: "elsewhere.org"}, {ID: 4, Domain: "other.org"}, {ID: 5, Domain: "down.org"}, {ID: 6, Domain: "six.test"},
			{ID: 8, Domain: "plain.org"},
		},
		Local:  book{"alice.own.org": ethr, "bob.own.org": identity.NewDID(1, identity.Address{2})},
		Domain: "own.org",
	}
	for _, c := range []struct {
		handle   syntax.Handle
		state    index.HandleState
		by       Method
		definite bool
	}{
		{"alice.own.org", index.HandleValid, ByServer, true},
		{"bob.own.org", index.HandleConflicting, ByServer, true},
		{"carol.own.org", index.HandleUnproven, ByServer, true},
		{"alice.one.org", index.HandleValid, ByServer, true},
		{"bob.one.org", index.HandleConflicting, ByServer, true},
		{"carol.one.org", index.HandleValid, ByWellKnown, true}, // the server knows nothing, the host name does
		{"dora.one.org", index.HandleUnproven, "", true},
		{"alice.squatted.org", index.HandleValid, ByServer, true}, // the domain says which of the two it is
		{"alice.elsewhere.org", index.HandleValid, ByDNS, true},   // no server of this network: AT's ways remain
		{"alice.other.org", index.HandleUnproven, "", true},       // it says it is server 9, which registered nothing of the sort
		{"alice.down.org", index.HandleUnproven, "", false},
		{"alice.six.test", index.HandleUnproven, "", true}, // not in development
		{"alice.plain.org", index.HandleValid, ByWellKnown, true},
		{"two.com", index.HandleConflicting, ByDNS, true},
		{"nobody.com", index.HandleUnproven, "", true},
	} {
		v, err := p.Prove(t.Context(), Claim{ethr, alice, c.handle})
		if err != nil || v.State != c.state || v.By != c.by || v.Definite != c.definite || (v.Reason == "") != (c.state == index.HandleValid) {
			t.Errorf("%s: %+v, %v", c.handle, v, err)
		}
	}
	broken := errors.New("the chain's view is broken")
	p.Servers = failing{broken}
	if _, err := p.Prove(t.Context(), Claim{ethr, alice, "x.one.org"}); !errors.Is(err, broken) {
		t.Errorf("a fault of our own: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Under(context.Context, string) ([]Server, error) { return nil, f.err }

// A confirmation is asked for once an hour, a refusal again after five minutes.
func TestDomainsRemember(t *testing.T) {
	asked, up := 0, false
	web := webOf(t, map[string]http.HandlerFunc{"one.org": func(w http.ResponseWriter, r *http.Request) {
		if asked++; !up {
			w.WriteHeader(503)
			return
		}
		server(identity.Network{1}.String(), 1, nil)(w, r)
	}})
	now := time.Unix(1e9, 0)
	d := NewDomains(Domains{HTTP: web, Network: identity.Network{1}, Now: func() time.Time { return now }})
	for _, step := range []struct {
		later time.Duration
		up    bool
		asked int
		err   error
	}{
		{0, false, 1, ErrUnavailable},
		{refusedFor - 1, true, 1, ErrUnavailable},
		{1, true, 2, nil},
		{confirmedFor - 1, false, 2, nil},
		{1, false, 3, ErrUnavailable},
	} {
		now, up = now.Add(step.later), step.up
		if _, err := d.Confirm(t.Context(), "one.org"); !errors.Is(err, step.err) || asked != step.asked {
			t.Errorf("%+v: asked %d, %v", step, asked, err)
		}
	}
}
