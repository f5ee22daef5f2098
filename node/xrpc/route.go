package xrpc

import (
	"context"
	"net/http"
	"reflect"
	"time"
)

// Route is what the mechanics need to know about an endpoint. Exactly one of
// NSID and Path is set.
type Route struct {
	NSID    string  // answered under /xrpc/
	Path    string  // or at a fixed http.ServeMux path, such as /ipfs/{cid}
	Access  Access  // who may call
	Budget  *Budget // what a call spends; nil is nothing
	MaxBody int64   // bytes; 0 means DefaultMaxBody
	Strict  bool    // refuse unknown JSON fields
}

// Named is the same route under an NSID, for endpoints that have all else in common.
func (rt Route) Named(nsid string) Route {
	rt.NSID = nsid
	return rt
}

func (rt Route) name() string {
	if rt.NSID != "" {
		return rt.NSID
	}
	return rt.Path
}

func (rt Route) pattern() string {
	if rt.NSID != "" {
		return "/xrpc/" + rt.NSID
	}
	return rt.Path
}

// Handler serves one call. Its error is written by the Server; once it has
// written anything itself it should return nil or log.
type Handler func(w http.ResponseWriter, r *http.Request, c *Call) error

// Query registers a GET endpoint: parameters from the query string (see
// DecodeParams), a JSON answer.
func Query[P, O any](s *Server, rt Route, h func(ctx context.Context, c *Call, params P) (O, error)) {
	if _, err := paramSpecOf(reflect.TypeFor[P]()); err != nil {
		panic(err)
	}
	Raw(s, http.MethodGet, rt, func(w http.ResponseWriter, r *http.Request, c *Call) error {
		var p P
		if err := DecodeParams(r.URL.Query(), &p); err != nil {
			return err
		}
		out, err := h(r.Context(), c, p)
		if err != nil {
			return err
		}
		return WriteJSON(w, out)
	})
}

// Procedure registers a POST endpoint: one JSON object in, one out.
func Procedure[I, O any](s *Server, rt Route, h func(ctx context.Context, c *Call, in I) (O, error)) {
	Raw(s, http.MethodPost, rt, func(w http.ResponseWriter, r *http.Request, c *Call) error {
		var in I
		if err := decodeJSON(r, rt.Strict, &in); err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "no-store")
		out, err := h(r.Context(), c, in)
		if err != nil {
			return err
		}
		return WriteJSON(w, out)
	})
}

// None is the parameter, input or output of an endpoint that has none.
type None struct{}

// Raw registers an endpoint that reads and writes bytes itself. GET also
// answers HEAD.
func Raw(s *Server, method string, rt Route, h Handler) {
	if rt.MaxBody == 0 {
		rt.MaxBody = DefaultMaxBody
	}
	s.mux.Handle(rt.pattern(), &endpoint{server: s, method: method, route: rt, handle: h, metrics: s.metrics.forRoute(rt.name())})
}

// endpoint is a registered route as an http.Handler.
type endpoint struct {
	server  *Server
	method  string
	route   Route
	handle  Handler
	metrics routeMetrics
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions && e.route.Access != Operator {
		preflight(w, e.method)
		return
	}
	e.server.run(w, r, e)
}

// serve is the order of an endpoint's checks: cheap and context-free first,
// then who it is, then what it costs, then the body.
func (e *endpoint) serve(w http.ResponseWriter, r *http.Request, c *Call) error {
	if e.route.Access != Operator {
		allowCORS(w.Header())
	}
	if r.Method != e.method && !(e.method == http.MethodGet && r.Method == http.MethodHead) {
		w.Header().Set("Allow", e.method)
		return Errorf(http.StatusMethodNotAllowed, CodeMethodNotAllowed, "call this with %s", e.method)
	}
	if err := e.server.authorise(c, e.route.Access); err != nil {
		return err
	}
	if c.Principal.Known() {
		w.Header().Set("Cache-Control", "private, no-store")
	}
	if e.route.Budget != nil {
		if err := e.route.Budget.spend(c); err != nil {
			e.server.metrics.limited.WithLabelValues(e.route.Budget.name).Inc()
			return err
		}
	}
	if e.method == http.MethodPost {
		e.boundBody(w, r)
	}
	return e.handle(w, r, c)
}

// A body may take bodyPatience and as long as its largest allowed size takes at
// slowestBody, so that nobody holds a connection by sending a byte a minute.
const (
	bodyPatience = 30 * time.Second
	slowestBody  = 32 << 10 // bytes per second
)

// boundBody bounds a body in size and time. Writers that know no deadlines,
// those of tests, are left without.
func (e *endpoint) boundBody(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, e.route.MaxBody)
	within := bodyPatience + time.Duration(e.route.MaxBody/slowestBody)*time.Second
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(within)) // the connection's, hence the real clock
}
