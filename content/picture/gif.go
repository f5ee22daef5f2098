package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/gif"
)

// cleanGIF encodes all frames anew. Comments and application data (XMP) stay behind.
func cleanGIF(b []byte) (Picture, error) {
	if err := boundFrames(b); err != nil {
		return Picture{}, err
	}
	g, err := gif.DecodeAll(bytes.NewReader(b))
	if err != nil {
		return Picture{}, errors.Join(ErrFormat, err)
	}
	var out bytes.Buffer
	err = gif.EncodeAll(&out, g)
	return picture("image/gif", &out, image.Rect(0, 0, g.Config.Width, g.Config.Height), err)
}

// boundFrames counts the pixels of all frames, without decoding any: the decoder
// holds all of them, and a frame of one colour takes a few bytes (GIF89a, sections
// 18 to 26).
func boundFrames(b []byte) error {
	if len(b) < 13 {
		return ErrFormat
	}
	r := blocks{b[13:]}
	r.skip(tableSize(b[10]))
	for total := int64(0); ; {
		switch r.byte() {
		case ',':
			head := r.take(9)
			if head == nil {
				return ErrFormat
			}
			total += int64(binary.LittleEndian.Uint16(head[4:])) * int64(binary.LittleEndian.Uint16(head[6:]))
			if total > MaxPixels {
				return fmt.Errorf("%w: in all frames", ErrTooLarge)
			}
			r.skip(tableSize(head[8]) + 1) // and the size of LZW's first code
			r.skipSubBlocks()
		case '!':
			r.skip(1)
			r.skipSubBlocks()
		default: // the trailer, or the end: the decoder says what is wrong with it
			return nil
		}
	}
}

// tableSize is the bytes of the colour table that packed fields announce.
func tableSize(packed byte) int {
	if packed&0x80 == 0 {
		return 0
	}
	return 3 << (packed&7 + 1)
}

// blocks reads a GIF's blocks; behind the end it gives zeros.
type blocks struct{ rest []byte }

func (r *blocks) take(n int) []byte {
	if n > len(r.rest) {
		r.rest = nil
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *blocks) skip(n int) { r.take(n) }

func (r *blocks) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *blocks) skipSubBlocks() {
	for n := r.byte(); n > 0; n = r.byte() {
		r.skip(int(n))
	}
}
