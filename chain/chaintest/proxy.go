package chaintest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// Fault is what a Proxy does to a call.
type Fault int

const (
	Pass    Fault = iota
	Lose          // the call never arrives: status 502
	Forget        // the call arrives, its answer is lost: status 502
	Swallow       // the call never arrives, its answer is a hash of zeros
	Refuse        // the provider doesn't offer the method: error -32601
	Stumble       // error -32603
	Deny          // status 403, as for a key that has ended
	Limit         // status 429, with Retry-After if RetryAfter is set
	Garble        // the answer is no JSON
	Drop          // the connection ends without an answer
	Hang          // no answer until the caller gives up
	Cut           // the connection ends in the middle of the answer
)

// Proxy stands between clients and a real endpoint and does what networks and
// providers do. It speaks HTTP, in front of any endpoint that does.
type Proxy struct {
	URL string

	mu         sync.Mutex
	target     string
	fault      func(method string) Fault
	answer     func(method string, result json.RawMessage) json.RawMessage
	counts     map[string]int
	retryAfter string
	closing    chan struct{}
}

// NewProxy forwards to target.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	p := &Proxy{target: target, counts: map[string]int{}, closing: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(func() {
		close(p.closing)
		server.Close()
	})
	p.URL = server.URL
	return p
}

// OnCall decides about each call by its method; nil passes all.
func (p *Proxy) OnCall(f func(method string) Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
}

// OnAnswer may replace results; nil leaves them.
func (p *Proxy) OnAnswer(f func(method string, result json.RawMessage) json.RawMessage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

// Always does the same to every call.
func (p *Proxy) Always(f Fault) { p.OnCall(func(string) Fault { return f }) }

// RetryAfter is the header that goes with Limit; empty is none.
func (p *Proxy) RetryAfter(value string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retryAfter = value
}

// SetTarget forwards to another endpoint from now on.
func (p *Proxy) SetTarget(url string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = url
}

// Total counts the calls that arrived here.
func (p *Proxy) Total() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, calls := range p.counts {
		n += calls
	}
	return n
}

// AnswerTimes is for OnAnswer: the first n answers to method are this instead.
func AnswerTimes(method, instead string, n int) func(string, json.RawMessage) json.RawMessage {
	var mu sync.Mutex
	return func(m string, result json.RawMessage) json.RawMessage {
		mu.Lock()
		defer mu.Unlock()
		if m != method || n == 0 {
			return result
		}
		n--
		return json.RawMessage(instead)
	}
}

// AnswerOnce is AnswerTimes of one.
func AnswerOnce(method, instead string) func(string, json.RawMessage) json.RawMessage {
	return AnswerTimes(method, instead, 1)
}

// Calls counts the calls of a method that arrived here.
func (p *Proxy) Calls(method string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts[method]
}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var calls []request
	batch := json.Unmarshal(body, &calls) == nil
	if !batch {
		calls = make([]request, 1)
		json.Unmarshal(body, &calls[0])
	}
	fault := p.decide(calls)
	if p.spoil(w, r, fault, calls, batch) {
		return
	}
	p.mu.Lock()
	target := p.target
	p.mu.Unlock()
	resp, err := http.Post(target, "application/json", bytes.NewReader(body))
	if err != nil || fault == Forget {
		if err == nil {
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	w.Header().Set("Content-Type", "application/json")
	if fault == Cut {
		w.Header().Set("Content-Length", "1000000")
		io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":[`)
		panic(http.ErrAbortHandler)
	}
	p.relay(w, resp.Body, calls, batch)
}

// spoil does what keeps a call from arriving, and reports whether it did.
func (p *Proxy) spoil(w http.ResponseWriter, r *http.Request, fault Fault, calls []request, batch bool) bool {
	switch fault {
	case Lose:
		w.WriteHeader(http.StatusBadGateway)
	case Swallow:
		json.NewEncoder(w).Encode(response{Version: "2.0", ID: calls[0].ID, Result: "0x" + string(bytes.Repeat([]byte("00"), 32))})
	case Refuse:
		refuse(w, calls, batch, &Refusal{Code: -32601, Message: "the method is not offered"})
	case Stumble:
		refuse(w, calls, batch, &Refusal{Code: -32603, Message: "internal error"})
	case Deny:
		w.WriteHeader(http.StatusForbidden)
	case Limit:
		p.mu.Lock()
		if p.retryAfter != "" {
			w.Header().Set("Retry-After", p.retryAfter)
		}
		p.mu.Unlock()
		w.WriteHeader(http.StatusTooManyRequests)
	case Garble:
		io.WriteString(w, "<html>have a nice day</html>")
	case Drop:
		panic(http.ErrAbortHandler)
	case Hang:
		select {
		case <-r.Context().Done():
		case <-p.closing:
		}
		panic(http.ErrAbortHandler)
	default:
		return false
	}
	return true
}

func refuse(w io.Writer, calls []request, batch bool, no *Refusal) {
	answers := make([]response, len(calls))
	for i, c := range calls {
		answers[i] = response{Version: "2.0", ID: c.ID, Error: no}
	}
	if batch {
		json.NewEncoder(w).Encode(answers)
		return
	}
	json.NewEncoder(w).Encode(answers[0])
}

// decide is for a request as a whole: a batch is lost if one of its calls is.
func (p *Proxy) decide(calls []request) (worst Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range calls {
		p.counts[c.Method]++
		if p.fault != nil {
			worst = max(worst, p.fault(c.Method))
		}
	}
	return worst
}

type answer struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   json.RawMessage `json:"error,omitempty"`
}

func (p *Proxy) relay(w io.Writer, body io.Reader, calls []request, batch bool) {
	p.mu.Lock()
	replace := p.answer
	p.mu.Unlock()
	b, _ := io.ReadAll(body)
	answers := make([]answer, 1)
	if batch {
		json.Unmarshal(b, &answers)
	} else {
		json.Unmarshal(b, &answers[0])
	}
	methods := map[string]string{}
	for _, c := range calls {
		methods[string(c.ID)] = c.Method
	}
	for i, a := range answers {
		if replace != nil && a.Error == nil {
			answers[i].Result = replace(methods[string(a.ID)], a.Result)
		}
	}
	if batch {
		json.NewEncoder(w).Encode(answers)
	} else {
		json.NewEncoder(w).Encode(answers[0])
	}
}
