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
	Lose          // the call never arrives
	Forget        // the call arrives, its answer is lost
	Swallow       // the call never arrives, its answer is Instead
)

// Proxy stands between a client and a real endpoint and does what networks and
// providers do.
type Proxy struct {
	URL string

	mu     sync.Mutex
	target string
	fault  func(method string) Fault
	answer func(method string, result json.RawMessage) json.RawMessage
	counts map[string]int
}

// NewProxy forwards to target.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	p := &Proxy{target: target, counts: map[string]int{}}
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(server.Close)
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
	if fault == Swallow {
		json.NewEncoder(w).Encode(response{Version: "2.0", ID: calls[0].ID, Result: "0x" + string(bytes.Repeat([]byte("00"), 32))})
		return
	}
	if fault == Lose {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	resp, err := http.Post(p.target, "application/json", bytes.NewReader(body))
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
	p.relay(w, resp.Body, calls, batch)
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
