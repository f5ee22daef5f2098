package p2p

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"time"
)

// The pull protocol's bytes; sync.go tells what they mean. All integers are big-endian.
//
//	request   store [16] · after u64 · limit u32                          28 bytes, nothing after it
//	response  messages, each  kind u8 · length u32 · body [length]
//
//	kind 1  header   store [16] · newest u64 · from u64                   first, exactly once
//	kind 2  frame    seq u64 · payload, 1 byte to 1 MiB                   any number
//	kind 3  end      last u64                                             last, then the stream ends
//	kind 4  refusal  reason u8 · wait u16 (seconds)                       in place of all or of the rest
const (
	requestSize = 16 + 8 + 4
	prefixSize  = 1 + 4

	kindHeader  = 1
	kindFrame   = 2
	kindEnd     = 3
	kindRefusal = 4

	headerSize  = 16 + 8 + 8
	seqSize     = 8
	refusalSize = 1 + 2
)

// Reasons of a refusal.
const (
	refusedBusy   = 1 // too many requests; wait says for how long
	refusedNone   = 2 // this peer serves no changes
	refusedFailed = 3 // the server could not read its store
)

type pullHeader struct {
	store  StoreID
	newest uint64
	from   uint64 // the cursor that the server went on from: the request's, or 0
}

type pullRefusal struct {
	reason byte
	wait   time.Duration
}

func appendRequest(b []byte, r PullRequest) []byte {
	b = append(b, r.Store[:]...)
	b = binary.BigEndian.AppendUint64(b, r.After)
	return binary.BigEndian.AppendUint32(b, uint32(min(max(r.Limit, 0), math.MaxUint32)))
}

// readRequest reads a request and the end of the stream behind it.
func readRequest(r io.Reader) (PullRequest, error) {
	var b [requestSize + 1]byte
	switch n, err := io.ReadFull(r, b[:]); {
	case n == requestSize && err == io.ErrUnexpectedEOF:
	case err != nil && err != io.ErrUnexpectedEOF && err != io.EOF:
		return PullRequest{}, err
	default:
		return PullRequest{}, fmt.Errorf("%w: request is not %d bytes", ErrFrame, requestSize)
	}
	return PullRequest{
		Store: StoreID(b[:16]),
		After: binary.BigEndian.Uint64(b[16:]),
		Limit: int(min(uint64(binary.BigEndian.Uint32(b[24:])), math.MaxInt)),
	}, nil
}

func appendPrefix(b []byte, kind byte, size int) []byte {
	return binary.BigEndian.AppendUint32(append(b, kind), uint32(size))
}

func appendHeader(b []byte, h pullHeader) []byte {
	b = append(appendPrefix(b, kindHeader, headerSize), h.store[:]...)
	b = binary.BigEndian.AppendUint64(b, h.newest)
	return binary.BigEndian.AppendUint64(b, h.from)
}

// appendFrameHead is a frame without its payload, which follows it.
func appendFrameHead(b []byte, f Frame) []byte {
	b = appendPrefix(b, kindFrame, seqSize+len(f.Payload))
	return binary.BigEndian.AppendUint64(b, f.Seq)
}

func appendEnd(b []byte, last uint64) []byte {
	return binary.BigEndian.AppendUint64(appendPrefix(b, kindEnd, seqSize), last)
}

func appendRefusal(b []byte, r pullRefusal) []byte {
	b = append(appendPrefix(b, kindRefusal, refusalSize), r.reason)
	return binary.BigEndian.AppendUint16(b, uint16(min(r.wait/time.Second, math.MaxUint16)))
}

// pullReader decodes a response and holds the server to the protocol: sizes, kinds, their order, and cursors that
// only rise.
type pullReader struct {
	r      io.Reader
	limit  int    // frames that were asked for; 0: as many as the server likes
	frames int    // frames read
	last   uint64 // newest sequence covered so far
}

