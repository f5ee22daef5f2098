package car

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
)

func raw(t testing.TB, data []byte) cid.Cid {
	t.Helper()
	h, err := multihash.Sum(data, multihash.SHA2_256, -1)
	if err != nil {
		t.Fatal(err)
	}
	return cid.NewCidV1(cid.Raw, h)
}

func file(t testing.TB, blocks ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, raw(t, []byte("root")))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		if err := w.Put(raw(t, b), b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func readAll(b []byte, max int64) (blocks [][]byte, err error) {
	r, err := NewReader(bytes.NewReader(b), max)
	if err != nil {
		return nil, err
	}
	for {
		next, err := r.Next()
		if errors.Is(err, io.EOF) {
			return blocks, nil
		}
		if err != nil {
			return blocks, err
		}
		data, err := next.Bytes()
		if err != nil {
			return blocks, err
		}
		blocks = append(blocks, data)
	}
}

func TestRoundTrip(t *testing.T) {
	want := [][]byte{[]byte("one"), {}, bytes.Repeat([]byte{7}, 3<<20)}
	got, err := readAll(file(t, want...), 4<<20)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d blocks, %v", len(got), err)
	}
	for i := range want {
		if !bytes.Equal(got[i], want[i]) {
			t.Errorf("block %d differs", i)
		}
	}
}

// TestEveryBitCounts: whichever bit of a file is flipped, and wherever it ends, it
// is noticed, but for a block's codec and what names no root.
func TestEveryBitCounts(t *testing.T) {
	good := file(t, []byte("some block"), []byte("another"))
	for i := range 8 * len(good) {
		bad := bytes.Clone(good)
		bad[i/8] ^= 1 << (i % 8)
		blocks, err := readAll(bad, 1<<20)
		if err == nil && len(blocks) != 2 {
			t.Errorf("bit %d of byte %d: %d blocks and no error", i%8, i/8, len(blocks))
		}
		if err == nil && (string(blocks[0]) != "some block" || string(blocks[1]) != "another") {
			t.Errorf("bit %d of byte %d: other bytes and no error", i%8, i/8)
		}
	}
	for n := range good {
		if blocks, err := readAll(good[:n], 1<<20); err == nil && len(blocks) == 2 {
			t.Errorf("cut to %d of %d bytes: nothing missed", n, len(good))
		}
	}
}

// TestSkipped: a block that nobody reads is judged all the same.
func TestSkipped(t *testing.T) {
	b := file(t, []byte("some block"), []byte("another"))
	b[bytes.Index(b, []byte("some"))] = 'S'
	r, err := NewReader(bytes.NewReader(b), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); !errors.Is(err, ErrMismatch) {
		t.Errorf("%v, want ErrMismatch", err)
	}
}

func TestLimits(t *testing.T) {
	b := file(t, make([]byte, 1000))
	if _, err := readAll(b, 500); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a block over the limit: %v", err)
	}
	var out bytes.Buffer
	w, err := NewWriter(&out, raw(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Copy(raw(t, []byte("x")), 5, bytes.NewReader([]byte("x"))); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a source that ends early: %v", err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add(file(f, []byte("one"), []byte("two")))
	f.Fuzz(func(t *testing.T, b []byte) {
		blocks, err := readAll(b, 1<<16)
		if err != nil {
			return
		}
		for _, data := range blocks {
			if len(data) > len(b) {
				t.Fatal("more than was given")
			}
		}
	})
}
