package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
)

// flag is red above and left, blue elsewhere.
func flag(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{B: 255, A: 255}
			if x < w/2 && y < h/2 {
				c = color.RGBA{R: 255, A: 255}
			}
			m.Set(x, y, c)
		}
	}
	return m
}

// withExif puts an APP1 segment behind a JPEG's first marker.
func withExif(t testing.TB, m image.Image, orientation uint16, order binary.AppendByteOrder) []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	tiff := []byte("II*\x00")
	if order.(binary.ByteOrder) == binary.ByteOrder(binary.BigEndian) {
		tiff = []byte("MM\x00*")
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	tiff = append(order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, 0x010f), 2), 4), "Cam\x00"...)
	tiff = order.AppendUint16(order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, tagOrientation), 3), 1), orientation)
	tiff = append(tiff, 0, 0)
	tiff = append(tiff, "GPS: 48.8583, 2.2945"...)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, markerAPP1}, uint16(len(segment)+2))
	return append(append(head, segment...), out.Bytes()[2:]...)
}

func isRed(t *testing.T, m image.Image, x, y int) bool {
	r, _, b, _ := m.At(x, y).RGBA()
	return r > b
}

// TestCleanTurns: where the red corner goes for each orientation, and that nothing of
// the metadata is left.
func TestCleanTurns(t *testing.T) {
	const w, h = 64, 32
	corners := map[uint16][2]int{1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 1}, 8: {0, 1}}
	for o, corner := range corners {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			in := withExif(t, flag(w, h), o, order)
			got, err := Clean(in)
			if err != nil {
				t.Fatal(err)
			}
			if got.MIME != "image/jpeg" || bytes.Contains(got.Bytes, []byte("GPS")) || bytes.Contains(got.Bytes, []byte("Exif")) || !bytes.Contains(in, []byte("GPS")) {
				t.Errorf("orientation %d: metadata left", o)
			}
			m, err := jpeg.Decode(bytes.NewReader(got.Bytes))
			if err != nil {
				t.Fatal(err)
			}
			gw, gh := m.Bounds().Dx(), m.Bounds().Dy()
			if wide := o < 5; wide != (gw == w && gh == h) || got.Width != gw || got.Height != gh {
				t.Errorf("orientation %d: %d×%d", o, gw, gh)
			}
			for x := range 2 {
				for y := range 2 {
					if isRed(t, m, x*(gw-9)+4, y*(gh-9)+4) != (corner == [2]int{x, y}) {
						t.Errorf("orientation %d: corner %d,%d", o, x, y)
					}
				}
			}
		}
	}
}

func encodedPNG(t testing.TB, m image.Image) []byte {
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestThumbnail(t *testing.T) {
	for _, c := range []struct{ w, h, side, tw, th int }{{640, 320, 64, 64, 32}, {100, 3000, 300, 10, 300}, {20, 10, 64, 20, 10}, {5000, 1, 64, 64, 1}} {
		got, err := Thumbnail(encodedPNG(t, flag(c.w, c.h)), c.side)
		if err != nil || got.Width != c.tw || got.Height != c.th || got.MIME != "image/jpeg" {
			t.Errorf("%+v: %d×%d %s %v", c, got.Width, got.Height, got.MIME, err)
		}
	}
	clear := image.NewNRGBA(image.Rect(0, 0, 100, 100)) // transparent
	if got, err := Thumbnail(encodedPNG(t, clear), 10); err != nil || got.MIME != "image/png" {
		t.Errorf("transparent: %s %v", got.MIME, err)
	}
	turned, err := Thumbnail(withExif(t, flag(640, 320), 6, binary.BigEndian), 64)
	if err != nil || turned.Width != 32 || turned.Height != 64 {
		t.Errorf("turned: %d×%d %v", turned.Width, turned.Height, err)
	}
}

func animation(t testing.TB, w, h, frames int) []byte {
	g := &gif.GIF{}
	for i := range frames {
		m := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Black, color.White})
		m.SetColorIndex(i%w, 0, 1)
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, 10)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, g); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestAnimation(t *testing.T) {
	in := animation(t, 16, 16, 5)
	secret := append(append(bytes.Clone(in[:len(in)-1]), '!', 0xfe, 6), "secret\x00;"...)
	got, err := Clean(secret)
	if err != nil {
		t.Fatal(err)
	}
	g, err := gif.DecodeAll(bytes.NewReader(got.Bytes))
	if err != nil || len(g.Image) != 5 || bytes.Contains(got.Bytes, []byte("secret")) {
		t.Fatal(len(g.Image), err)
	}
}

// TestBombs: files of a few bytes that claim walls of pixels cost nothing.
func TestBombs(t *testing.T) {
	huge := encodedPNG(t, flag(1, 1))
	binary.BigEndian.PutUint32(huge[16:], 60_000) // IHDR's width and height; its CRC is wrong, too
	binary.BigEndian.PutUint32(huge[20:], 60_000)
	if _, err := Thumbnail(huge, 64); !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrFormat) {
		t.Errorf("PNG: %v", err)
	}
	wide := animation(t, 2, 2, 1)
	binary.LittleEndian.PutUint16(wide[6:], 60_000)
	binary.LittleEndian.PutUint16(wide[8:], 60_000)
	if _, err := Clean(wide); !errors.Is(err, ErrTooLarge) {
		t.Errorf("GIF: %v", err)
	}
	many := animation(t, 1000, 1000, 1)
	one := many[13+tableSize(many[10]) : len(many)-1] // its blocks, behind the header
	frames := bytes.Clone(many[:len(many)-1])
	for range 60 {
		frames = append(frames, one...)
	}
	if _, err := Clean(append(frames, ';')); !errors.Is(err, ErrTooLarge) {
		t.Errorf("frames: %v", err)
	}
	if _, err := Clean(make([]byte, MaxBytes+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("bytes: %v", err)
	}
	for name, b := range map[string][]byte{"nothing": nil, "SVG": []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), "cut": encodedPNG(t, flag(9, 9))[:60]} {
		if _, err := Clean(b); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzThumbnail(f *testing.F) {
	f.Add(encodedPNG(f, flag(9, 5)))
	f.Add(withExif(f, flag(9, 5), 6, binary.LittleEndian))
	f.Add(animation(f, 4, 4, 3))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, d, err := open(b); err != nil {
			return
		} else if c, _ := d.config(b); c.Width*c.Height > 1<<20 {
			return // slow, not wrong
		}
		small, err := Thumbnail(b, 16)
		if err == nil && max(small.Width, small.Height) > 16 {
			t.Fatal(small.Width, small.Height)
		}
		if clean, err := Clean(b); err == nil {
			if _, err := Clean(clean.Bytes); err != nil {
				t.Fatalf("what was made cannot be read: %v", err)
			}
		}
	})
}
