package xrpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/coder/websocket"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"metanet/identity"
)

const aliceToken = "mnat_alice"

// oneToken knows alice's token and nobody else's.
type oneToken struct{}

func (oneToken) Authenticate(_ context.Context, token string) (Principal, error) {
	if token != aliceToken {
		return Principal{}, Errorf(http.StatusUnauthorized, CodeInvalidToken, "unknown token")
	}
	return Principal{DID: "did:ethr:0x1:0x00000000000000000000000000000000000000aa"}, nil
}

func newTestServer(t *testing.T) (*Server, *httptest.Server) {
	t.Helper()
	s, err := New(Options{
		Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
		Auth: oneToken{}, OperatorToken: "control",
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	t.Cleanup(s.Close)
	return s, h
}

type greetParams struct {
	Name  string `param:"name,required"`
	Times int    `param:"times,default=2,min=1,max=3"`
	Loud  bool   `param:"loud"`
}

type greetInput struct {
	Name string `json:"name"`
}

type greeting struct {
	Text string `json:"text"`
}

func registerGreetings(s *Server) {
	Query(s, Route{NSID: "test.greet"}, func(_ context.Context, _ *Call, p greetParams) (greeting, error) {
		return greeting{fmt.Sprint(p.Name, p.Times, p.Loud)}, nil
	})
	post := func(_ context.Context, _ *Call, in greetInput) (greeting, error) { return greeting{in.Name}, nil }
	Procedure(s, Route{NSID: "test.strict", Strict: true, MaxBody: 64}, post)
	Procedure(s, Route{NSID: "test.lenient"}, post)
	Query(s, Route{NSID: "test.private", Access: Required}, func(_ context.Context, c *Call, _ None) (greeting, error) {
		return greeting{string(c.Principal.DID)}, nil
	})
	Query(s, Route{NSID: "test.optional", Access: Optional}, func(_ context.Context, c *Call, _ None) (greeting, error) {
		return greeting{string(c.Principal.DID)}, nil
	})
	Query(s, Route{NSID: "test.admin", Access: Operator}, func(context.Context, *Call, None) (greeting, error) {
		return greeting{"boss"}, nil
	})
	Query(s, Route{NSID: "test.panic"}, func(context.Context, *Call, None) (greeting, error) { panic("secret detail") })
	Query(s, Route{NSID: "test.fault"}, func(context.Context, *Call, None) (greeting, error) {
		return greeting{}, errors.New("secret detail")
	})
	Query(s, Route{NSID: "test.hidden"}, func(context.Context, *Call, None) (greeting, error) {
		return greeting{}, BadRequest("Known", "what you may know").WithCause(errors.New("secret detail"))
	})
}

func TestCalls(t *testing.T) {
	s, h := newTestServer(t)
	registerGreetings(s)
	tests := []struct {
		name, method, path, body string
		header                   http.Header
		status                   int
		want                     string // in the body
	}{
		{"defaults", "GET", "test.greet?name=a", "", nil, 200, `{"text":"a2 false"}`},
		{"all given, unknown ignored", "GET", "test.greet?name=a&times=3&loud=true&x=1", "", nil, 200, `a3 true`},
		{"missing", "GET", "test.greet", "", nil, 400, `"InvalidRequest"`},
		{"empty is missing", "GET", "test.greet?name=", "", nil, 400, `name`},
		{"below", "GET", "test.greet?name=a&times=0", "", nil, 400, `at least 1`},
		{"above", "GET", "test.greet?name=a&times=4", "", nil, 400, `at most 3`},
		{"not a number", "GET", "test.greet?name=a&times=1e0", "", nil, 400, `whole number`},
		{"twice", "GET", "test.greet?name=a&name=b", "", nil, 400, `2 times`},
		{"bad bool", "GET", "test.greet?name=a&loud=1", "", nil, 400, `true or false`},
		{"too long", "GET", "test.greet?name=" + strings.Repeat("a", maxParamLen+1), "", nil, 400, `longer`},
		{"html is escaped", "GET", "test.greet?name=%3Cscript%3E", "", nil, 200, `\u003cscript\u003e`},
		{"wrong method", "POST", "test.greet?name=a", "", nil, 405, CodeMethodNotAllowed},
		{"unknown method", "GET", "test.nothing", "", nil, 501, CodeMethodNotFound},

		{"body", "POST", "test.strict", `{"name":"a"}`, nil, 200, `"a"`},
		{"no body", "POST", "test.strict", ``, nil, 200, `""`},
		{"unknown field refused", "POST", "test.strict", `{"nmae":"a"}`, nil, 400, `nmae`},
		{"unknown field ignored", "POST", "test.lenient", `{"nmae":"a"}`, nil, 200, `""`},
		{"wrong type", "POST", "test.strict", `{"name":1}`, nil, 400, `\"name\"`},
		{"trailing", "POST", "test.strict", `{"name":"a"} {}`, nil, 400, `goes on`},
		{"cut", "POST", "test.strict", `{"name":"a`, nil, 400, `ends too early`},
		{"oversize", "POST", "test.strict", `{"name":"` + strings.Repeat("a", 64) + `"}`, nil, 413, CodeTooLarge},
		{"form refused", "POST", "test.strict", `name=a`, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, 415, CodeUnsupportedMedia},
		{"text refused", "POST", "test.strict", `{"name":"a"}`, http.Header{"Content-Type": {"text/plain"}}, 415, CodeUnsupportedMedia},

		{"no token", "GET", "test.private", "", nil, 401, CodeAuthRequired},
		{"wrong token", "GET", "test.private", "", http.Header{"Authorization": {"Bearer x"}}, 401, CodeInvalidToken},
		{"basic is no bearer", "GET", "test.private", "", http.Header{"Authorization": {"Basic " + aliceToken}}, 401, CodeAuthRequired},
		{"cookie is no sign-in", "GET", "test.private", "", http.Header{"Cookie": {"token=" + aliceToken}}, 401, CodeAuthRequired},
		{"token in the query is no sign-in", "GET", "test.private?access_token=" + aliceToken, "", nil, 401, CodeAuthRequired},
		{"good token", "GET", "test.private", "", http.Header{"Authorization": {"Bearer " + aliceToken}}, 200, `did:ethr`},
		{"optional without", "GET", "test.optional", "", nil, 200, `""`},
		{"optional with a bad one", "GET", "test.optional", "", http.Header{"Authorization": {"Bearer x"}}, 401, CodeInvalidToken},

		{"operator", "GET", "test.admin", "", http.Header{"Authorization": {"Bearer control"}}, 200, `boss`},
		{"operator without token", "GET", "test.admin", "", nil, 401, CodeInvalidToken},
		{"operator with a person's token", "GET", "test.admin", "", http.Header{"Authorization": {"Bearer " + aliceToken}}, 401, CodeInvalidToken},
		{"operator through a proxy", "GET", "test.admin", "", http.Header{"Authorization": {"Bearer control"}, "X-Forwarded-For": {"127.0.0.1"}}, 403, CodeForbidden},

		{"panic", "GET", "test.panic", "", nil, 500, CodeInternal},
		{"fault", "GET", "test.fault", "", nil, 500, CodeInternal},
		{"hidden cause", "GET", "test.hidden", "", nil, 400, `what you may know`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequest(tt.method, h.URL+"/xrpc/"+tt.path, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if tt.method == "POST" {
				req.Header.Set("Content-Type", "application/json")
			}
			for k, v := range tt.header {
				req.Header[k] = v
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			if res.StatusCode != tt.status || !strings.Contains(string(body), tt.want) {
				t.Errorf("got %d %s, want %d and %q", res.StatusCode, body, tt.status, tt.want)
			}
			if strings.Contains(string(body), "secret detail") {
				t.Error("a hidden cause was shown")
			}
			if res.Header.Get("X-Content-Type-Options") != "nosniff" || res.Header.Get("X-Request-Id") == "" || len(res.Cookies()) != 0 {
				t.Errorf("headers: %v", res.Header)
			}
			if res.StatusCode >= 400 {
				var e struct{ Error, Message string }
				if json.Unmarshal(body, &e) != nil || e.Error == "" || e.Message == "" {
					t.Errorf("not an XRPC error: %s", body)
				}
			}
		})
	}
	if n := counted(t, s.metrics.panics); n != 1 {
		t.Errorf("%v panics counted, want 1", n)
	}
}

func TestCORS(t *testing.T) {
	s, h := newTestServer(t)
	registerGreetings(s)
	do := func(method, nsid string) *http.Response {
		req, _ := http.NewRequest(method, h.URL+"/xrpc/"+nsid, nil)
		req.Header.Set("Origin", "https://elsewhere.example")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	if res := do("OPTIONS", "test.lenient"); res.StatusCode != 204 || res.Header.Get("Access-Control-Allow-Origin") != "*" ||
		!strings.Contains(res.Header.Get("Access-Control-Allow-Headers"), "Authorization") || res.Header.Get("Access-Control-Allow-Methods") != "POST" {
		t.Errorf("preflight: %d %v", res.StatusCode, res.Header)
	}
	if res := do("GET", "test.greet"); res.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error("an error must be readable, too")
	}
	for _, method := range []string{"OPTIONS", "GET"} {
		if res := do(method, "test.admin"); res.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: foreign pages may read operator answers", method)
		}
	}
	if res := do("GET", "test.private"); res.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Error("credentials are never allowed")
	}
}

func TestBudget(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	b := NewBudget("test", ByAddress, 1, 3, func() time.Time { return now })
	from := func(addr string) error { return b.spend(&Call{Client: netip.MustParseAddr(addr)}) }
	for i := range 3 {
		if err := from("192.0.2.1"); err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	var e *Error
	if err := from("192.0.2.1"); !errors.As(err, &e) || e.Status != 429 || e.RetryAfter < time.Second {
		t.Fatalf("fourth call: %v", err)
	}
	if err := from("192.0.2.2"); err != nil {
		t.Errorf("another address pays for the first: %v", err)
	}
	now = now.Add(time.Second)
	if err := from("192.0.2.1"); err != nil {
		t.Errorf("after a second: %v", err)
	}
	if AddressKey(netip.MustParseAddr("2001:db8::1")) != AddressKey(netip.MustParseAddr("2001:db8::ffff:1")) {
		t.Error("one IPv6 customer has as many budgets as addresses")
	}
}

func TestBudgetPerAccount(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	b := NewBudget("test", ByAccount, 1, 1, func() time.Time { return now })
	call := func(did identity.DID) error {
		return b.spend(&Call{Client: netip.MustParseAddr("192.0.2.1"), Principal: Principal{DID: did}})
	}
	if call("did:a") != nil || call("did:b") != nil || call("") != nil {
		t.Error("two people behind one address share a budget")
	}
	if call("did:a") == nil {
		t.Error("no limit")
	}
}

func TestClientAddr(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	tests := []struct{ remote, forwarded, want string }{
		{"192.0.2.1:1", "", "192.0.2.1"},
		{"192.0.2.1:1", "198.51.100.7", "192.0.2.1"}, // a stranger's claim
		{"10.0.0.1:1", "198.51.100.7", "198.51.100.7"},
		{"10.0.0.1:1", "203.0.113.9, 198.51.100.7", "198.51.100.7"}, // what is further left was the caller's to write
		{"10.0.0.1:1", "198.51.100.7, 10.0.0.2", "198.51.100.7"},
		{"10.0.0.1:1", "nonsense", "10.0.0.1"},
		{"[::ffff:192.0.2.1]:1", "", "192.0.2.1"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.remote
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := clientAddr(r, trusted).String(); got != tt.want {
			t.Errorf("%s forwarded for %q: %s, want %s", tt.remote, tt.forwarded, got, tt.want)
		}
	}
}

func TestLimited(t *testing.T) {
	s, h := newTestServer(t)
	b := NewBudget("one", ByAddress, 0.001, 1, time.Now)
	Query(s, Route{NSID: "test.once", Budget: b}, func(context.Context, *Call, None) (greeting, error) { return greeting{}, nil })
	for i, want := range []int{200, 429} {
		res, err := http.Get(h.URL + "/xrpc/test.once")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("call %d: %d, want %d", i, res.StatusCode, want)
		}
		if want == 429 && res.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	if n := counted(t, s.metrics.limited.WithLabelValues("one")); n != 1 {
		t.Errorf("%v limited calls counted, want 1", n)
	}
}

func TestSubscription(t *testing.T) {
	s, h := newTestServer(t)
	ended := make(chan error, 1)
	Subscription(s, Route{NSID: "test.count"}, func(ctx context.Context, _ *Call, p struct {
		From uint64 `param:"from"`
	}, st *Stream) error {
		if p.From == 7 {
			return BadRequest("OddCursor", "not this one")
		}
		for i := p.From; i < p.From+3; i++ {
			if err := st.Send(ctx, []byte{byte(i)}, time.Second); err != nil {
				return err
			}
		}
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	url := "ws" + strings.TrimPrefix(h.URL, "http") + "/xrpc/test.count"

	c, _, err := websocket.Dial(ctx, url+"?from=4", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"https://elsewhere.example"}}})
	if err != nil {
		t.Fatal(err)
	}
	for i := byte(4); i < 7; i++ {
		_, frame, err := c.Read(ctx)
		if err != nil || len(frame) != 1 || frame[0] != i {
			t.Fatalf("frame %v, %v; want %d", frame, err, i)
		}
	}
	go s.Close()
	if _, _, err := c.Read(ctx); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("at shutdown: %v", err)
	}
	if err := <-ended; err == nil {
		t.Error("the handler's context goes on")
	}

	if res, err := http.Get(h.URL + "/xrpc/test.count"); err != nil || res.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("plain GET: %v %v", res.StatusCode, err)
	}
}

