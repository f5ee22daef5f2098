package xrpc

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options are what a Server is given by the assembly.
type Options struct {
	Logger         *slog.Logger
	Registerer     prometheus.Registerer
	Auth           Authenticator  // nil: nobody can sign in
	OperatorToken  string         // "" closes the operator routes
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed; none by default
	Now            func() time.Time
}

// Server routes and runs endpoints. Faces register on it; the assembly mounts
// it, usually at "/", beside the web face.
type Server struct {
	log           *slog.Logger
	auth          Authenticator
	operatorToken string
	trusted       []netip.Prefix
	now           func() time.Time
	mux           *http.ServeMux
	metrics       *metrics

	streams    streams
	ending     context.Context // done once Close is called
	endStreams context.CancelFunc
}

// New makes a Server without routes. It fails only if its metrics clash with
// others in the registry.
func New(o Options) (*Server, error) {
	m, err := newMetrics(o.Registerer)
	if err != nil {
		return nil, err
	}
	s := &Server{
		log: o.Logger, auth: o.Auth, operatorToken: o.OperatorToken,
		trusted: o.TrustedProxies, now: o.Now, mux: http.NewServeMux(), metrics: m,
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.ending, s.endStreams = context.WithCancel(context.Background())
	s.mux.Handle("/xrpc/", &endpoint{server: s, method: http.MethodGet, route: Route{Path: "/xrpc/"},
		handle: notImplemented, metrics: m.forRoute("unknown")})
	return s, nil
}

// notImplemented is what the XRPC specification answers for a name that this
// server doesn't have ("MethodNotImplemented", 501).
func notImplemented(http.ResponseWriter, *http.Request, *Call) error {
	return Errorf(http.StatusNotImplemented, CodeMethodNotFound, "this server has no such method")
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Handles tells the assembly whether a request is for a route here, so that the
// web face can have the rest.
func (s *Server) Handles(r *http.Request) bool {
	_, pattern := s.mux.Handler(r)
	return pattern != ""
}

// Close ends the open streams, saying that the server goes away, and waits
// until their handlers are done. Plain requests are http.Server.Shutdown's.
func (s *Server) Close() {
	s.endStreams()
	s.streams.open.Wait()
}

// run is the frame around every call: an id, a recorder, a last line of
// defence against panics, one error writer, one log line, the counters.
func (s *Server) run(w http.ResponseWriter, r *http.Request, e *endpoint) {
	started := s.now()
	rec := &recorder{ResponseWriter: w}
	id := newRequestID()
	r = r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
	c := &Call{Request: r, Writer: rec, ID: id, Client: clientAddr(r, s.trusted), Bearer: bearer(r)}
	h := rec.Header()
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")

	s.metrics.inFlight.Inc()
	err := s.guard(rec, r, c, e)
	s.metrics.inFlight.Dec()

	var failed *Error
	if err != nil {
		failed = asError(err, id)
		if !rec.wrote() {
			writeError(rec, failed)
		}
	}
	elapsed := s.now().Sub(started)
	e.metrics.observe(rec.code(failed), elapsed)
	s.logCall(r, c, e, rec, failed, elapsed)
}

// guard turns a panic into an error that run writes and counts. One broken
// request must not take the node down; the stack goes to the log.
func (s *Server) guard(w http.ResponseWriter, r *http.Request, c *Call, e *endpoint) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler {
			panic(v) // net/http's own way to drop a connection
		}
		s.metrics.panics.Inc()
		s.log.Error("xrpc: a handler panicked", "method", e.route.name(), "request", c.ID, "panic", v, "stack", string(debug.Stack()))
		err = Errorf(http.StatusInternalServerError, CodeInternal, "something failed here; request %s", c.ID)
	}()
	return e.serve(w, r, c)
}

// logCall is one line per call: an error for faults of our own, debug otherwise.
func (s *Server) logCall(r *http.Request, c *Call, e *endpoint, rec *recorder, failed *Error, elapsed time.Duration) {
	level := slog.LevelDebug
	if failed != nil && failed.Status >= 500 && failed.Status != http.StatusNotImplemented {
		level = slog.LevelError
	}
	if !s.log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", e.route.name()), slog.Int("status", rec.code(failed)), slog.String("request", c.ID),
		slog.String("client", c.Client.String()), slog.Duration("took", elapsed), slog.Int64("bytes", rec.bytes),
	}
	if c.Principal.Known() {
		attrs = append(attrs, slog.String("did", string(c.Principal.DID)))
	}
	if failed != nil {
		attrs = append(attrs, slog.String("code", failed.Code))
		if failed.Cause != nil {
			attrs = append(attrs, slog.Any("cause", failed.Cause))
		}
	}
	s.log.LogAttrs(r.Context(), level, "xrpc: call", attrs...)
}

// recorder notes what was answered. Unwrap lets http.ResponseController and the
// WebSocket upgrade reach the writer below.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) wrote() bool { return r.status != 0 }

// code is what counts: the status sent, else what the failure would have been.
func (r *recorder) code(failed *Error) int {
	switch {
	case r.status != 0:
		return r.status
	case failed != nil:
		return failed.Status
	}
	return http.StatusOK
}
