package dagcbor

import "iter"

// Node is a view of the item at the start of some bytes that Check (or a
// stricter check) accepted before; what follows the item is ignored. It
// validates nothing again and never fails: what is absent, of another kind or
// malformed is a nil Node or a zero value.
type Node []byte

// Kind is the item's type, Invalid for a nil Node.
func (n Node) Kind() Kind {
	if len(n) == 0 {
		return Invalid
	}
	return kindOf(n[0])
}

// Get returns the value under key in a map.
func (n Node) Get(key string) Node {
	for k, v := range n.Fields() {
		if string(k) == key {
			return v
		}
		if len(k) > len(key) {
			return nil // canonical order: only longer keys follow
		}
	}
	return nil
}

// At follows a path of keys through nested maps.
func (n Node) At(keys ...string) Node {
	for _, key := range keys {
		n = n.Get(key)
	}
	return n
}

// Fields iterates over the pairs of a map.
func (n Node) Fields() iter.Seq2[[]byte, Node] {
	return func(yield func([]byte, Node) bool) {
		if n.Kind() != Map {
			return
		}
		r := NewReader(n)
		for count := r.Map(); count > 0; count-- {
			key := r.str(majorText)
			value := Node(r.buf[r.off:])
			if r.err != nil || !yield(key, value) {
				return
			}
			r.Pass()
		}
	}
}

// Items iterates over the items of an array.
func (n Node) Items() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if n.Kind() != Array {
			return
		}
		r := NewReader(n)
		for count := r.Array(); count > 0 && r.err == nil; count-- {
			if !yield(Node(r.buf[r.off:])) {
				return
			}
			r.Pass()
		}
	}
}

// Text returns a string's bytes, which point into the input.
func (n Node) Text() []byte {
	if n.Kind() != Text {
		return nil
	}
	r := NewReader(n)
	return r.str(majorText)
}

// Bytes returns a byte string, which points into the input.
func (n Node) Bytes() []byte {
	if n.Kind() != Bytes {
		return nil
	}
	r := NewReader(n)
	return r.Bytes()
}

// Link returns a link's binary CID, which points into the input.
func (n Node) Link() []byte {
	if n.Kind() != Link {
		return nil
	}
	r := NewReader(n)
	return r.Link()
}

// Int returns an integer, if it is one and fits.
func (n Node) Int() (v int64, ok bool) {
	if n.Kind() != Int {
		return 0, false
	}
	r := NewReader(n)
	v = r.Int()
	return v, r.err == nil
}

// Bool says whether the item is true.
func (n Node) Bool() bool { return len(n) > 0 && n[0] == byteTrue }

// Pass consumes one item by its lengths alone and returns its bytes. It accepts
// what is well formed without being canonical, so that a list can go on after an
// item that will be refused; indefinite lengths and deep nesting are errors.
func (r *Reader) Pass() []byte {
	start, input := r.off, r.buf
	r.pass(1)
	if r.err != nil {
		return nil
	}
	return input[start:r.off:r.off]
}

func (r *Reader) pass(level int) {
	major, arg := r.looseHead()
	switch major {
	case majorBytes, majorText:
		r.advance(arg)
		return
	case majorArray, majorTag, majorMap:
	default:
		return
	}
	if level > MaxDepth+1 { // one more than canonical data has: its links are tags
		r.Fail("nested too deeply")
		return
	}
	for n := children(major, arg); n > 0 && r.err == nil; n-- {
		r.pass(level + 1)
	}
}

// children is the number of items inside a container with the given argument. A
// count too large for its input ends at the input's end, long before it could
// overflow.
func children(major byte, arg uint64) uint64 {
	switch {
	case major == majorTag:
		return 1
	case major == majorMap && arg < 1<<62:
		return 2 * arg
	}
	return arg
}

// looseHead reads an initial byte and its argument in whatever width.
func (r *Reader) looseHead() (major byte, arg uint64) {
	if r.off >= len(r.buf) {
		r.Fail("unexpected end")
		return majorSimple, 0
	}
	initial := r.buf[r.off]
	major = initial >> 5
	if info := initial & 31; info >= 24 {
		value, size, _ := wideArgument(r.buf[r.off+1:], info)
		if size == 0 {
			r.Fail("truncated, reserved or indefinite length")
			return majorSimple, 0
		}
		r.off += 1 + size
		return major, value
	}
	r.off++
	return major, uint64(initial & 31)
}

func (r *Reader) advance(n uint64) {
	if n > uint64(len(r.buf)-r.off) {
		r.Fail("truncated string")
		return
	}
	r.off += int(n)
}
