package chain

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"time"

	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Signer is the account that sends and pays. It never shows its key.
type Signer interface {
	Address() identity.Address
	// SignHash signs a transaction's hash: r, s and the recovery id (0 or 1), 65
	// bytes, low s.
	SignHash(hash [32]byte) ([]byte, error)
}

// Defaults of SenderConfig.
const (
	DefaultSendPoll      = time.Second
	DefaultReplaceAfter  = time.Minute
	DefaultConfirmations = 12
	DefaultMaxGas        = 15_000_000
)

// maxKey is the longest idempotency key, in bytes.
const maxKey = 256

// SenderConfig tunes a Sender. The zero value is good for a public chain.
type SenderConfig struct {
	// Poll is the longest pause between two looks for receipts. 0 means
	// DefaultSendPoll.
	Poll time.Duration

	// ReplaceAfter is how long a transaction may stay out of the chain before it
	// is sent again with a higher fee. 0 means DefaultReplaceAfter.
	ReplaceAfter time.Duration

	// Confirmations is how many blocks must follow a transaction's before it is
	// forgotten; until then it is sent again should a reorganisation drop it. Send
	// does not wait for them. 0 means DefaultConfirmations.
	Confirmations uint64

	// MaxFee is the most to pay per gas, in wei; nil is no limit.
	MaxFee *big.Int

	// MaxGas is the most gas one transaction may take. 0 means DefaultMaxGas.
	MaxGas uint64

	// Logger; nil discards.
	Logger *slog.Logger

	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

func (c SenderConfig) withDefaults() SenderConfig {
	if c.Poll == 0 {
		c.Poll = DefaultSendPoll
	}
	if c.ReplaceAfter == 0 {
		c.ReplaceAfter = DefaultReplaceAfter
	}
	if c.Confirmations == 0 {
		c.Confirmations = DefaultConfirmations
	}
	if c.MaxGas == 0 {
		c.MaxGas = DefaultMaxGas
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Call is what a transaction does.
type Call struct {
	To    common.Address
	Data  []byte
	Value *big.Int // nil: 0
}

// Request is a call under an idempotency key: however often, and over however
// many restarts, a key is sent, the call takes effect at most once.
type Request struct {
	Key string
	Call
}

// Receipt is a transaction that took effect.
type Receipt struct {
	Tx        common.Hash
	Block     uint64
	BlockHash common.Hash
	GasUsed   uint64
	Logs      []*types.Log
}

// Sender gets calls onto the chain from one account.
//
// The order of things, and what a restart finds after each:
//  1. simulated: nothing is known of the call; send it again
//  2. stored, unsigned: it is signed and sent
//  3. signed and stored with its nonce: the same bytes are sent again
//  4. broadcast: as 3, nodes know the bytes already
//  5. in a block, stored: its receipt is answered to whoever asks for the key
//
// An account should have one Sender; others using its nonces are noticed and
// worked around, slowly.
type Sender struct {
	client  *Client
	chainID *big.Int
	store   StateStore
	signer  Signer
	config  SenderConfig
	log     *slog.Logger
	queue   queue

	adding sync.Mutex // one at a time looks for a key and adds it

	mu      sync.Mutex // one step at a time; guards what follows
	stepped time.Time
	watched map[string]*watch // entries that this process has sent

	statusMu sync.Mutex
	lastErr  error
}

// NewSender makes the account's sender; what it had not finished before is taken
// up by Run, or by the next Send.
func NewSender(client *Client, k Contracts, store StateStore, signer Signer, config SenderConfig) *Sender {
	config = config.withDefaults()
	return &Sender{
		client: client, chainID: new(big.Int).SetUint64(k.ChainID), store: store, signer: signer,
		config: config, log: config.Logger, queue: newQueue(store, k.ChainID, signer.Address()),
		watched: map[string]*watch{},
	}
}

// Address is the sending account.
func (s *Sender) Address() identity.Address { return s.signer.Address() }

// Balance is what the account can spend, in wei.
func (s *Sender) Balance(ctx context.Context) (*big.Int, error) {
	return s.client.balance(ctx, common.Address(s.signer.Address()))
}

// SenderStatus tells how the sender fares.
type SenderStatus struct {
	Open   int           // calls not yet in a block
	Oldest time.Duration // age of the oldest of them
	Err    error         // why the last attempt failed; nil while all is well
}

// Status counts what is under way.
func (s *Sender) Status() (SenderStatus, error) {
	s.statusMu.Lock()
	st := SenderStatus{Err: s.lastErr}
	s.statusMu.Unlock()
	open, err := s.queue.open()
	for _, e := range open {
		if e.State == stateQueued || e.State == stateSent {
			st.Open++
			st.Oldest = max(st.Oldest, s.config.Now().Sub(time.Unix(int64(e.Created), 0)))
		}
	}
	return st, err
}

// Send is SendAll of one.
func (s *Sender) Send(ctx context.Context, key string, to common.Address, data []byte) (Receipt, error) {
	receipts, err := s.SendAll(ctx, Request{Key: key, Call: Call{To: to, Data: data}})
	if err != nil {
		return Receipt{}, err
	}
	return receipts[0], nil
}

// SendAll simulates the calls, each by itself on the latest block, stores them,
// sends them with consecutive nonces, and waits for their receipts. A call that
// would be refused is a *RevertError, and none of them is sent.
//
// When ctx ends first, what was stored stays in the queue; ask again with the
// same keys. A key whose transaction was reverted on the chain, without effect,
// may be sent again.
func (s *Sender) SendAll(ctx context.Context, requests ...Request) ([]Receipt, error) {
	if err := s.enqueue(ctx, requests, true); err != nil {
		return nil, err
	}
	receipts := make([]Receipt, len(requests))
	for i, r := range requests {
		receipt, err := s.wait(ctx, r.Key)
		if err != nil {
			return nil, err
		}
		receipts[i] = receipt
	}
	return receipts, nil
}

// Enqueue stores calls to be sent when the chain can be reached, and returns at
// once. Whether they were refused shows by Send of the same key.
func (s *Sender) Enqueue(ctx context.Context, requests ...Request) error {
	return s.enqueue(ctx, requests, false)
}

// enqueue stores those requests that are not under way or done.
func (s *Sender) enqueue(ctx context.Context, requests []Request, simulate bool) error {
	fresh, err := s.fresh(requests)
	if err != nil {
		return err
	}
	var gas map[string]uint64
	if simulate && len(fresh) > 0 {
		if gas, err = s.rehearse(ctx, fresh); err != nil {
			return err
		}
	}
	s.adding.Lock()
	defer s.adding.Unlock()
	if fresh, err = s.fresh(fresh); err != nil || len(fresh) == 0 { // others may have been quicker
		return err
	}
	entries := make([]txEntry, len(fresh))
	for i, r := range fresh {
		entries[i] = newEntry(r, s.config.Now())
		entries[i].Gas = gas[r.Key]
	}
	return s.queue.add(entries)
}

// rehearse simulates each request, and checks that the account can pay for all.
func (s *Sender) rehearse(ctx context.Context, requests []Request) (gas map[string]uint64, err error) {
	gas = make(map[string]uint64, len(requests))
	fees, err := s.suggest(ctx)
	if err != nil {
		return nil, err
	}
	cost := new(big.Int)
	for _, r := range requests {
		if gas[r.Key], err = s.simulate(ctx, r.Call); err != nil {
			return nil, err
		}
		cost.Add(cost, new(big.Int).Mul(fees.top(), bigOf(gas[r.Key])))
		if r.Value != nil {
			cost.Add(cost, r.Value)
		}
	}
	have, err := s.Balance(ctx)
	if err == nil && have.Cmp(cost) < 0 {
		err = fmt.Errorf("%w: %s has %s wei, may need %s", ErrUnfunded, s.signer.Address().Checksum(), have, cost)
	}
	return gas, err
}

// fresh picks the requests whose keys are new, or whose transactions were
// reverted.
func (s *Sender) fresh(requests []Request) ([]Request, error) {
	var fresh []Request
	for _, r := range requests {
		if r.Key == "" || len(r.Key) > maxKey {
			return nil, fmt.Errorf("%w: idempotency key of %d bytes", ErrInvalidOperation, len(r.Key))
		}
		old, found, err := s.queue.get(r.Key)
		if err != nil {
			return nil, err
		}
		switch {
		case !found || old.State == stateReverted:
			fresh = append(fresh, r)
		case !old.is(r.Call):
			return nil, fmt.Errorf("%w: %s", ErrKeyReused, r.Key)
		}
	}
	return fresh, nil
}

// Run takes up what was left unfinished and sees to it, until ctx ends: sends
// what was enqueued, replaces what is stuck, sends again what a reorganisation
// dropped. It returns an error only for faults of our own.
func (s *Sender) Run(ctx context.Context) error {
	tick := time.NewTicker(s.config.Poll)
	defer tick.Stop()
	for {
		if err := s.step(ctx); fatal(err) && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// wait drives the queue until key's transaction is in a block.
func (s *Sender) wait(ctx context.Context, key string) (Receipt, error) {
	pause := s.config.Poll / 16
	var last error // what stands in the way
	for {
		if err := s.step(ctx); fatal(err) {
			return Receipt{}, err
		} else if ctx.Err() == nil {
			last = err
		}
		e, _, getErr := s.queue.get(key)
		switch {
		case getErr != nil:
			return Receipt{}, getErr
		case e.State == stateReverted:
			return Receipt{}, newRevert(e.Reason, e.Said)
		case e.State == stateMined || e.State == stateDone:
			return s.receipt(ctx, e)
		}
		select {
		case <-ctx.Done():
			return Receipt{}, errors.Join(fmt.Errorf("chain: %q is queued, its receipt was not seen in time: %w", key, ctx.Err()), last)
		case <-time.After(pause):
		}
		pause = min(2*pause, s.config.Poll)
	}
}

// receipt fetches what a stored transaction did. Should a reorganisation have
// dropped it, it goes back into the queue.
func (s *Sender) receipt(ctx context.Context, e txEntry) (Receipt, error) {
	r, err := s.client.receipts(ctx, e.Tx)
	if err != nil {
		return Receipt{}, err
	}
	if r[0] == nil {
		if err := s.reopen(e); err != nil {
			return Receipt{}, err
		}
		return s.wait(ctx, e.Key)
	}
	return r[0].receipt(), nil
}

func (s *Sender) reopen(e txEntry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, found, err := s.queue.get(e.Key)
	if err != nil || !found || now.Tx != e.Tx || now.State != stateMined && now.State != stateDone {
		return err
	}
	s.log.Warn("transaction left the chain, sending it again", "key", e.Key, "tx", e.Tx)
	now.State, now.Tx, now.Block = stateSent, common.Hash{}, 0
	return s.queue.save(now)
}
