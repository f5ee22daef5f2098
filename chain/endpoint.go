package chain

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
)

const (
	// callTimeout bounds one request, so that an RPC that hangs is an RPC that
	// failed.
	callTimeout = 15 * time.Second

	// checkTimeout bounds what comes before the first question: connecting, and
	// asking which chain it is. It is all that an endpoint that still hangs costs,
	// each time its rest is over.
	checkTimeout = 4 * time.Second

	// maxResponse bounds what one answer may make us hold in memory.
	maxResponse = 64 << 20

	// maxBatch is how many calls go into one request; providers refuse more.
	maxBatch = 50

	// firstRest is how long an endpoint rests after a first fault; it doubles with
	// each fault in a row up to lastRest.
	firstRest = time.Second
	lastRest  = time.Minute

	// wrongRest is how soon an endpoint of another chain may show that it was set
	// right.
	wrongRest = 15 * time.Second

	// limitRest is the pause where a provider wants one without saying how long,
	// maxLimitRest the longest one taken.
	limitRest    = 5 * time.Second
	maxLimitRest = 10 * time.Minute

	// doubtRest is how long an endpoint that contradicted the others, or itself, is
	// asked after them only.
	doubtRest = 10 * time.Minute

	// farBehind is how old an endpoint's head may be, against the newest of all,
	// before others are asked first.
	farBehind = 2 * time.Minute
)

// endpoint is one JSON-RPC provider, and how it fares.
type endpoint struct {
	url     string
	name    string // the URL without its secrets
	secrets []string
	log     *slog.Logger
	now     func() time.Time

	checking chan struct{} // holds the one token of whoever connects and checks

	mu      sync.Mutex // guards what follows
	rpc     *rpc.Client
	checked bool // serves our chain, as far as seen since its last fault
	state   health
	stats   EndpointStatus
}

// health is what decides whether an endpoint is asked, and when.
type health struct {
	until    time.Time // of its rest
	failures int       // in a row
	wrong    bool      // serves another chain
	limited  bool      // asked for a pause
	doubted  time.Time // contradicted others; until when that counts
	behind   bool      // its head is far below the others'
	err      error
}

// compare puts first whom to ask first.
func (h health) compare(other health) int {
	return cmp.Or(cmp.Compare(h.rank(), other.rank()), h.until.Compare(other.until))
}

func (h health) rank() int {
	switch {
	case !h.until.IsZero():
		return 3
	case !h.doubted.IsZero():
		return 2
	case h.behind:
		return 1
	}
	return 0
}

func newEndpoint(u *url.URL, name string, log *slog.Logger, now func() time.Time) *endpoint {
	return &endpoint{
		url: u.String(), name: name, secrets: secretsOf(u), log: log.With("rpc", name), now: now,
		checking: make(chan struct{}, 1), stats: EndpointStatus{Name: name},
	}
}

// health is the state of the moment: rests that are over are left out.
func (e *endpoint) health(now time.Time) health {
	e.mu.Lock()
	defer e.mu.Unlock()
	h := e.state
	if !now.Before(h.until) {
		h.until, h.wrong, h.limited = time.Time{}, false, false
	}
	if !now.Before(h.doubted) {
		h.doubted = time.Time{}
	}
	return h
}

func (e *endpoint) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.rpc != nil {
		e.rpc.Close()
	}
}

// once runs check unless the endpoint was checked since its last fault; of several
// callers one does.
func (e *endpoint) once(ctx context.Context, check func() error) error {
	if e.isChecked() {
		return nil
	}
	select {
	case e.checking <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("chain: %w", ctx.Err())
	}
	defer func() { <-e.checking }()
	if e.isChecked() {
		return nil
	}
	return check()
}

func (e *endpoint) isChecked() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.checked
}

func (e *endpoint) recheck() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.checked = false
	if e.state.wrong {
		e.state.until = time.Time{}
	}
}

