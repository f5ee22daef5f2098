package proof

import (
	"encoding/hex"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
)

// An empty trie has one proof, the empty one.
func TestEmptyTrie(t *testing.T) {
	if v, err := walk(types.EmptyRootHash, []byte{1}, nil); v != nil || err != nil {
		t.Error(v, err)
	}
	if _, err := walk(types.EmptyRootHash, []byte{1}, []hexutil.Bytes{{0x80}}); err == nil {
		t.Error("a node of an empty trie is taken")
	}
}

// leaf is a trie with one value.
func leaf(key, value []byte) (root common.Hash, node []byte) {
	path := append([]byte{0x20}, crypto.Keccak256(key)...) // an even rest of path
	node, _ = rlp.EncodeToBytes([][]byte{path, value})
	return crypto.Keccak256Hash(node), node
}

// Words have one spelling in the state; anything else is no word.
func TestWord(t *testing.T) {
	slot := common.Hash{7}
	for value, want := range map[string]string{
		"01":     "01",
		"820100": "0100",
		"a0ff00000000000000000000000000000000000000000000000000000000000001": "ff00000000000000000000000000000000000000000000000000000000000001",
		"80":     "00",  // only anvil has it
		"00":     "bad", // a zero is not stored
		"820001": "bad",
		"8101":   "bad",
		"c0":     "bad",
		"a1ff00000000000000000000000000000000000000000000000000000000000000ff": "bad",
		"0101": "bad",
	} {
		raw, err := hex.DecodeString(value)
		if err != nil {
			t.Fatal(err)
		}
		root, node := leaf(slot[:], raw)
		got, err := word(root, Slot{slot, []hexutil.Bytes{node}})
		if want == "bad" {
			if err == nil {
				t.Errorf("%s is read as %s", value, got)
			}
		} else if err != nil || got != common.HexToHash(want) {
			t.Errorf("%s is read as %s, %v", value, got, err)
		}
		if got, err := word(root, Slot{common.Hash{8}, []hexutil.Bytes{node}}); err != nil || got != (common.Hash{}) {
			t.Errorf("beside %s: %s, %v", value, got, err)
		}
	}
}

func TestHeader(t *testing.T) {
	fields := make([]any, 17)
	for i := range fields {
		fields[i] = []byte{byte(i + 1)}
	}
	parent, state := common.Hash{1}, common.Hash{2}
	fields[parentField], fields[stateField], fields[numberField], fields[timeField] = parent, state, uint64(77), uint64(1_700_000_000)
	read := func(fields ...any) (Block, error) {
		raw, err := rlp.EncodeToBytes(fields)
		if err != nil {
			t.Fatal(err)
		}
		return ReadHeader(raw, crypto.Keccak256Hash(raw))
	}
	b, err := read(fields...)
	if err != nil || b.Number != 77 || b.Time != 1_700_000_000 || b.Parent != parent || b.State != state {
		t.Errorf("%+v %v", b, err)
	}
	if _, err := read(fields[:leastFields]...); err != nil {
		t.Error(err)
	}
	if _, err := read(fields[:leastFields-1]...); err == nil {
		t.Error("a header with too few fields is read")
	}
	fields[stateField] = []byte{1}
	if _, err := read(fields...); err == nil {
		t.Error("a state root of one byte is read")
	}
}

// Nodes that somebody made up, under the root that they give, stop the walk.
func FuzzWalk(f *testing.F) {
	_, node := leaf([]byte{1}, []byte{1})
	f.Add([]byte{1}, node, []byte{})
	f.Add([]byte{2}, node, node)
	f.Fuzz(func(t *testing.T, key, first, second []byte) {
		nodes := []hexutil.Bytes{first, second}
		_, _ = walk(crypto.Keccak256Hash(first), key, nodes)
		_, _ = walk(crypto.Keccak256Hash(first), key, nodes[:1])
		_, _, _ = Verify(Policies(1), crypto.Keccak256Hash(first), Evidence{Header: first, Account: nodes})
	})
}
