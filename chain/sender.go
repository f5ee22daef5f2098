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
	// SignTransaction answers tx with the account's signature for that chain. It
	// may take as long as a person needs to agree; the Sender waits for
	// signPatience. What it answers is checked: only the signature is used.
	SignTransaction(ctx context.Context, chainID *big.Int, tx *types.Transaction) (*types.Transaction, error)
}

// Defaults of SenderConfig.
const (
	DefaultSendPoll      = time.Second
	DefaultReplaceAfter  = time.Minute
	DefaultConfirmations = 12
	DefaultMaxGas        = 15_000_000
	DefaultRemember      = 30 * 24 * time.Hour
)

const (
	// maxKey is the longest idempotency key, in bytes.
	maxKey = 256

	// maxOpen is how many calls may be under way; of those that others asked for,
	// as many as maxRelayed, and maxPerGroup of one identity: one nonce, of which
	// at most one operation takes effect, and a few changes of mind.
	maxOpen     = 10_000
	maxRelayed  = 5_000
	maxPerGroup = 4
)

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

	// DailyBudget is the most to spend in one UTC day, in wei, fees and values
	// together; nil is no limit. What others asked for (Request.Group) may take
	// three quarters of it, so that they cannot stop what the account itself has to
	// send. What is over it waits for the next day.
	DailyBudget *big.Int

	// Remember is how long the outcome of a finished call is remembered, and with it
	// that its key was used. It must be longer than anybody goes on asking with
	// the same key. 0 means DefaultRemember.
	Remember time.Duration

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
	if c.Remember == 0 {
		c.Remember = DefaultRemember
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

	// Group marks an IdentityRegistry operation by signature, and whose it is: it
	// may share a transaction with others.
	Group string
}