// connect is the RPC client, which reconnects by itself once it was connected.
func (e *endpoint) connect(ctx context.Context) (*rpc.Client, error) {
	e.mu.Lock()
	c := e.rpc
	e.mu.Unlock()
	if c != nil {
		return c, nil
	}
	limited, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	httpClient := &http.Client{
		Transport: endpointTransport{e, http.DefaultTransport},
		// A provider that sends elsewhere would have our key go there.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	// Asking anything twice does no harm. net/http wants to hear so (the header is
	// not sent) before it asks again when an idle connection turns out to be closed,
	// as providers do all the time.
	again := rpc.WithHeaders(http.Header{"Idempotency-Key": nil})
	c, err := rpc.DialOptions(limited, e.url, rpc.WithHTTPClient(httpClient), again, rpc.WithWebsocketMessageSizeLimit(maxResponse))
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.rpc != nil {
		c.Close()
		return e.rpc, nil
	}
	e.rpc = c
	return c, nil
}

// origin asks which chain this is.
func (e *endpoint) origin(ctx context.Context) (Origin, error) {
	limited, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	var id hexutil.Uint64
	var genesis *header
	err := e.batch(limited, []rpc.BatchElem{
		{Method: "eth_chainId", Result: &id},
		{Method: "eth_getBlockByNumber", Args: []any{hexutil.Uint64(0), false}, Result: &genesis},
	})
	if err == nil && genesis == nil {
		err = fmt.Errorf("no genesis block")
	}
	if err != nil {
		return Origin{}, err
	}
	return Origin{uint64(id), genesis.Hash}, nil
}

// call makes one request; its error is the RPC client's.
func (e *endpoint) call(ctx context.Context, result any, method string, args ...any) error {
	c, err := e.connect(ctx)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return c.CallContext(limited, result, method, args...)
}

// batch makes many requests in few round trips; its error is the RPC client's, or
// the first of any call.
func (e *endpoint) batch(ctx context.Context, calls []rpc.BatchElem) error {
	c, err := e.connect(ctx)
	if err != nil {
		return err
	}
	for len(calls) > 0 {
		n := min(len(calls), maxBatch)
		if err := batchOnce(ctx, c, calls[:n]); err != nil {
			return err
		}
		calls = calls[n:]
	}
	return nil
}

func batchOnce(ctx context.Context, c *rpc.Client, calls []rpc.BatchElem) error {
	limited, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	for i := range calls {
		calls[i].Error = nil // of another endpoint
	}
	if err := c.BatchCallContext(limited, calls); err != nil {
		return err
	}
	for _, call := range calls {
		if call.Error != nil {
			return call.Error
		}
	}
	return nil
}

// judge makes of an RPC client's error ours, and draws the conclusions about the
// endpoint.
func (e *endpoint) judge(ctx context.Context, method string, err error) error {
	fault := e.fault(ctx, method, err)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stats.Calls++
	switch {
	case err == nil, answered(fault):
		e.recovered()
	case ctx.Err() != nil:
	case limited(err):
		e.pause(e.state.until, fault)
	default:
		e.failed(fault)
	}
	return fault
}

// recovered, failed and pause are called with mu held.
func (e *endpoint) recovered() {
	if e.state.failures > 0 {
		e.log.Info("RPC endpoint is back", "failures", e.state.failures)
	}
	e.state.failures, e.state.err, e.state.until, e.state.limited = 0, nil, time.Time{}, false
}

func (e *endpoint) failed(fault error) {
	if e.state.failures == 0 {
		e.log.Warn("RPC endpoint failed, it rests", "error", fault)
		e.stats.Since = e.now()
	}
	e.stats.Failures++
	e.state.failures++
	rest := firstRest
	for range min(e.state.failures-1, 10) {
		rest = min(2*rest, lastRest)
	}
	e.state.until, e.state.err, e.checked = e.now().Add(rest), fault, false
}

// pause is taken because the provider wants it: until is what it said, if it did.
func (e *endpoint) pause(until time.Time, fault error) {
	now := e.now()
	if !until.After(now) {
		until = now.Add(limitRest)
	}
	if e.state.failures == 0 {
		e.log.Warn("RPC endpoint limits our requests, it rests", "until", until.UTC(), "error", fault)
		e.stats.Since = now
	}
	e.stats.Failures++
	e.state.failures++
	e.state.until, e.state.limited, e.state.err = until, true, fault
}

// admit lets an endpoint take part if it serves the chain that it should.
func (e *endpoint) admit(is, want Origin) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if is == want {
		e.checked, e.state.wrong = true, false
		return nil
	}
	err := fmt.Errorf("%w: %s: its id is %d, ours %d", ErrWrongChain, e.name, is.ChainID, want.ChainID)
	if is.ChainID == want.ChainID {
		err = fmt.Errorf("%w: %s: its genesis block is %s, ours %s", ErrWrongChain, e.name, is.Genesis, want.Genesis)
	}
	if !e.state.wrong {
		e.log.Error("RPC endpoint serves another chain, it is not asked", "error", err)
		e.stats.Since = e.now()
	}
	e.stats.Failures++
	e.state.wrong, e.state.failures, e.state.err = true, e.state.failures+1, err
	e.state.until = e.now().Add(wrongRest)
	return err
}

// disagreed notes that the endpoint contradicted the others or itself.
func (e *endpoint) disagreed(what error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.now()
	if !now.Before(e.state.doubted) {
		e.log.Warn("RPC endpoint disagrees, others are asked first", "error", what)
	}
	e.stats.Disagreements++
	e.stats.Disagreed = what
	e.state.doubted = now.Add(doubtRest)
}

// sawHead notes how far the endpoint has come.
func (e *endpoint) sawHead(b Block) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stats.Head = b
}

// endpointTransport cuts answers off at maxResponse and reads Retry-After, which
// the RPC client does not show.
type endpointTransport struct {
	e    *endpoint
	next http.RoundTripper
}

func (t endpointTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		t.e.retryAfter(resp.Header.Get("Retry-After"))
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxResponse), resp.Body}
	return resp, nil
}

// retryAfter takes seconds or a date (RFC 9110, 10.2.3).
func (e *endpoint) retryAfter(said string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.now()
	wait := limitRest
	if seconds, err := strconv.ParseUint(said, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(said); err == nil {
		wait = at.Sub(now)
	}
	e.state.until = now.Add(min(max(wait, firstRest), maxLimitRest))
	e.state.limited, e.state.err = true, fmt.Errorf("%w: %s wants a pause", ErrUnavailable, e.name)
}
