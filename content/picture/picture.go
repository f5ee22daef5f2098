package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

const (
	// MaxBytes is the largest file that is decoded: the caller holds it in memory.
	MaxBytes = 20 << 20
	// MaxPixels bounds a picture, and all frames of an animation together: telephones
	// make 50 million. Decoded they take up to four bytes each.
	MaxPixels = 50_000_000
	// jpegQuality of what is kept instead of the original, thumbQuality of small ones.
	jpegQuality, thumbQuality = 92, 82
)

// Picture is an encoded picture.
type Picture struct {
	MIME          string
	Bytes         []byte
	Width, Height int
}

// Shrinks says whether a thumbnail can stand for a file that claims to be this: one
// of a GIF would not move, and other formats and larger files are not decoded.
func Shrinks(mime string, size int64) bool {
	return (mime == "image/jpeg" || mime == "image/png" || mime == "image/webp") && size <= MaxBytes
}

// decoder reads one format.
type decoder struct {
	magic  string // "?" is any byte
	config func(b []byte) (image.Config, error)
	pixels func(b []byte) (image.Image, error)
}

// decoders by the first bytes. (The image package's own registry is global: what
// else the process links would be read, too.)
func decoders() map[string]decoder {
	return map[string]decoder{
		"image/jpeg": {"\xff\xd8\xff", func(b []byte) (image.Config, error) { return jpeg.DecodeConfig(bytes.NewReader(b)) }, func(b []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(b)) }},
		"image/png":  {"\x89PNG\r\n\x1a\n", func(b []byte) (image.Config, error) { return png.DecodeConfig(bytes.NewReader(b)) }, func(b []byte) (image.Image, error) { return png.Decode(bytes.NewReader(b)) }},
		"image/gif":  {"GIF8", func(b []byte) (image.Config, error) { return gif.DecodeConfig(bytes.NewReader(b)) }, func(b []byte) (image.Image, error) { return gif.Decode(bytes.NewReader(b)) }},
		"image/webp": {"RIFF????WEBP", func(b []byte) (image.Config, error) { return webp.DecodeConfig(bytes.NewReader(b)) }, func(b []byte) (image.Image, error) { return webp.Decode(bytes.NewReader(b)) }},
	}
}

func hasMagic(b []byte, magic string) bool {
	if len(b) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != b[i] {
			return false
		}
	}
	return true
}

// open finds the format and refuses what has too many pixels, before decoding any.
func open(b []byte) (mime string, d decoder, err error) {
	if len(b) > MaxBytes {
		return "", d, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxBytes)
	}
	for mime, d := range decoders() {
		if !hasMagic(b, d.magic) {
			continue
		}
		c, err := d.config(b)
		switch {
		case err != nil || c.Width <= 0 || c.Height <= 0:
			return "", d, errors.Join(ErrFormat, err)
		case int64(c.Width)*int64(c.Height) > MaxPixels:
			return "", d, fmt.Errorf("%w: %d×%d", ErrTooLarge, c.Width, c.Height)
		}
		return mime, d, nil
	}
	return "", d, ErrFormat
}

// Clean is the same picture encoded anew: JPEG as JPEG, GIF as GIF with all of its
// frames, the others as PNG if they have transparency, else WebP as JPEG and PNG as
// PNG.
func Clean(b []byte) (Picture, error) {
	mime, d, err := open(b)
	if err != nil {
		return Picture{}, err
	}
	if mime == "image/gif" {
		return cleanGIF(b)
	}
	m, err := d.pixels(b)
	if err != nil {
		return Picture{}, errors.Join(ErrFormat, err)
	}
	m = turned(m, orientation(b))
	if mime == "image/png" || mime == "image/webp" && !opaque(m) {
		return encodePNG(m)
	}
	return encodeJPEG(m, jpegQuality)
}

// Thumbnail is the picture made to fit a square of that many pixels, never larger
// than it was; of an animation it is the first frame.
func Thumbnail(b []byte, side int) (Picture, error) {
	_, d, err := open(b)
	if err != nil {
		return Picture{}, err
	}
	m, err := d.pixels(b)
	if err != nil {
		return Picture{}, errors.Join(ErrFormat, err)
	}
	m = turned(shrunk(m, side), orientation(b))
	if opaque(m) {
		return encodeJPEG(m, thumbQuality)
	}
	return encodePNG(m)
}

func shrunk(m image.Image, side int) image.Image {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	longest := max(w, h)
	if longest > side {
		w, h = max(1, w*side/longest), max(1, h*side/longest)
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(out, out.Bounds(), m, m.Bounds(), draw.Src, nil)
	return out
}

func opaque(m image.Image) bool {
	o, ok := m.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

func encodeJPEG(m image.Image, quality int) (Picture, error) {
	var out bytes.Buffer
	err := jpeg.Encode(&out, m, &jpeg.Options{Quality: quality})
	return picture("image/jpeg", &out, m.Bounds(), err)
}

func encodePNG(m image.Image) (Picture, error) {
	var out bytes.Buffer
	err := png.Encode(&out, m)
	return picture("image/png", &out, m.Bounds(), err)
}

func picture(mime string, out *bytes.Buffer, size image.Rectangle, err error) (Picture, error) {
	if err != nil {
		return Picture{}, fmt.Errorf("picture: encode: %w", err)
	}
	return Picture{mime, out.Bytes(), size.Dx(), size.Dy()}, nil
}

// turned carries out an Exif orientation (Exif 2.32, tag 0x0112).
func turned(m image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return m
	}
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	if orientation >= 5 { // on its side
		w, h = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sx, sy := source(orientation, x, y, w, h)
			out.Set(x, y, color.RGBAModel.Convert(m.At(b.Min.X+sx, b.Min.Y+sy)))
		}
	}
	return out
}

// source is where a pixel of the turned picture, w×h, comes from.
func source(orientation, x, y, w, h int) (int, int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, w - 1 - x
	case 7:
		return h - 1 - y, w - 1 - x
	default: // 8
		return h - 1 - y, x
	}
}
