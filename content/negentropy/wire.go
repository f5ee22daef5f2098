package negentropy

import (
	"errors"
	"fmt"
	"math"
)

// ErrMessage is returned for messages that are none of the protocol's, wrapped with
// what is wrong.
var ErrMessage = errors.New("negentropy: malformed message")

// Version is the first byte of every message (§Message).
const Version = 0x61

// The modes of a range (§Range).
const (
	modeSkip        = 0
	modeFingerprint = 1
	modeList        = 2
)

// maxVarint is the most bytes of a varint of 64 bits.
const maxVarint = 10

// appendVarint writes base-128 digits, the most significant first (§Varint).
func appendVarint(b []byte, v uint64) []byte {
	var digits [maxVarint]byte
	i := len(digits) - 1
	digits[i] = byte(v & 0x7f)
	for v >>= 7; v > 0; v >>= 7 {
		i--
		digits[i] = byte(v&0x7f) | 0x80
	}
	return append(b, digits[i:]...)
}

// reader takes a message apart. After the first fault it answers zeros.
type reader struct {
	b    []byte
	time uint64 // of the bound before
	err  error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: "+format, append([]any{ErrMessage}, args...)...)
	}
	r.b = nil
}

func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.fail("it ends too soon")
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) varint() (v uint64) {
	for i := 0; ; i++ {
		b := r.take(1)
		if r.err != nil {
			return 0
		}
		if i == 0 && b[0] == 0x80 || v > math.MaxUint64>>7 {
			r.fail("a number that is too long")
			return 0
		}
		if v = v<<7 | uint64(b[0]&0x7f); b[0] < 0x80 {
			return v
		}
	}
}

// bound reads one, which is not before the one that came before it (§Bound).
func (r *reader) bound(before Item) (b Item) {
	switch v := r.varint(); {
	case v == 0:
		b.Time = math.MaxUint64
	case v-1 >= math.MaxUint64-r.time:
		r.fail("a time beyond infinity")
	default:
		b.Time = r.time + v - 1
	}
	r.time = b.Time
	n := r.varint()
	if n > uint64(len(b.ID)) {
		r.fail("a bound of %d bytes", n)
	}
	copy(b.ID[:], r.take(n))
	if r.err == nil && b.Less(before) {
		r.fail("bounds out of order")
	}
	if b.Time == math.MaxUint64 {
		return Infinity
	}
	return b
}

// ids reads a list. It shares the message's bytes until it is known to be there.
func (r *reader) ids() []ID {
	n := r.varint()
	if n > uint64(len(r.b))/uint64(len(ID{})) {
		r.fail("a list of %d ids in %d bytes", n, len(r.b))
		return nil
	}
	ids := make([]ID, n)
	for i := range ids {
		copy(ids[i][:], r.take(uint64(len(ids[i]))))
	}
	return ids
}

// writer puts a message together. Ranges that are skipped are joined, and one at the
// end is left out (§Message).
type writer struct {
	b     []byte
	limit int
	end   Item // where the ranges written so far end
	to    Item // where they and what is skipped behind them end
	time  uint64
}

func newWriter(limit int) *writer { return &writer{b: []byte{Version}, limit: limit} }

// overhead is what the rest of a message may take that is cut short: a skipped range
// and a fingerprint to the end.
const overhead = 2*(2*maxVarint+32+1) + FingerprintSize

// over says that what was written leaves no room to end the message.
func (w *writer) over() bool { return len(w.b)+overhead > w.limit }

// room is how many ids still fit.
func (w *writer) room() int { return (w.limit - len(w.b) - 2*overhead) / len(ID{}) }

func (w *writer) bound(b Item) {
	if b == Infinity {
		w.b = append(w.b, 0, 0)
		return
	}
	w.b = appendVarint(w.b, 1+b.Time-w.time)
	w.time = b.Time
	n := len(b.ID)
	for n > 0 && b.ID[n-1] == 0 {
		n--
	}
	w.b = append(appendVarint(w.b, uint64(n)), b.ID[:n]...)
}

func (w *writer) skip(to Item) { w.to = to }

// begin writes bound and mode of a range that is not skipped.
func (w *writer) begin(end Item, mode byte) {
	if w.to != w.end {
		w.bound(w.to)
		w.b = append(w.b, modeSkip)
	}
	w.bound(end)
	w.b = append(w.b, mode)
	w.end, w.to = end, end
}

func (w *writer) fingerprint(end Item, s Sum) {
	w.begin(end, modeFingerprint)
	f := s.Fingerprint()
	w.b = append(w.b, f[:]...)
}

func (w *writer) list(end Item, ids []ID) {
	w.begin(end, modeList)
	w.b = appendVarint(w.b, uint64(len(ids)))
	for _, id := range ids {
		w.b = append(w.b, id[:]...)
	}
}

// state is a place to go back to.
type state struct {
	size    int
	end, to Item
	time    uint64
}

func (w *writer) mark() state { return state{len(w.b), w.end, w.to, w.time} }

func (w *writer) reset(s state) {
	w.b, w.end, w.to, w.time = w.b[:s.size], s.end, s.to, s.time
}
