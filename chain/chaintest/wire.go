package chaintest

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Wire is a TCP line to an endpoint, which can be bad in the ways that lines are:
// it knows bytes, not calls.
type Wire struct {
	// URL of the near end.
	URL string

	target string
	mu     sync.Mutex
	weak   Weakness
	open   map[net.Conn]bool
}

// Weakness is what is wrong with a Wire. The zero value is nothing.
type Weakness struct {
	// Refuse ends every connection as soon as it is made.
	Refuse bool
	// Cut ends each connection after so many bytes of answers; 0 does not.
	Cut int
	// Delay holds each piece of an answer back.
	Delay time.Duration
}

// NewWire leads to the http:// endpoint target.
func NewWire(t testing.TB, target string) *Wire {
	t.Helper()
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &Wire{URL: "http://" + listen.Addr().String(), target: strings.TrimPrefix(target, "http://"), open: map[net.Conn]bool{}}
	var lines sync.WaitGroup
	lines.Go(func() {
		for {
			near, err := listen.Accept()
			if err != nil {
				return
			}
			lines.Go(func() { w.connect(near) })
		}
	})
	t.Cleanup(func() {
		listen.Close()
		w.Set(Weakness{Refuse: true})
		lines.Wait()
	})
	return w
}

// Set changes what is wrong, and ends the connections there are.
func (w *Wire) Set(weak Weakness) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.weak = weak
	for c := range w.open {
		c.Close()
	}
}

func (w *Wire) connect(near net.Conn) {
	defer near.Close()
	weak, ok := w.join(near)
	if !ok {
		return
	}
	defer w.leave(near)
	far, err := net.Dial("tcp", w.target)
	if err != nil {
		return
	}
	defer far.Close()
	go func() {
		io.Copy(far, near)
		far.Close()
	}()
	carry(near, far, weak)
}

// join notes the connection under the weakness that it will have.
func (w *Wire) join(c net.Conn) (Weakness, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.weak.Refuse {
		return w.weak, false
	}
	w.open[c] = true
	return w.weak, true
}

func (w *Wire) leave(c net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, c)
}

func carry(near io.Writer, far io.Reader, weak Weakness) {
	if weak.Cut > 0 {
		far = io.LimitReader(far, int64(weak.Cut))
	}
	piece := make([]byte, 16<<10)
	for {
		n, err := far.Read(piece)
		time.Sleep(weak.Delay)
		if _, failed := near.Write(piece[:n]); failed != nil || err != nil {
			return
		}
	}
}
