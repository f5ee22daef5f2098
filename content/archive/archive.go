// Package archive is the file in which a person takes everything along
// (docs/protocol.md, "Archives"): a CARv1 whose root is a head that says whose it is, then
// documents (settings, decisions), each record as its envelope's block and its
// value's, each blob as one block under the CID that records know it by, and at
// the end a count of it all.
//
// Every block is held against its CID, every record decoded in full; signatures
// are the door's to check, since only the network's id makes them mean anything.
// Files are read and written as streams: memory is one record, or one buffer of a
// blob. The package knows no server and no store.
package archive

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ipfs/go-cid"

	"metanet/content/car"
	"metanet/content/record"
	"metanet/content/record/dagcbor"
	"metanet/identity"
)

const (
	// MaxBlob bounds one blob of an archive that is read.
	MaxBlob = 512 << 20
	// MaxDocument bounds a document's data, so that it fits a value with its name.
	MaxDocument = record.MaxValue - 1<<10
	// Version is what this package writes, and reads.
	Version = 1
)

const (
	typeHead     = "net.metanet.archive.head"
	typeDocument = "net.metanet.archive.document"
	typeEnd      = "net.metanet.archive.end"
)

var (
	// ErrFormat: a CAR file, but not an archive of this kind, or one that breaks its order.
	ErrFormat = errors.New("archive: not a MetaNet archive")
	// ErrVersion: written by a later version.
	ErrVersion = errors.New("archive: of a later version")
	// ErrCut: the file ends before its end.
	ErrCut = errors.New("archive: cut short")
)

// Head says whose archive it is.
type Head struct {
	DID     identity.DID
	Network identity.Network
	Server  string // the domain of the server that wrote it
	Created time.Time
}

// Document is something about the account that is no record: JSON under a name.
// Several may have the same name.
type Document struct {
	Name string
	Data []byte
}

// Counts is how much an archive holds.
type Counts struct{ Records, Blobs, Documents int }

// IsArchive says whether a CAR file's first block is the head of an archive.
func IsArchive(block []byte) bool {
	return dagcbor.Check(block) == nil && string(dagcbor.Node(block).Get("$type").Text()) == typeHead
}

// Writer writes one archive.
type Writer struct {
	car *car.Writer
	n   Counts
}

// NewWriter writes the head.
func NewWriter(w io.Writer, h Head) (*Writer, error) {
	head, err := record.EncodeValue(map[string]any{
		"$type": typeHead, "v": Version, "did": string(h.DID), "network": h.Network.String(),
		"server": h.Server, "createdAt": h.Created.UTC().Format(time.RFC3339),
	})
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	out, err := car.NewWriter(w, record.Sum(head))
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	a := &Writer{car: out}
	return a, a.put(head)
}

func (a *Writer) put(block []byte) error {
	if err := a.car.Put(record.Sum(block), block); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	return nil
}

// Document adds one. Data is at most MaxDocument of JSON.
func (a *Writer) Document(d Document) error {
	block, err := record.EncodeValue(map[string]any{"$type": typeDocument, "name": d.Name, "data": string(d.Data)})
	if err != nil {
		return fmt.Errorf("archive: document %s: %w", d.Name, err)
	}
	a.n.Documents++
	return a.put(block)
}

// Record adds one with its envelope.
func (a *Writer) Record(b *record.Bundle) error {
	a.n.Records++
	if err := a.put(b.EnvelopeBytes()); err != nil || b.Value == nil {
		return err
	}
	return a.put(b.Value)
}

// Blob adds the size bytes that r gives, which must be what the CID names.
func (a *Writer) Blob(c cid.Cid, size int64, r io.Reader) error {
	a.n.Blobs++
	if err := a.car.Copy(c, size, r); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	return nil
}

// Close writes the end. What was not closed is read as cut short.
func (a *Writer) Close() error {
	end, err := record.EncodeValue(map[string]any{
		"$type": typeEnd, "records": a.n.Records, "blobs": a.n.Blobs, "documents": a.n.Documents,
	})
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	if err := a.put(end); err != nil {
		return err
	}
	return a.car.Flush()
}

// Counts is what was written so far.
func (a *Writer) Counts() Counts { return a.n }

// Item is one thing in an archive: exactly one field is set.
type Item struct {
	Record   *record.Bundle
	Document *Document
	Blob     *car.Block // to be read before the next item
}

