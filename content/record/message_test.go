package record

import (
	"bytes"
	"errors"
	"testing"
)

func TestMessage(t *testing.T) {
	one, two := signed(t, testPath, testTID, postJSON).Bytes(), signed(t, testPath, testTID, "").Bytes()
	damaged := bytes.Clone(one)
	damaged[len(damaged)-1] ^= 1
	uncanonical := []byte{0xa2, 0x61, 'b', 1, 0x61, 'a', 2} // well formed, so the rest can be read
	bundles, faults, err := DecodeMessage(EncodeMessage([][]byte{one, damaged, uncanonical, two}))
	if err != nil {
		t.Fatal(err)
	}
	if len(bundles) != 4 || len(faults) != 4 {
		t.Fatalf("%d bundles, %d faults", len(bundles), len(faults))
	}
	for i, good := range []bool{true, false, false, true} {
		if (bundles[i] != nil) != good || (faults[i] == nil) != good {
			t.Errorf("item %d: %v, %v", i, bundles[i], faults[i])
		}
	}
	if !bytes.Equal(bundles[0].Bytes(), one) || !bytes.Equal(bundles[3].Bytes(), two) {
		t.Error("bundles were changed on the way")
	}
}

func TestMessageRefuses(t *testing.T) {
	one := signed(t, testPath, testTID, "").Bytes()
	full := make([][]byte, MaxBundles)
	for i := range full {
		full[i] = one
	}
	if _, _, err := DecodeMessage(EncodeMessage(full)); err != nil {
		t.Errorf("a full message: %v", err)
	}
	whole := EncodeMessage([][]byte{one, one})
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"nothing":            {nil, ErrEncoding},
		"no bundles":         {EncodeMessage(nil), ErrEncoding},
		"a bare bundle":      {append([]byte{0xa1}, one...), ErrEncoding},
		"cut short":          {whole[:len(whole)-1], ErrEncoding},
		"more behind":        {append(bytes.Clone(whole), 0), ErrEncoding},
		"count in two bytes": {append([]byte{0x98, 2}, whole[1:]...), ErrEncoding},
		"indefinite length":  {append(append([]byte{0x9f}, whole[1:]...), 0xff), ErrEncoding},
		"too many bundles":   {EncodeMessage(append(full, one)), ErrTooLarge},
		"too many bytes":     {make([]byte, MaxMessage+1), ErrTooLarge},
	} {
		bundles, faults, err := DecodeMessage(c.b)
		if !errors.Is(err, c.want) || bundles != nil || faults != nil {
			t.Errorf("%s: %v %v %v, want %v", name, bundles, faults, err, c.want)
		}
	}
}
