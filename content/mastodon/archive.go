// Package mastodon reads what Mastodon gives people who leave: the archive
// (outbox.json with the posts, and the media they show; tar.gz, later zip) and the
// CSV files of follows and blocks. It makes posts of this network of them: values
// of app.bsky.feed.post with their own dates, marked by record.FieldImported.
//
// Only what was public is read. An outbox also holds posts to followers and to
// single people; records here are public, so those are left out, and counted.
// An archive proves nothing about who wrote it. The package knows no store and no
// network: it turns bytes into values, within the limits below. Names within an
// archive are compared, never opened as files.
package mastodon

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

const (
	// MaxUnpacked bounds what one reading of an archive unpacks, in bytes: a small
	// file may unpack to a thousand times its size.
	MaxUnpacked = 8 << 30
	// MaxEntries bounds the files in an archive.
	MaxEntries = 1_000_000
	// MaxPosts and MaxText bound the posts that are held in memory: more than
	// twenty a day since Mastodon exists, and their HTML in bytes.
	MaxPosts = 100_000
	MaxText  = 128 << 20
	// MaxCSV bounds the rows of one CSV file.
	MaxCSV = 100_000
)

var (
	// ErrFormat: no archive of Mastodon's, or a damaged one.
	ErrFormat = errors.New("mastodon: not an archive")
	// ErrTooLarge: over one of the limits above.
	ErrTooLarge = errors.New("mastodon: archive too large")
)

// Archive is one archive, read as often as need be.
type Archive struct {
	file io.ReaderAt
	size int64
	zip  bool
}

// Open tells by the first bytes which of the two formats it is.
func Open(file io.ReaderAt, size int64) (*Archive, error) {
	head := make([]byte, 4)
	if _, err := file.ReadAt(head, 0); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return &Archive{file, size, true}, nil
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return &Archive{file, size, false}, nil
	}
	return nil, fmt.Errorf("%w: neither zip nor gzip", ErrFormat)
}

// Each calls fn for each file, in the archive's order, with its clean path; r is
// good until fn returns. An error of fn ends it and is returned.
func (a *Archive) Each(fn func(name string, size int64, r io.Reader) error) error {
	budget := &budget{left: MaxUnpacked}
	if a.zip {
		return a.eachZip(budget, fn)
	}
	return a.eachTar(budget, fn)
}

// errEnough ends Each early.
var errEnough = errors.New("mastodon: enough")

func (a *Archive) eachTar(budget *budget, fn func(string, int64, io.Reader) error) error {
	unpacked, err := gzip.NewReader(io.NewSectionReader(a.file, 0, a.size))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	files := tar.NewReader(budget.of(unpacked))
	for n := 0; ; n++ {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return damaged(err)
		}
		if n == MaxEntries {
			return fmt.Errorf("%w: more than %d files", ErrTooLarge, MaxEntries)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if err := fn(clean(h.Name), h.Size, files); err != nil {
			return err
		}
	}
}

func (a *Archive) eachZip(budget *budget, fn func(string, int64, io.Reader) error) error {
	files, err := zip.NewReader(a.file, a.size)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if len(files.File) > MaxEntries {
		return fmt.Errorf("%w: more than %d files", ErrTooLarge, MaxEntries)
	}
	for _, f := range files.File {
		if f.FileInfo().IsDir() {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return damaged(err)
		}
		err = fn(clean(f.Name), int64(min(f.UncompressedSize64, 1<<62)), budget.of(r))
		if err = errors.Join(err, r.Close()); err != nil {
			return err
		}
	}
	return nil
}

// file reads one file of the archive whole, found tells if there is one.
func (a *Archive) find(name string, read func(io.Reader) error) (found bool, err error) {
	err = a.Each(func(n string, _ int64, r io.Reader) error {
		if n != name {
			return nil
		}
		found = true
		if err := read(r); err != nil {
			return err
		}
		return errEnough
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, err
}

// clean is how paths in archives and in outbox.json are compared.
func clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

func damaged(err error) error {
	if errors.Is(err, ErrTooLarge) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrFormat, err)
}

// budget bounds all that is unpacked.
type budget struct{ left int64 }

type budgeted struct {
	*budget
	r io.Reader
}

func (b *budget) of(r io.Reader) io.Reader { return &budgeted{b, r} }

func (b *budgeted) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("%w: it unpacks to more than %d bytes", ErrTooLarge, int64(MaxUnpacked))
	}
	return n, err
}