// Reader reads one archive.
type Reader struct {
	car  *car.Reader
	head Head
	n    Counts
}

// NewReader reads the head.
func NewReader(r io.Reader) (*Reader, error) {
	in, err := car.NewReader(r, MaxBlob)
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	block, err := in.Next()
	if err != nil {
		return nil, fmt.Errorf("%w: no head: %w", ErrFormat, noEOF(err))
	}
	data, err := small(block)
	if err != nil {
		return nil, err
	}
	if !IsArchive(data) || !block.CID.Equals(in.Roots()[0]) {
		return nil, fmt.Errorf("%w: its first block is not a head", ErrFormat)
	}
	a := &Reader{car: in}
	a.head, err = readHead(dagcbor.Node(data))
	return a, err
}

func readHead(n dagcbor.Node) (h Head, err error) {
	if v, ok := n.Get("v").Int(); !ok || v != Version {
		return h, fmt.Errorf("%w: %d", ErrVersion, v)
	}
	if h.DID, err = identity.ParseDID(string(n.Get("did").Text())); err != nil {
		return h, fmt.Errorf("%w: head: %w", ErrFormat, err)
	}
	if h.Network, err = identity.ParseNetwork(string(n.Get("network").Text())); err != nil {
		return h, fmt.Errorf("%w: head: %w", ErrFormat, err)
	}
	h.Server = string(n.Get("server").Text())
	if h.Created, err = time.Parse(time.RFC3339, string(n.Get("createdAt").Text())); err != nil {
		return h, fmt.Errorf("%w: head: %w", ErrFormat, err)
	}
	return h, nil
}

// Head is whose archive it is.
func (a *Reader) Head() Head { return a.head }

// Next is the next item; io.EOF behind the last, ErrCut where the file ends first.
// A record that is none is an error, and nothing behind it is read: an archive is
// as its writer made it, or damaged.
func (a *Reader) Next() (Item, error) {
	block, err := a.car.Next()
	if errors.Is(err, io.EOF) {
		return Item{}, ErrCut
	}
	if err != nil {
		return Item{}, fmt.Errorf("archive: %w", err)
	}
	if block.CID.Type() == cid.Raw {
		a.n.Blobs++
		return Item{Blob: block}, nil
	}
	data, err := small(block)
	if err != nil {
		return Item{}, err
	}
	switch n := dagcbor.Node(data); string(n.Get("$type").Text()) {
	case typeDocument:
		a.n.Documents++
		return Item{Document: &Document{string(n.Get("name").Text()), n.Get("data").Text()}}, nil
	case typeEnd:
		return Item{}, a.end(n)
	}
	b, err := a.record(data)
	a.n.Records++
	return Item{Record: b}, err
}

// record joins an envelope and the value that follows it.
func (a *Reader) record(envelope []byte) (*record.Bundle, error) {
	bundle := append(dagcbor.AppendArray(make([]byte, 0, 2*len(envelope)), 2), envelope...)
	if dagcbor.Node(envelope).Get("cid").Kind() != dagcbor.Link {
		bundle = dagcbor.AppendNull(bundle)
	} else {
		next, err := a.car.Next()
		if err != nil {
			return nil, fmt.Errorf("%w: an envelope without its value: %w", ErrCut, noEOF(err))
		}
		value, err := small(next)
		if err != nil {
			return nil, err
		}
		bundle = dagcbor.AppendBytes(bundle, value)
	}
	b, err := record.Decode(bundle)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return b, nil
}

// end holds the counts of the end against what came.
func (a *Reader) end(n dagcbor.Node) error {
	for name, got := range map[string]int{"records": a.n.Records, "blobs": a.n.Blobs, "documents": a.n.Documents} {
		if want, ok := n.Get(name).Int(); !ok || want != int64(got) {
			return fmt.Errorf("%w: %d %s of %d", ErrCut, got, name, want)
		}
	}
	return io.EOF
}

// small reads a block of DAG-CBOR, which is an envelope or no larger than a value.
func small(block *car.Block) ([]byte, error) {
	if block.CID.Type() != cid.DagCBOR || block.Size > record.MaxBundle {
		return nil, fmt.Errorf("%w: %s has %d bytes", ErrFormat, block.CID, block.Size)
	}
	data, err := block.Bytes()
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	if err := dagcbor.Check(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return data, nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
