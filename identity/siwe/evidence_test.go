package siwe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"

	"metanet/identity"
)

// archive is a contract that changed its mind: it said yes at one block only.
type archive struct {
	yes Block
	err error
}

func (a archive) VerifyContractAt(_ context.Context, _ uint64, _ identity.Address, _ [32]byte, sig []byte, block [32]byte) (bool, error) {
	return block == a.yes.Hash && string(sig) != "another", a.err
}

func TestEvidence(t *testing.T) {
	m := full(t)
	ctx := context.Background()
	yes := Block{Number: 7, Hash: Hex32{1}}
	wrapped := append(make([]byte, 96), bytes.Repeat([]byte{0x64, 0x92}, 16)...)
	for name, c := range map[string]struct {
		sig []byte
		by  Scheme
	}{
		"a key's":            {sign(t, m), ByKey},
		"a contract's":       {[]byte("short"), ByERC1271},
		"a wrapped":          {wrapped, ByERC6492},
		"empty, yet allowed": {nil, ByERC1271},
	} {
		e, err := m.VerifySignature(ctx, c.sig, &wallet{answer: true})
		if err != nil || e.By != c.by || (e.At == nil) != (c.by == ByKey) {
			t.Errorf("%s: %+v, %v", name, e, err)
			continue
		}
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var back Evidence
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if got, err := back.Verify(ctx, archive{yes: yes}); err != nil || got.String() != m.String() {
			t.Errorf("%s, again: %v", name, err)
		}
		refused := func(how string, bend func(e *Evidence), a archive) {
			t.Helper()
			bent := back
			if back.At != nil {
				at := *back.At
				bent.At = &at
			}
			bend(&bent)
			if _, err := bent.Verify(ctx, a); err == nil {
				t.Errorf("%s, %s: taken", name, how)
			}
		}
		refused("another text", func(e *Evidence) { e.Message += "!" }, archive{})
		refused("another scheme", func(e *Evidence) {
			e.By = map[Scheme]Scheme{ByKey: ByERC1271, ByERC1271: ByERC6492, ByERC6492: ByERC1271}[e.By]
		}, archive{yes: yes})
		refused("no scheme", func(e *Evidence) { e.By = "" }, archive{yes: yes})
		refused("another signature", func(e *Evidence) { e.Signature = Hex("another") }, archive{yes: yes})
		if c.by == ByKey {
			refused("a key's at a block", func(e *Evidence) { e.At = &yes }, archive{yes: yes})
			continue
		}
		refused("passed off as a key's", func(e *Evidence) { e.By, e.At = ByKey, nil }, archive{yes: yes})
		refused("another block", func(e *Evidence) { e.At.Hash[5]++ }, archive{yes: yes})
		refused("no block", func(e *Evidence) { e.At = nil }, archive{yes: yes})
		away := errors.New("no such state")
		if _, err := back.Verify(ctx, archive{yes: yes, err: away}); !errors.Is(err, away) || errors.Is(err, ErrSignature) {
			t.Errorf("%s: a state that is not kept is taken for a refusal: %v", name, err)
		}
	}
}

// A wrapped signature is its contract's alone: no key is tried with it first.
func TestOrder(t *testing.T) {
	m := full(t)
	var asked []string
	w := verifierFunc(func(sig []byte) bool { asked = append(asked, string(sig)); return false })
	wrapped := append(sign(t, m), bytes.Repeat([]byte{0x64, 0x92}, 16)...)
	if _, err := m.VerifySignature(context.Background(), wrapped, w); !errors.Is(err, ErrSignature) || len(asked) != 1 {
		t.Errorf("%v, asked %q", err, asked)
	}
}

type verifierFunc func(sig []byte) bool

func (f verifierFunc) VerifyContract(_ context.Context, _ uint64, _ identity.Address, _ [32]byte, sig []byte) (bool, Block, error) {
	return f(sig), Block{}, nil
}
