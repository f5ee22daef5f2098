package p2p

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/name, a hex dump that other implementations can be tested with.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	dump := []byte(hex.Dump(got))
	if *update {
		if err := os.WriteFile(path, dump, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(dump, want) {
		t.Errorf("%s:\n%swant\n%s", name, dump, want)
	}
}

var (
	goldenStore   = StoreID{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	goldenRequest = PullRequest{Store: goldenStore, After: 0x0102030405060708, Limit: 1000}
	goldenFrames  = []Frame{{0x0102030405060709, []byte("first")}, {0x010203040506070b, []byte("second")}}
)

func goldenResponse() []byte {
	b := appendHeader(nil, pullHeader{store: goldenStore, newest: 0x010203040506070f, from: goldenRequest.After})
	for _, f := range goldenFrames {
		b = append(appendFrameHead(b, f), f.Payload...)
	}
	return appendEnd(b, 0x010203040506070c)
}

func TestGolden(t *testing.T) {
	golden(t, "pull-request.hex", appendRequest(nil, goldenRequest))
	golden(t, "pull-response.hex", goldenResponse())
	golden(t, "pull-refusal.hex", appendRefusal(nil, pullRefusal{reason: refusedBusy, wait: 300 * time.Second}))
}

func TestRequestRoundTrip(t *testing.T) {
	got, err := readRequest(bytes.NewReader(appendRequest(nil, goldenRequest)))
	if err != nil || got != goldenRequest {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, _ = readRequest(bytes.NewReader(appendRequest(nil, PullRequest{Limit: -5}))); got.Limit != 0 {
		t.Errorf("negative limit became %d", got.Limit)
	}
}

func FuzzPullRequest(f *testing.F) {
	f.Add(appendRequest(nil, goldenRequest))
	f.Add([]byte{})
	f.Add(make([]byte, requestSize+1))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := readRequest(bytes.NewReader(b))
		if (err == nil) != (len(b) == requestSize) {
			t.Fatalf("%d bytes: %v", len(b), err)
		}
		if err == nil && !bytes.Equal(appendRequest(nil, r), b) {
			t.Fatal("another request has these bytes")
		}
	})
}

// FuzzPullResponse: whatever comes, the reader ends, sequences rise within the limit, and what it took for good is the
// one encoding of what it returned.
func FuzzPullResponse(f *testing.F) {
	good := goldenResponse()
	f.Add(good)
	f.Add(good[:len(good)-3])
	f.Add(good[prefixSize+headerSize:])
	f.Add(append(good, good...))
	f.Add(appendRefusal(nil, pullRefusal{reason: refusedBusy, wait: time.Second}))
	f.Add([]byte{kindFrame, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		const limit = 3
		pr := &pullReader{r: bytes.NewReader(b), limit: limit}
		h, err := pr.header(goldenRequest)
		if err != nil {
			return
		}
		again := appendHeader(nil, h)
		for last, n := h.from, 0; ; n++ {
			frame, err := pr.next()
			if err == io.EOF {
				again = appendEnd(again, pr.last)
				break
			}
			if err != nil {
				break
			}
			if frame.Seq <= last || n >= limit || len(frame.Payload) == 0 || len(frame.Payload) > MaxPayload {
				t.Fatalf("frame %d of %d bytes after %d", frame.Seq, len(frame.Payload), last)
			}
			last = frame.Seq
			again = append(appendFrameHead(again, frame), frame.Payload...)
		}
		if !bytes.HasPrefix(b, again) {
			t.Fatal("another response has these bytes")
		}
	})
}

// TestPullReaderTrickle: a response that comes byte by byte is the same response.
func TestPullReaderTrickle(t *testing.T) {
	pr := &pullReader{r: iotest.OneByteReader(bytes.NewReader(goldenResponse()))}
	if _, err := pr.header(goldenRequest); err != nil {
		t.Fatal(err)
	}
	for _, want := range goldenFrames {
		if got, err := pr.next(); err != nil || got.Seq != want.Seq || !bytes.Equal(got.Payload, want.Payload) {
			t.Errorf("got %v, %v", got, err)
		}
	}
	if _, err := pr.next(); !errors.Is(err, io.EOF) {
		t.Errorf("end: %v", err)
	}
}
