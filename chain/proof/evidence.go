package proof

import (
	"fmt"
	"slices"

	"metanet/contracts/bindings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// Evidence shows one fact, given a trusted block hash.
type Evidence struct {
	Header  hexutil.Bytes   `json:"header"`  // RLP
	Account []hexutil.Bytes `json:"account"` // Merkle proof of the contract's account, the root's node first
	Slots   []Slot          `json:"slots"`   // in the order in which the fact reads them
}

// Slot is the Merkle proof of one word of a contract's storage.
type Slot struct {
	Slot  common.Hash     `json:"slot"`
	Nodes []hexutil.Bytes `json:"nodes"`
}

// Fetch answers proofs of a contract's account and of some of its slots, all at
// one block, in the order asked for. What it answers is not believed.
type Fetch func(contract common.Address, slots []common.Hash) (account []hexutil.Bytes, proofs []Slot, err error)

// words reads a contract's storage: the proven words of these slots.
type words func(slots ...common.Hash) ([]common.Hash, error)

// Collect fetches what shows a fact at the trusted block, whose header is given,
// and checks it on the way.
func Collect[T any](f Fact[T], trusted common.Hash, header []byte, fetch Fetch) (fact T, e Evidence, err error) {
	w, err := newWalker(f.contract, trusted, header)
	if err != nil {
		return fact, e, err
	}
	e.Header = slices.Clone(header)
	fact, err = f.read(func(slots ...common.Hash) ([]common.Hash, error) {
		account, proofs, err := fetch(w.contract.Address, slots)
		if err != nil {
			return nil, err
		}
		if e.Account == nil {
			e.Account = account
		}
		e.Slots = append(e.Slots, proofs...)
		return w.words(account, proofs, slots)
	})
	return fact, e, err
}

// Verify reads a fact out of its evidence, which must be whole and have nothing
// besides. The block is the trusted one.
func Verify[T any](f Fact[T], trusted common.Hash, e Evidence) (fact T, at Block, err error) {
	w, err := newWalker(f.contract, trusted, e.Header)
	if err != nil {
		return fact, at, err
	}
	rest := e.Slots
	fact, err = f.read(func(slots ...common.Hash) ([]common.Hash, error) {
		n := min(len(slots), len(rest))
		some := rest[:n]
		rest = rest[n:]
		return w.words(e.Account, some, slots)
	})
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%w: %d slots too many", ErrProof, len(rest))
	}
	if err != nil {
		var none T
		return none, at, err
	}
	return fact, w.at, nil
}

// walker proves words of one contract at one block.
type walker struct {
	at       Block
	contract bindings.Place
}

func newWalker(contract bindings.Place, trusted common.Hash, header []byte) (*walker, error) {
	at, err := ReadHeader(header, trusted)
	if err != nil {
		return nil, err
	}
	return &walker{at, contract}, nil
}

// words holds proofs against the slots that were asked for.
func (w *walker) words(nodes []hexutil.Bytes, proofs []Slot, slots []common.Hash) ([]common.Hash, error) {
	storage, err := account(w.at.State, w.contract, nodes)
	if err != nil {
		return nil, err
	}
	if len(proofs) != len(slots) {
		return nil, fmt.Errorf("%w: %d slots of %d", ErrProof, len(proofs), len(slots))
	}
	found := make([]common.Hash, len(slots))
	for i, p := range proofs {
		if p.Slot != slots[i] {
			return nil, fmt.Errorf("%w: slot %s in place of %s", ErrProof, p.Slot, slots[i])
		}
		if found[i], err = word(storage, p); err != nil {
			return nil, err
		}
	}
	return found, nil
}