func TestSubscriptionCloseReason(t *testing.T) {
	s, h := newTestServer(t)
	Subscription(s, Route{NSID: "test.odd"}, func(context.Context, *Call, None, *Stream) error {
		return BadRequest("OddCursor", "%s", strings.Repeat("x", 300))
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(h.URL, "http")+"/xrpc/test.odd", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = c.Read(ctx)
	var closed websocket.CloseError
	if !errors.As(err, &closed) || closed.Code != websocket.StatusPolicyViolation || !strings.HasPrefix(closed.Reason, "OddCursor: ") {
		t.Errorf("got %v", err)
	}
}

func TestStreamsAreBounded(t *testing.T) {
	var s streams
	from := func(addr string) (func(), error) { return s.enter(&Call{Client: netip.MustParseAddr(addr)}) }
	var leave func()
	for i := range maxStreamsByAddress {
		var err error
		if leave, err = from("192.0.2.1"); err != nil {
			t.Fatalf("stream %d: %v", i, err)
		}
	}
	if _, err := from("192.0.2.1"); err == nil {
		t.Error("one address may open any number")
	}
	if _, err := from("192.0.2.2"); err != nil {
		t.Errorf("another address pays for the first: %v", err)
	}
	leave()
	if _, err := from("192.0.2.1"); err != nil {
		t.Errorf("after one has left: %v", err)
	}
	for s.all < maxStreams {
		s.all++
	}
	if _, err := from("192.0.2.3"); err == nil {
		t.Error("all addresses together may open any number")
	}
}

// A caller that sends its body a byte at a time loses its connection in the end.
func TestSlowBody(t *testing.T) {
	s, _ := newTestServer(t)
	registerGreetings(s)
	w := &deadlines{httptest.NewRecorder(), time.Time{}}
	r := httptest.NewRequest("POST", "/xrpc/test.strict", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	s.ServeHTTP(w, r)
	if until := time.Until(w.read); w.Code != 200 || until < time.Second || until > bodyPatience {
		t.Errorf("%d, deadline in %v", w.Code, until)
	}
}

type deadlines struct {
	*httptest.ResponseRecorder
	read time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error { d.read = t; return nil }

func TestUnusableParametersPanicAtRegistration(t *testing.T) {
	s, _ := newTestServer(t)
	defer func() {
		if recover() == nil {
			t.Error("a float parameter was registered")
		}
	}()
	Query(s, Route{NSID: "test.bad"}, func(context.Context, *Call, struct {
		F float64 `param:"f"`
	}) (greeting, error) {
		return greeting{}, nil
	})
}

func TestHandles(t *testing.T) {
	s, _ := newTestServer(t)
	registerGreetings(s)
	if !s.Handles(httptest.NewRequest("GET", "/xrpc/test.greet", nil)) || s.Handles(httptest.NewRequest("GET", "/", nil)) {
		t.Error("the web face gets the wrong requests")
	}
}

type fuzzParams struct {
	Actor  syntax.AtIdentifier `param:"actor,required"`
	URI    syntax.ATURI        `param:"uri"`
	Limit  int                 `param:"limit,default=50,min=1,max=100"`
	Cursor string              `param:"cursor"`
	Seq    uint64              `param:"seq"`
	Flag   bool                `param:"flag"`
	Many   []string            `param:"many"`
}

func FuzzDecodeParams(f *testing.F) {
	for _, q := range []string{"actor=alice.example.org", "actor=did:plc:abc&limit=100&cursor=x", "actor=a&limit=-1", "uri=at://x&many=1&many=2", "limit=1&limit=2", "%zz"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		r := &http.Request{URL: mustURL(q)}
		var p fuzzParams
		err := DecodeParams(r.URL.Query(), &p)
		var e *Error
		if err != nil {
			if !errors.As(err, &e) || e.Status != 400 {
				t.Fatalf("%q: %v is no 400", q, err)
			}
			return
		}
		if p.Limit < 1 || p.Limit > 100 || p.Actor.String() == "" || len(p.Many) > maxParamList {
			t.Fatalf("%q passed as %+v", q, p)
		}
	})
}

func FuzzDecodeJSON(f *testing.F) {
	for _, b := range []string{`{"name":"a"}`, `{}`, ``, `null`, `[]`, `{"name":1}`, `{"x":1}`, `{"name":"a"}x`, `{"name":"\ud800"}`} {
		f.Add(b, true)
		f.Add(b, false)
	}
	f.Fuzz(func(t *testing.T, body string, strict bool) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		var in greetInput
		err := decodeJSON(r, strict, &in)
		var e *Error
		if err != nil && (!errors.As(err, &e) || e.Status != 400) {
			t.Fatalf("%q: %v is no 400", body, err)
		}
	})
}

func mustURL(query string) *url.URL { return &url.URL{Path: "/", RawQuery: query} }

func counted(t *testing.T, c prometheus.Counter) float64 {
	t.Helper()
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetCounter().GetValue()
}

// TestPlain: people are told what is wrong, not in which package.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"session: that is not a handle: \"x\"": "that is not a handle: \"x\"",
		"no prefix":                            "no prefix",
		"two words: stay":                      "two words: stay",
	} {
		if got := Plain(errors.New(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
