// Package enginetest holds an engine to the contract of package engine.
package enginetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"metanet/content/store/engine"
)

// Run runs the suite; open answers a new, empty engine, which the suite closes.
func Run(t *testing.T, open func(*testing.T) engine.Engine) {
	for name, test := range map[string]func(*testing.T, engine.Engine){
		"model": model, "snapshot": snapshot, "conflict": conflict, "counter": counter,
		"buffers": buffers, "nested": nested, "errors of functions": functionErrors, "empty values": emptyValues,
		"shred": shred, "readers while writing": readers,
	} {
		t.Run(name, func(t *testing.T) {
			e := open(t)
			if lost, err := e.Writable(false); lost || err != nil {
				t.Fatalf("a new engine: %v, %v", lost, err)
			}
			test(t, e)
			closed(t, e)
		})
	}
}

// apply writes durably.
func apply(t *testing.T, e engine.Engine, w engine.Write) {
	t.Helper()
	if err := try(e, w); err != nil {
		t.Fatal(err)
	}
}

func try(e engine.Engine, w engine.Write) error {
	pending, err := e.Apply(w)
	if err != nil {
		return err
	}
	return pending()
}

func set(pairs ...string) (w engine.Write) {
	for i := 0; i < len(pairs); i += 2 {
		w.Ops = append(w.Ops, engine.Op{Key: pairs[i], Value: []byte(pairs[i+1])})
	}
	return w
}

