package proof_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"metanet/chain/proof"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// documents reads testdata: name to document.
func documents(t testing.TB) map[string]proof.Document {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]proof.Document{}
	for _, name := range names {
		if strings.HasSuffix(name, ".fact.json") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := proof.ParseDocument(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		docs[strings.TrimSuffix(filepath.Base(name), ".json")] = d
	}
	if len(docs) < 14 {
		t.Fatalf("%d documents", len(docs))
	}
	return docs
}

func TestGolden(t *testing.T) {
	for name, d := range documents(t) {
		want, err := os.ReadFile(filepath.Join("testdata", name+".fact.json"))
		if err != nil {
			t.Fatal(err)
		}
		fact, at, err := d.Verify(d.Block)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, _ := json.MarshalIndent(fact, "", "  ")
		if !bytes.Equal(append(got, '\n'), want) {
			t.Errorf("%s shows\n%s, want\n%s", name, got, want)
		}
		if at.Hash != d.Block || at.Number == 0 || at.Time == 0 {
			t.Errorf("%s: block %+v", name, at)
		}
	}
}

// clone copies what the tests below bend.
func clone(d proof.Document) proof.Document {
	nodes := func(n []hexutil.Bytes) []hexutil.Bytes {
		c := slices.Clone(n)
		for i := range c {
			c[i] = slices.Clone(c[i])
		}
		return c
	}
	d.Header, d.Account, d.Slots = slices.Clone(d.Header), nodes(d.Account), slices.Clone(d.Slots)
	for i := range d.Slots {
		d.Slots[i].Nodes = nodes(d.Slots[i].Nodes)
	}
	return d
}

// Every document, bent in every way, shows nothing any more.
func TestTampered(t *testing.T) {
	docs := documents(t)
	tried := 0
	for name, honest := range docs {
		refuse := func(how string, bend func(d *proof.Document)) {
			t.Helper()
			tried++
			d := clone(honest)
			bend(&d)
			if fact, _, err := d.Verify(honest.Block); !errors.Is(err, proof.ErrProof) || fact != nil {
				t.Errorf("%s, %s: shows %+v, %v", name, how, fact, err)
			}
		}
		lists := func(d *proof.Document) []*[]hexutil.Bytes {
			all := []*[]hexutil.Bytes{&d.Account}
			for i := range d.Slots {
				all = append(all, &d.Slots[i].Nodes)
			}
			return all
		}
		foreign := docs["log"].Slots[0].Nodes[0]
		for i, nodes := range lists(&honest) {
			for j, node := range *nodes {
				at := fmt.Sprintf("list %d, node %d", i, j)
				for _, k := range []int{0, 1, len(node) / 2, len(node) - 1} {
					refuse(at+" altered", func(d *proof.Document) { (*lists(d)[i])[j][k] ^= 1 })
				}
				refuse(at+" cut", func(d *proof.Document) { n := *lists(d)[i]; n[j] = n[j][:len(node)-1] })
				refuse(at+" longer", func(d *proof.Document) { n := *lists(d)[i]; n[j] = append(n[j], 0) })
				refuse(at+" empty", func(d *proof.Document) { (*lists(d)[i])[j] = nil })
				refuse(at+" left out", func(d *proof.Document) { *lists(d)[i] = slices.Delete(*lists(d)[i], j, j+1) })
				refuse(at+" and all after left out", func(d *proof.Document) { *lists(d)[i] = (*lists(d)[i])[:j] })
				refuse(at+" twice", func(d *proof.Document) { *lists(d)[i] = slices.Insert(*lists(d)[i], j, node) })
				refuse(at+" after another's", func(d *proof.Document) { *lists(d)[i] = slices.Insert(*lists(d)[i], j, foreign) })
				if j > 0 {
					refuse(at+" swapped", func(d *proof.Document) { n := *lists(d)[i]; n[j], n[j-1] = n[j-1], n[j] })
				}
			}
			refuse(fmt.Sprintf("list %d with an end", i), func(d *proof.Document) { *lists(d)[i] = append(*lists(d)[i], foreign) })
			refuse(fmt.Sprintf("list %d with an empty end", i), func(d *proof.Document) { *lists(d)[i] = append(*lists(d)[i], nil) })
		}
		for i := range honest.Slots {
			refuse("slot left out", func(d *proof.Document) { d.Slots = slices.Delete(d.Slots, i, i+1) })
			refuse("slot twice", func(d *proof.Document) { d.Slots = slices.Insert(d.Slots, i, d.Slots[i]) })
			refuse("slot renamed", func(d *proof.Document) { d.Slots[i].Slot[31] ^= 1 })
			if i > 0 {
				refuse("slots swapped", func(d *proof.Document) { d.Slots[i], d.Slots[i-1] = d.Slots[i-1], d.Slots[i] })
				if slices.EqualFunc(honest.Slots[i].Nodes, honest.Slots[i-1].Nodes, func(a, b hexutil.Bytes) bool { return bytes.Equal(a, b) }) {
					continue // both absent, by the same nodes
				}
				refuse("slots' nodes swapped", func(d *proof.Document) {
					d.Slots[i].Nodes, d.Slots[i-1].Nodes = d.Slots[i-1].Nodes, d.Slots[i].Nodes
				})
			}
		}
		for i := range honest.Header {
			refuse("header altered", func(d *proof.Document) { d.Header[i] ^= 0x80 })
		}
		refuse("header cut", func(d *proof.Document) { d.Header = d.Header[:len(d.Header)-1] })
		refuse("header longer", func(d *proof.Document) { d.Header = append(d.Header, 0) })
		refuse("no header", func(d *proof.Document) { d.Header = nil })
		refuse("a huge header", func(d *proof.Document) { d.Header = make([]byte, 1<<20) })
		refuse("nothing", func(d *proof.Document) { d.Evidence = proof.Evidence{} })
		if _, _, err := honest.Verify(common.Hash{1}); !errors.Is(err, proof.ErrProof) {
			t.Errorf("%s, another block: %v", name, err)
		}
	}
	if tried < 10_000 {
		t.Errorf("only %d ways tried", tried)
	}
}

