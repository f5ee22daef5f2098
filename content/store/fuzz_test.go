package store

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"metanet/content/record"
	"metanet/identity"
)

// FuzzDecodeKey: no key panics, and one that reads is written again as it was.
func FuzzDecodeKey(f *testing.F) {
	for _, l := range Layouts() {
		key := NewKey(l.Family)
		for _, p := range l.Parts {
			key = appendPart(key, p.Kind)
		}
		f.Add([]byte(key))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l, parts, err := DecodeKey(b)
		if err != nil {
			if !errors.Is(err, ErrInvalidKey) {
				t.Fatal(err)
			}
			return
		}
		if again := encodeParts(l, parts); !bytes.Equal(again, b) {
			t.Fatalf("%x became %x", b, []byte(again))
		}
	})
}

func encodeParts(l Layout, parts []any) Key {
	k := NewKey(l.Family)
	for i, p := range l.Parts {
		switch v := parts[i].(type) {
		case string:
			k = k.Text(v)
		case identity.DID:
			k = k.DID(v)
		case [32]byte:
			k = k.Digest(v)
		case uint64:
			k = k.Uint(v)
		case byte:
			k = k.Byte(v)
		case []byte:
			k = k.Rest(v)
		case time.Time:
			if micros := uint64(v.UnixMicro()); p.Kind == KindNewest {
				k = k.Uint(^micros)
			} else {
				k = k.Uint(micros)
			}
		}
	}
	return k
}

// FuzzDecodeState: damage never panics, and what reads is the one encoding.
func FuzzDecodeState(f *testing.F) {
	one := Stored{Bundle: sign(f, author(1), 1, post("a"), rev(1), text("x")), Seq: 7, Received: epoch, Standing: identity.Proven}
	two := Stored{Bundle: sign(f, author(1), 2, post("a"), rev(2), nil), Seq: 9, Local: true, Flags: FlagImported}
	f.Add(encodeState([]Stored{one}))
	f.Add(encodeState([]Stored{one, two}))
	f.Fuzz(func(t *testing.T, b []byte) {
		state, err := decodeState(bytes.Clone(b))
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		if again := encodeState(state); !bytes.Equal(again, b) {
			t.Fatalf("%x became %x", b, again)
		}
	})
}

// TestGoldenState pins the bytes before the bundle: a change here needs a new
// schema version.
func TestGoldenState(t *testing.T) {
	b := sign(t, author(1), 1, post("a"), rev(1), nil)
	got := encodeState([]Stored{{Bundle: b, Seq: 0x0102, Local: true, Flags: FlagImported, Standing: identity.Provisional, Received: time.UnixMicro(0x0304)}})
	head := hex.EncodeToString(got[:len(got)-len(b.Bytes())])
	if want := "0101" + "010201" + "0000000000000102" + "0000000000000304" + hex.EncodeToString(uvarint(len(b.Bytes()))); head != want {
		t.Errorf("%s, want %s", head, want)
	}
	state, err := decodeState(got)
	if err != nil || len(state) != 1 || !state[0].Local || state[0].Seq != 0x0102 || state[0].Flags != FlagImported ||
		record.Compare(state[0].Bundle, b) != 0 {
		t.Fatalf("%+v %v", state, err)
	}
}

func uvarint(n int) []byte {
	if n < 0x80 {
		return []byte{byte(n)}
	}
	return append([]byte{byte(n) | 0x80}, uvarint(n>>7)...)
}