// all is a range of a view as text.
func all(t *testing.T, v engine.View, r engine.Range, o engine.Order, limit int) (s string) {
	t.Helper()
	err := v.Scan(r, o, limit, func(key, value []byte) (bool, error) {
		s += fmt.Sprintf("%s=%s ", key, value)
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func snapshot(t *testing.T, e engine.Engine) {
	apply(t, e, set("a", "1", "b", "2", "c", "3"))
	snap, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	apply(t, e, engine.Write{Drop: []engine.Range{{Start: []byte("a"), End: []byte("c")}}, Ops: set("b", "new", "d", "4").Ops})
	if got := all(t, snap, engine.Range{}, engine.Forward, 0); got != "a=1 b=2 c=3 " {
		t.Errorf("the snapshot has changed: %s", got)
	}
	if got := all(t, e, engine.Range{}, engine.Forward, 0); got != "b=new c=3 d=4 " {
		t.Errorf("ranges are dropped first: %s", got)
	}
	if err := snap.Close(); err != nil {
		t.Error(err)
	}
}

func conflict(t *testing.T, e engine.Engine) {
	apply(t, e, set("is", "x", "empty", ""))
	for name, c := range map[string]struct {
		key   string
		value []byte
		ok    bool
	}{
		"as expected": {"is", []byte("x"), true}, "another": {"is", []byte("y"), false}, "unexpected": {"is", nil, false},
		"longer": {"is", []byte("xx"), false}, "none": {"none", nil, true}, "gone": {"none", []byte{}, false},
		"empty": {"empty", []byte{}, true}, "empty is not none": {"empty", nil, false},
	} {
		w := set("written "+name, "")
		w.Expect = []engine.Expect{{Key: []byte("is"), Value: []byte("x")}, {Key: []byte(c.key), Value: c.value}}
		err := try(e, w)
		_, get := e.Get([]byte("written " + name))
		if c.ok && (err != nil || get != nil) || !c.ok && (!errors.Is(err, engine.ErrConflict) || !errors.Is(get, engine.ErrNotFound)) {
			t.Errorf("%s: %v, then %v", name, err, get)
		}
	}
}

// counter has many writers add to one number, each noticing the others.
func counter(t *testing.T, e engine.Engine) {
	const writers, each = 4, 25
	key := []byte("n")
	add := func() error {
		for {
			was, err := e.Get(key)
			if err != nil && !errors.Is(err, engine.ErrNotFound) {
				return err
			}
			w := engine.Write{Expect: []engine.Expect{{Key: key, Value: was}}, Ops: []engine.Op{{Key: "n", Value: append(was, 'x')}}}
			if err := try(e, w); !errors.Is(err, engine.ErrConflict) {
				return err
			}
		}
	}
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				if err := add(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got, err := e.Get(key); len(got) != writers*each {
		t.Errorf("%d of %d: %v", len(got), writers*each, err)
	}
}

// buffers: the engine keeps nothing of what it is given, and gives nothing that
// it keeps.
func buffers(t *testing.T, e engine.Engine) {
	value := []byte("value")
	apply(t, e, engine.Write{Ops: []engine.Op{{Key: "k", Value: value}}})
	value[0] = 'X'
	got, err := e.Get([]byte("k"))
	if err != nil || string(got) != "value" {
		t.Fatalf("%q, %v", got, err)
	}
	got[0] = 'X'
	_ = append(got, "more"...)
	if got, _ := e.Get([]byte("k")); string(got) != "value" {
		t.Errorf("%q", got)
	}
}

// nested: a function that is called with an entry may read, and see what has been
// written since.
func nested(t *testing.T, e engine.Engine) {
	apply(t, e, set("a", "1", "b", "2"))
	seen := ""
	err := e.Scan(engine.Range{}, engine.Forward, 0, func(key, _ []byte) (bool, error) {
		seen += string(key)
		apply(t, e, set("c", "later"))
		got, err := e.Get([]byte("c"))
		if string(got) != "later" {
			t.Errorf("%q", got)
		}
		return true, err
	})
	if err != nil || seen != "ab" {
		t.Errorf("%q, %v: a scan sees when it began", seen, err)
	}
}

func functionErrors(t *testing.T, e engine.Engine) {
	apply(t, e, set("a", "1", "b", "2"))
	own := errors.New("own")
	n := 0
	count := func() error { n++; return own }
	for name, err := range map[string]error{
		"scan":      e.Scan(engine.Range{}, engine.Forward, 0, func(_, _ []byte) (bool, error) { return true, count() }),
		"scan each": e.ScanEach([]engine.Range{{}, {}}, 0, func(int, []byte, []byte) (bool, error) { return true, count() }),
		"get each":  e.GetEach([][]byte{[]byte("a"), []byte("b")}, func(int, []byte) error { return count() }),
	} {
		if !errors.Is(err, own) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n != 3 {
		t.Errorf("an error ends it: %d calls", n)
	}
	n = 0
	err := e.ScanEach([]engine.Range{{}, {}}, 0, func(int, []byte, []byte) (bool, error) { n++; return false, nil })
	if err != nil || n != 2 {
		t.Errorf("false ends one range: %d, %v", n, err)
	}
}

func emptyValues(t *testing.T, e engine.Engine) {
	apply(t, e, engine.Write{Ops: []engine.Op{{Key: "a"}, {Key: "b", Value: []byte{}}}})
	for _, key := range []string{"a", "b"} {
		if got, err := e.Get([]byte(key)); err != nil || got == nil || len(got) != 0 {
			t.Errorf("%s: %v, %v", key, got, err)
		}
	}
	n := 0
	if err := e.GetEach([][]byte{[]byte("a"), []byte("none"), []byte("b")}, func(i int, _ []byte) error { n += i; return nil }); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
}

func shred(t *testing.T, e engine.Engine) {
	apply(t, e, set("a", "1", "b", "2"))
	apply(t, e, engine.Write{Ops: []engine.Op{{Key: "a", Delete: true}}})
	write := func() error { return try(e, set("mark", "")) }
	if err := e.Shred(context.Background(), []engine.Range{{Start: []byte("a"), End: []byte("b")}}, write); err != nil {
		t.Fatal(err)
	}
	if got := all(t, e, engine.Range{End: []byte("m")}, engine.Forward, 0); got != "b=2 " {
		t.Error(got)
	}
}

// readers see each write whole or not at all.
func readers(t *testing.T, e engine.Engine) {
	apply(t, e, set("left", "0", "right", "0"))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				var got [][]byte
				err := e.Scan(engine.Range{}, engine.Forward, 0, func(_, value []byte) (bool, error) {
					got = append(got, bytes.Clone(value))
					return true, nil
				})
				if err != nil || len(got) != 2 || !bytes.Equal(got[0], got[1]) {
					t.Errorf("%q, %v", got, err)
					return
				}
			}
		})
	}
	for i := range 50 {
		n := fmt.Sprint(i)
		apply(t, e, set("left", n, "right", n))
	}
	close(stop)
	wg.Wait()
}

// model holds random writes and reads against a map.
func model(t *testing.T, e engine.Engine) {
	r := rand.New(rand.NewPCG(1, 2))
	key := func() []byte { return fmt.Appendf(nil, "%0*d", 1+r.IntN(3), r.IntN(40)) }
	span := func() engine.Range {
		span := engine.Range{Start: key(), End: key()}
		if bytes.Compare(span.Start, span.End) > 0 {
			span.Start, span.End = span.End, span.Start
		}
		return span
	}
	should := naive{}
	for step := range 200 {
		w := randomWrite(r, key, span)
		apply(t, e, w)
		should.apply(w)
		s, o, limit := span(), engine.Order(r.IntN(2) == 0), r.IntN(5)
		switch r.IntN(4) {
		case 0:
			s.End = nil
		case 1:
			s.Start = nil
		}
		if got, want := all(t, e, s, o, limit), should.scan(s, o, limit); got != want {
			t.Fatalf("step %d: %q to %q, %v, limit %d:\n%s\nshould be\n%s", step, s.Start, s.End, o, limit, got, want)
		}
		ranges := []engine.Range{span(), span(), span()}
		got, want := make([]string, 3), make([]string, 3)
		err := e.ScanEach(ranges, limit, func(i int, key, value []byte) (bool, error) {
			got[i] += fmt.Sprintf("%s=%s ", key, value)
			return true, nil
		})
		for i := range ranges {
			want[i] = should.scan(ranges[i], engine.Forward, limit)
		}
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("step %d: each: %q, should be %q: %v", step, got, want, err)
		}
		k := key()
		value, err := e.Get(k)
		if is, ok := should[string(k)]; ok != (err == nil) || string(value) != is || !ok && !errors.Is(err, engine.ErrNotFound) {
			t.Fatalf("step %d: get %s: %q, %v, should be %q", step, k, value, err, is)
		}
	}
}

