package picture

import "encoding/binary"

const (
	markerAPP1, markerSOS = 0xe1, 0xda
	tagOrientation        = 0x0112
)

// orientation is what the Exif of a JPEG asks for, 1 to 8; 1 (as it is) for whatever
// has none or a broken one.
func orientation(b []byte) int {
	if !hasMagic(b, "\xff\xd8\xff") {
		return 1
	}
	for b = b[2:]; len(b) >= 4 && b[0] == 0xff && b[1] != markerSOS; {
		size := int(binary.BigEndian.Uint16(b[2:]))
		if size < 2 || len(b) < 2+size {
			return 1
		}
		if segment := b[4 : 2+size]; b[1] == markerAPP1 && hasMagic(segment, "Exif\x00\x00") {
			return tiffOrientation(segment[6:])
		}
		b = b[2+size:]
	}
	return 1
}

// tiffOrientation looks through the first directory of a TIFF (TIFF 6.0, section 2).
func tiffOrientation(b []byte) int {
	var order binary.ByteOrder
	switch {
	case hasMagic(b, "II*\x00"):
		order = binary.LittleEndian
	case hasMagic(b, "MM\x00*"):
		order = binary.BigEndian
	default:
		return 1
	}
	if len(b) < 8 {
		return 1
	}
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 1
	}
	entries := b[at+2:]
	for n := order.Uint16(b[at:]); n > 0 && len(entries) >= 12; n, entries = n-1, entries[12:] {
		if order.Uint16(entries) != tagOrientation {
			continue
		}
		if v := int(order.Uint16(entries[8:])); v >= 1 && v <= 8 {
			return v
		}
		return 1
	}
	return 1
}
