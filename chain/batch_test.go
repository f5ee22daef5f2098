package chain_test

import (
	"context"
	"errors"
	"math/big"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// person is somebody with a signed operation: a first key of their own.
type person struct {
	wallet chaintest.Wallet
	did    identity.DID
	key    identity.Key
	typed  apitypes.TypedData
	sig    []byte
}

func (s *sending) ops() *chain.Operations {
	return chain.NewOperations(s.client, s.contracts, s.sender, nil)
}

// people sign the adding of a key.
func (s *sending) people(t testing.TB, n int, seed byte) []person {
	t.Helper()
	people := make([]person, n)
	for i := range people {
		p := person{wallet: chaintest.NewWallet(), key: key(seed)}
		p.did = s.did(p.wallet)
		op := chain.Operation{Op: chain.OpAddKey, Identity: p.did, Key: p.key, Purpose: identity.PurposeDevice, Expiry: later}
		var err error
		if p.typed, err = s.ops().Prepare(t.Context(), op); err != nil {
			t.Fatal(err)
		}
		if p.sig, err = p.wallet.SignTypedData(p.typed); err != nil {
			t.Fatal(err)
		}
		people[i] = p
	}
	return people
}

func (s *sending) submit(t testing.TB, people []person) []chain.OperationID {
	t.Helper()
	ids := make([]chain.OperationID, len(people))
	for i, p := range people {
		var err error
		if ids[i], err = s.ops().Submit(t.Context(), p.typed, p.sig); err != nil {
			t.Fatalf("person %d: %v", i, err)
		}
	}
	return ids
}

func (s *sending) wait(t testing.TB, id chain.OperationID) (chain.Receipt, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return s.ops().Wait(ctx, id)
}

func (s *sending) haveKeys(t *testing.T, people []person) {
	t.Helper()
	head, err := s.client.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.seen(t, chain.Receipt{Block: head.Number})
	for i, p := range people {
		keys := s.identity(t, p.did).Keys
		if !slices.ContainsFunc(keys, func(k identity.KeyRecord) bool { return k.Key == p.key }) {
			t.Errorf("person %d has not got the key", i)
		}
	}
}

// nonce is how many transactions the operator has in blocks.
func (s *sending) nonce(t testing.TB) uint64 {
	t.Helper()
	c, err := ethclient.Dial(s.dev.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	n, err := c.NonceAt(t.Context(), s.operator.Account(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// One operation is on its way, sixty more come meanwhile: fifty share the next
// transaction, ten the one after.
func TestWaitingOperationsShareATransaction(t *testing.T) {
	s := newSending(t)
	before := s.nonce(t)
	people := s.people(t, 61, 1)
	var held atomic.Bool
	held.Store(true)
	s.proxy.OnCall(func(m string) chaintest.Fault {
		if m == "eth_sendRawTransaction" && held.Load() {
			return chaintest.Swallow
		}
		return chaintest.Pass
	})
	receipts := make([]chain.Receipt, len(people))
	var wg sync.WaitGroup
	relay := func(i int) {
		wg.Go(func() {
			var err error
			if receipts[i], err = s.ops().Relay(t.Context(), people[i].typed, people[i].sig); err != nil {
				t.Errorf("person %d: %v", i, err)
			}
		})
	}
	relay(0)
	for s.proxy.Calls("eth_sendRawTransaction") == 0 {
		time.Sleep(time.Millisecond)
	}
	for i := range people[1:] {
		relay(i + 1)
	}
	for st, _ := s.sender.Status(); st.Open < len(people); st, _ = s.sender.Status() {
		time.Sleep(5 * time.Millisecond)
	}
	held.Store(false)
	s.clock.Add(int64(16 * time.Second)) // sent again
	wg.Wait()
	s.haveKeys(t, people)

	shared := map[common.Hash]int{}
	for _, r := range receipts {
		shared[r.Tx]++
	}
	sizes := []int{}
	for tx, n := range shared {
		sizes = append(sizes, n)
		for i, r := range receipts {
			if r.Tx == tx && n > 1 && r.Shared != n {
				t.Errorf("person %d: shared by %d, want %d", i, r.Shared, n)
			}
			if n == 50 && r.Tx == tx {
				each := r.GasUsed / 50
				t.Logf("addKey in a batch of 50: %d gas", each)
				if each > 75_000 {
					t.Errorf("%d gas each", each)
				}
				n = 0 // once
			}
		}
	}
	slices.Sort(sizes)
	if !slices.Equal(sizes, []int{1, 10, 50}) {
		t.Errorf("transactions of %v operations", sizes)
	}
	if n := s.nonce(t) - before; n != 3 {
		t.Errorf("%d transactions", n)
	}
}

// One of four fails between the rehearsal and the block: its caller alone is told,
// by the contract's reason.
func TestOneBadOperationInABatch(t *testing.T) {
	s := newSending(t)
	people := s.people(t, 4, 1)
	bad := people[2]
	s.fund(t, bad.wallet)
	ids := s.submit(t, people)
	var once sync.Once
	s.proxy.OnCall(func(m string) chaintest.Fault {
		if m == "eth_sendRawTransaction" {
			once.Do(func() { s.direct(t, bad.wallet, chain.Operation{Op: chain.OpSkipNonce, Identity: bad.did}) })
		}
		return chaintest.Pass
	})
	for i, id := range ids {
		r, err := s.wait(t, id)
		if people[i].did != bad.did {
			if err != nil || r.Shared != 4 {
				t.Errorf("person %d: shared by %d, %v", i, r.Shared, err)
			}
			continue
		}
		revert, ok := errors.AsType[*chain.RevertError](err)
		if !ok || revert.Reason != "InvalidNonce" {
			t.Errorf("the bad one: %v", err)
		}
		state, err := s.ops().State(id, bad.did)
		if err != nil || state.Queued || state.Refused == nil || state.Refused.Reason != "InvalidNonce" || state.Tx == (common.Hash{}) {
			t.Errorf("its state: %+v, %v", state, err)
		}
	}
	s.proxy.OnCall(nil)
	s.haveKeys(t, slices.Delete(slices.Clone(people), 2, 3))
	if len(s.identity(t, bad.did).Keys) != 0 {
		t.Error("the bad one took effect")
	}
	if _, err := s.ops().State(ids[0], bad.did); !errors.Is(err, chain.ErrUnknownCall) {
		t.Errorf("somebody else's operation: %v", err)
	}
}

// What is known to fail before the batch is sent costs nothing.
func TestBatchLeavesOutWhatWouldFail(t *testing.T) {
	s := newSending(t)
	people := s.people(t, 3, 1)
	s.fund(t, people[0].wallet)
	ids := s.submit(t, people)
	s.direct(t, people[0].wallet, chain.Operation{Op: chain.OpSkipNonce, Identity: people[0].did})
	if _, err := s.wait(t, ids[0]); !errors.Is(err, chain.ErrReverted) {
		t.Errorf("the bad one: %v", err)
	}
	for _, id := range ids[1:] {
		if r, err := s.wait(t, id); err != nil || r.Shared != 2 {
			t.Errorf("shared by %d, %v", r.Shared, err)
		}
	}
	if state, err := s.ops().State(ids[0], people[0].did); err != nil || state.Refused == nil || state.Tx != (common.Hash{}) {
		t.Errorf("its state: %+v, %v", state, err)
	}
}

// A batch that needs more gas than a transaction may have is split.
func TestBatchIsSplitAtTheGasCeiling(t *testing.T) {
	s := newSending(t)
	s.maxGas = 2_000_000
	s.restart()
	people := s.people(t, 16, 1)
	ids := s.submit(t, people)
	for i, id := range ids {
		r, err := s.wait(t, id)
		if err != nil || r.Shared < 2 || r.Shared > 8 {
			t.Errorf("person %d: shared by %d, %v", i, r.Shared, err)
		}
	}
	s.haveKeys(t, people)
}

// A batch that fails as a whole did nothing for anybody; each goes on alone.
func TestBatchThatFailsAsAWhole(t *testing.T) {
	s := newSending(t)
	people := s.people(t, 3, 1)
	ids := s.submit(t, people)
	s.proxy.OnAnswer(chaintest.AnswerOnce("eth_estimateGas", `"0xf0000"`)) // with a fifth more enough to start with, too little for three
	for i, id := range ids {
		if r, err := s.wait(t, id); err != nil || r.Shared != 0 {
			t.Errorf("person %d: shared by %d, %v", i, r.Shared, err)
		}
	}
	s.haveKeys(t, people)
}

// A reorganisation drops a batch after its members were answered.
func TestBatchDroppedByAReorganisation(t *testing.T) {
	s := newSending(t)
	people := s.people(t, 2, 1)
	ids := s.submit(t, people)
	first, err := s.wait(t, ids[0])
	if err != nil {
		t.Fatal(err)
	}
	s.proxy.OnAnswer(chaintest.AnswerTimes("eth_getTransactionReceipt", "null", 2))
	before := s.proxy.Calls("eth_sendRawTransaction")
	for _, id := range ids {
		if r, err := s.wait(t, id); err != nil || r.Tx != first.Tx || r.Shared != 2 {
			t.Errorf("%+v, %v", r.Tx, err)
		}
	}
	if s.proxy.Calls("eth_sendRawTransaction") == before {
		t.Error("was not sent again")
	}
	s.haveKeys(t, people)
}

// One identity may have a few operations waiting, not all the queue.
func TestQueueHasRoomForEverybody(t *testing.T) {
	s := newSending(t)
	w := chaintest.NewWallet()
	for i := range 5 {
		op := chain.Operation{Op: chain.OpAddKey, Identity: s.did(w), Key: key(byte(i)), Purpose: identity.PurposeDevice, Expiry: later}
		td, err := s.ops().Prepare(t.Context(), op)
		if err != nil {
			t.Fatal(err)
		}
		sig, err := w.SignTypedData(td)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = s.ops().Submit(t.Context(), td, sig); (err != nil) != (i == 4) || i == 4 && !errors.Is(err, chain.ErrQueueFull) {
			t.Errorf("operation %d: %v", i, err)
		}
	}
	s.submit(t, s.people(t, 1, 9))
}

// direct sends an operation from the identity's own wallet.
func (s *sending) direct(t testing.TB, w chaintest.Wallet, op chain.Operation) {
	t.Helper()
	call, err := s.ops().Direct(op)
	if err != nil {
		t.Error(err)
		return
	}
	c, err := ethclient.Dial(s.dev.URL())
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	id := new(big.Int).SetUint64(s.contracts.ChainID)
	tx := types.NewTx(&types.DynamicFeeTx{ChainID: id, GasTipCap: big.NewInt(1e9), GasFeeCap: big.NewInt(1e11), Gas: 200_000, To: &call.To, Data: call.Data})
	if tx, err = w.SignTransaction(t.Context(), id, tx); err == nil {
		err = c.SendTransaction(t.Context(), tx)
	}
	if err != nil {
		t.Error(err)
		return
	}
	for {
		if r, err := c.TransactionReceipt(t.Context(), tx.Hash()); err == nil {
			if r.Status != 1 {
				t.Error("the direct operation failed")
			}
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}