// A document of one thing shows nothing of another: not of another key, identity,
// server or contract.
func TestOfAnother(t *testing.T) {
	docs := documents(t)
	for name, d := range docs {
		for other, o := range docs {
			if name == other {
				continue
			}
			stolen := o
			stolen.Evidence = d.Evidence
			if fact, _, err := stolen.Verify(d.Block); !errors.Is(err, proof.ErrProof) {
				t.Errorf("the evidence of %s shows of %s: %+v, %v", name, other, fact, err)
			}
		}
		if d.Server != 0 {
			d.Server++
		} else {
			d.Identity = identity.NewDID(d.Identity.ChainID(), identity.Address{9})
		}
		if fact, _, err := d.Verify(d.Block); !errors.Is(err, proof.ErrProof) {
			t.Errorf("%s shows of another: %+v, %v", name, fact, err)
		}
	}
}

func TestParseDocument(t *testing.T) {
	d := documents(t)["key-1"]
	for name, bend := range map[string]func(m map[string]any){
		"no fact":             func(m map[string]any) { delete(m, "fact") },
		"unknown fact":        func(m map[string]any) { m["fact"] = "weather" },
		"unknown field":       func(m map[string]any) { m["comment"] = "hello" },
		"no key":              func(m map[string]any) { delete(m, "key") },
		"bad key":             func(m map[string]any) { m["key"] = "z6Mk" },
		"no identity":         func(m map[string]any) { delete(m, "identity") },
		"identity misspelt":   func(m map[string]any) { m["identity"] = strings.ToUpper(string(d.Identity)) },
		"a server, too":       func(m map[string]any) { m["server"] = 1 },
		"a key of a server":   func(m map[string]any) { m["fact"] = "server"; m["server"] = 1 },
		"key of an identity?": func(m map[string]any) { m["fact"] = "identity" },
		"header in base64":    func(m map[string]any) { m["header"] = "AAAA" },
	} {
		b, _ := json.Marshal(d)
		var m map[string]any
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		bend(m)
		b, _ = json.Marshal(m)
		if _, err := proof.ParseDocument(b); !errors.Is(err, proof.ErrDocument) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b, _ := json.Marshal(d)
	for name, text := range map[string][]byte{
		"twice": append(slices.Clone(b), b...), "cut": b[:len(b)-1], "empty": nil, "a list": []byte("[]"),
		"huge": bytes.Repeat([]byte(" "), proof.MaxDocument+1),
	} {
		if _, err := proof.ParseDocument(text); !errors.Is(err, proof.ErrDocument) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever is made of a document, it shows the same or nothing: there is one
// evidence for a fact at a block.
func FuzzDocument(f *testing.F) {
	docs := documents(f)
	golden := map[string]bool{}
	var trusted common.Hash
	for _, d := range docs {
		b, err := json.Marshal(d)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		golden[string(b)], trusted = true, d.Block
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := proof.ParseDocument(b)
		if err != nil {
			return
		}
		if _, _, err := d.Verify(trusted); err != nil {
			return
		}
		again, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		// Chains' ids are not in the state, see Document.Verify.
		if d.Identity != "" && d.Identity.ChainID() != docs["identity"].Identity.ChainID() {
			t.Skip()
		}
		if !golden[string(again)] {
			t.Errorf("a second evidence: %s", again)
		}
	})
}