// Receipt is a transaction that took effect.
type Receipt struct {
	Tx        common.Hash
	Block     uint64
	BlockHash common.Hash
	GasUsed   uint64       // of the whole transaction
	Logs      []*types.Log // of the whole transaction
	Shared    int          // how many operations it carried, if it was a batch
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
// Operations that others asked for wait while one of them is on its way, and then
// go together (batch.go). That they are in one transaction is stored together
// with that transaction's entry, between 2 and 3; what became of each, together
// with its 5.
//
// An account should have one Sender; others using its nonces are noticed and
// worked around, slowly (taken.go).
type Sender struct {
	client   *Client
	chainID  *big.Int
	registry common.Address // IdentityRegistry, whose batch is used
	store    StateStore
	signer   Signer
	config   SenderConfig
	log      *slog.Logger
	queue    queue

	adding sync.Mutex // one at a time looks for a key and adds it; after mu

	mu      sync.Mutex // one step at a time; guards what follows
	stepped time.Time
	pruned  time.Time
	watched map[string]*watch // entries that this process has sent
	gap     watchedGap

	statusMu sync.Mutex
	lastErr  error
}

// NewSender makes the account's sender; what it had not finished before is taken
// up by Run, or by the next Send.
func NewSender(client *Client, k Contracts, store StateStore, signer Signer, config SenderConfig) *Sender {
	config = config.withDefaults()
	return &Sender{
		client: client, chainID: new(big.Int).SetUint64(k.ChainID), registry: k.IdentityRegistry, store: store, signer: signer,
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

	Spent  *big.Int // wei since midnight UTC; what is under way at the most it can cost
	Budget *big.Int // nil: no limit
}

// Status counts what is under way.
func (s *Sender) Status() (SenderStatus, error) {
	s.statusMu.Lock()
	st := SenderStatus{Err: s.lastErr}
	s.statusMu.Unlock()
	open, err := s.queue.open()
	if err != nil {
		return st, err
	}
	for _, e := range open {
		if e.State.pending() && len(e.Members) == 0 { // what a carrier has is counted itself
			st.Open++
			st.Oldest = max(st.Oldest, s.config.Now().Sub(time.Unix(int64(e.Created), 0)))
		}
	}
	today, err := s.spending()
	st.Spent, st.Budget = today.Spent, s.config.DailyBudget
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
	if err := s.room(fresh); err != nil {
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
	if err != nil {
		return nil, err
	}
	if have.Cmp(cost) < 0 {
		return nil, fmt.Errorf("%w: %s has %s wei, may need %s", ErrUnfunded, s.signer.Address().Checksum(), have, cost)
	}
	today, err := s.spending()
	if err != nil {
		return nil, err
	}
	return gas, s.affords(today, cost, requests[0].Group != "")
}

// room refuses what would make the queue too long.
func (s *Sender) room(requests []Request) error {
	open, err := s.queue.open()
	if err != nil {
		return err
	}
	relayed, groups := 0, map[string]int{}
	for _, e := range open {
		if e.Group != "" && e.State.pending() {
			relayed++
			groups[e.Group]++
		}
	}
	for _, r := range requests {
		if r.Group == "" {
			continue
		}
		if relayed++; relayed > maxRelayed {
			return fmt.Errorf("%w: %d operations are waiting", ErrQueueFull, relayed-1)
		}
		if groups[r.Group]++; groups[r.Group] > maxPerGroup {
			return fmt.Errorf("%w: %d operations of %s are waiting", ErrQueueFull, maxPerGroup, r.Group)
		}
	}
	if len(open)+len(requests) > maxOpen {
		return fmt.Errorf("%w: %d calls are under way", ErrQueueFull, len(open))
	}
	return nil
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

// Accept stores a call to be sent: simulated first if the chain can be reached
// (then it may be refused, as by Send), unsimulated while it is away. Wait with the
// same key answers what became of it.
func (s *Sender) Accept(ctx context.Context, r Request) (away bool, err error) {
	fresh, err := s.fresh([]Request{r})
	if err == nil && len(fresh) == 0 { // stored before: whether it can go out now is all there is to say
		_, err := s.client.Head(ctx)
		return errors.Is(err, ErrUnavailable), nil
	}
	err = s.enqueue(ctx, []Request{r}, true)
	if errors.Is(err, ErrUnavailable) {
		return true, s.enqueue(ctx, []Request{r}, false)
	}
	return false, err
}

// Wait drives the queue until what is stored under key is in a block.
func (s *Sender) Wait(ctx context.Context, key string) (Receipt, error) {
	if _, found, err := s.queue.get(key); err != nil || !found {
		return Receipt{}, errors.Join(err, fmt.Errorf("%w: %s", ErrUnknownCall, key))
	}
	return s.wait(ctx, key)
}

// Run takes up what was left unfinished and sees to it, until ctx ends: sends
// what was enqueued, replaces what is stuck, sends again what a reorganisation
// dropped. It returns an error only for faults of our own.
func (s *Sender) Run(ctx context.Context) error {
	tick := time.NewTicker(s.config.Poll)
	defer tick.Stop()
	if err := s.queue.indexEnded(); err != nil {
		return err
	}
	for {
		if err := s.step(ctx); fatal(err) && ctx.Err() == nil {
			return err
		}
		if err := s.prune(); fatal(err) && ctx.Err() == nil {
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
	answer := r[0].receipt()
	if e.Carrier != "" {
		carrier, _, err := s.queue.get(e.Carrier)
		if err != nil {
			return Receipt{}, err
		}
		answer.Shared = len(carrier.Members)
	}
	return answer, nil
}

// reopen sends again what a reorganisation dropped: the entry, or what carried it.
func (s *Sender) reopen(e txEntry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := e.Key
	if e.Carrier != "" {
		key = e.Carrier
	}
	now, found, err := s.queue.get(key)
	if err != nil || !found || now.Tx != e.Tx || now.State != stateMined && now.State != stateDone {
		return err
	}
	return s.dropped(&now)
}