// header reads the first message. A refusal is returned as its error.
func (p *pullReader) header(req PullRequest) (pullHeader, error) {
	kind, size, err := p.prefix()
	switch {
	case err != nil:
		return pullHeader{}, err
	case kind == kindRefusal:
		return pullHeader{}, p.refusal(size)
	case kind != kindHeader || size != headerSize:
		return pullHeader{}, fmt.Errorf("%w: begins with kind %d of %d bytes", ErrFrame, kind, size)
	}
	var b [headerSize]byte
	if _, err := io.ReadFull(p.r, b[:]); err != nil {
		return pullHeader{}, cutShort(err)
	}
	h := pullHeader{
		store:  StoreID(b[:16]),
		newest: binary.BigEndian.Uint64(b[16:]),
		from:   binary.BigEndian.Uint64(b[24:]),
	}
	// The server goes on where we asked if the cursor is its own, else from the beginning.
	if want := req.start(h.store); h.from != want {
		return pullHeader{}, fmt.Errorf("%w: server starts at %d, not %d", ErrFrame, h.from, want)
	}
	p.last = h.from
	return h, nil
}

// next reads a frame. It returns io.EOF after the end message; p.last is then the sequence that is covered.
func (p *pullReader) next() (Frame, error) {
	kind, size, err := p.prefix()
	if err != nil {
		return Frame{}, err
	}
	switch {
	case kind == kindFrame && size > seqSize && size <= seqSize+MaxPayload:
		return p.frame(int(size))
	case kind == kindEnd && size == seqSize:
		return Frame{}, p.end()
	case kind == kindRefusal:
		return Frame{}, p.refusal(size)
	}
	return Frame{}, fmt.Errorf("%w: kind %d of %d bytes", ErrFrame, kind, size)
}

func (p *pullReader) prefix() (kind byte, size uint32, err error) {
	var b [prefixSize]byte
	if _, err := io.ReadFull(p.r, b[:]); err != nil {
		return 0, 0, cutShort(err)
	}
	return b[0], binary.BigEndian.Uint32(b[1:]), nil
}

func (p *pullReader) frame(size int) (Frame, error) {
	var seq [seqSize]byte
	if _, err := io.ReadFull(p.r, seq[:]); err != nil {
		return Frame{}, cutShort(err)
	}
	f := Frame{Seq: binary.BigEndian.Uint64(seq[:])}
	if f.Seq <= p.last {
		return Frame{}, fmt.Errorf("%w: sequence %d after %d", ErrFrame, f.Seq, p.last)
	}
	if p.frames++; p.limit > 0 && p.frames > p.limit {
		return Frame{}, fmt.Errorf("%w: more than the %d frames asked for", ErrFrame, p.limit)
	}
	f.Payload = make([]byte, size-seqSize)
	if _, err := io.ReadFull(p.r, f.Payload); err != nil {
		return Frame{}, cutShort(err)
	}
	p.last = f.Seq
	return f, nil
}

func (p *pullReader) end() error {
	var b [seqSize + 1]byte
	if _, err := io.ReadFull(p.r, b[:seqSize]); err != nil {
		return cutShort(err)
	}
	last := binary.BigEndian.Uint64(b[:])
	if last < p.last {
		return fmt.Errorf("%w: ends at %d before %d", ErrFrame, last, p.last)
	}
	p.last = last
	return io.EOF
}

func (p *pullReader) refusal(size uint32) error {
	var b [refusalSize]byte
	if size != refusalSize {
		return fmt.Errorf("%w: refusal of %d bytes", ErrFrame, size)
	}
	if _, err := io.ReadFull(p.r, b[:]); err != nil {
		return cutShort(err)
	}
	switch b[0] {
	case refusedBusy:
		return &BusyError{RetryAfter: time.Duration(binary.BigEndian.Uint16(b[1:])) * time.Second}
	case refusedNone:
		return ErrNotServed
	case refusedFailed:
		return ErrRemote
	}
	return fmt.Errorf("%w: refusal for reason %d", ErrFrame, b[0])
}

// cutShort makes a stream that ends without an end message an error that isn't io.EOF.
func cutShort(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("p2p: pull: %w", err)
}