func randomWrite(r *rand.Rand, key func() []byte, span func() engine.Range) (w engine.Write) {
	w.Lazy = r.IntN(4) == 0
	if r.IntN(8) == 0 {
		s := span()
		if !bytes.Equal(s.Start, s.End) {
			w.Drop = append(w.Drop, s)
		}
	}
	used := map[string]bool{}
	for range 1 + r.IntN(6) {
		op := engine.Op{Key: string(key()), Delete: r.IntN(3) == 0}
		if used[op.Key] {
			continue
		}
		used[op.Key] = true
		if !op.Delete {
			op.Value = fmt.Appendf(nil, "%d", r.IntN(1000))
		}
		w.Ops = append(w.Ops, op)
	}
	return w
}

// closed: nothing is answered after Close.
func closed(t *testing.T, e engine.Engine) {
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	none := func(_, _ []byte) (bool, error) { t.Error("read from a closed engine"); return true, nil }
	_, get := e.Get([]byte("k"))
	_, snap := e.Snapshot()
	_, write := e.Apply(set("k", "v"))
	_, writable := e.Writable(true)
	for name, err := range map[string]error{
		"get": get, "snapshot": snap, "apply": write, "writable": writable, "close": e.Close(), "scan": e.Scan(engine.Range{}, engine.Forward, 0, none),
	} {
		if !errors.Is(err, engine.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
}
