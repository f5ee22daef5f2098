// Package custody keeps identities for people who have no wallet yet: it makes
// the owner key, has the server's hosted key authorised on-chain and renewed, and
// hands everything over to a wallet on the day that its person wants that.
//
// It decides when which operation is ordered. It knows no passkeys, sign-ins or
// HTTP, and neither contracts nor the transport of what it orders (Relay).
//
// # Taking over
//
// The wallet signs everything beforehand: its consent (checked by the caller) and
// the enrolment of a new hosted key and of the person's device, for the nonce that
// will be its first. Only then is anything ordered, and from then on nobody has
// to be present:
//
//	written down  → change of owner → enrolment → records endorsed → owner key forgotten
//
// Each arrow may be a crash; what is next follows from what the chain shows. The
// change of owner ends every key of the identity, which hides its records; the
// enrolment brings a key in the same breath, and what the former keys had signed is
// signed again (node/resign). Between those, for some seconds, people don't see
// the records. The owner key, worth nothing since the change, is destroyed once what
// the chain says of the identity is final: before that, a reorganisation could bring
// its power back, and nobody else could order the change again.
package custody

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"metanet/identity"
	"metanet/identity/keyring"
)

const (
	// KeyLifetime is how long hosted keys are authorised for.
	KeyLifetime = 365 * 24 * time.Hour
	// RenewBefore is how long before its end a key is renewed.
	RenewBefore = 30 * 24 * time.Hour
	// DefaultPerDay is how many identities a server makes a day, in the long run;
	// each costs it two hundred thousand gas or so.
	DefaultPerDay = 200
)

// What is refused.
var (
	// ErrNotKept: this server holds no owner key of the identity, or no longer
	// the one that counts.
	ErrNotKept = errors.New("custody: the identity has a wallet already")
	// ErrQuota: enough identities were made for now.
	ErrQuota = errors.New("custody: this server makes no more identities for now")
	// ErrTakeOver: what the wallet signed is not what was prepared, or not any more.
	ErrTakeOver = errors.New("custody: not the take-over that was prepared")
	// ErrUnderWay: another wallet's take-over was begun.
	ErrUnderWay = errors.New("custody: a take-over is under way")
)

// KV is a small ordered map with atomic, durable updates: one space of
// content/store is one.
type KV interface {
	Get(key []byte) (value []byte, found bool, err error)
	Scan(prefix []byte, fn func(key, value []byte) error) error
	Apply(puts map[string][]byte, deletes [][]byte) error
}

// Chain is what this node has followed of IdentityRegistry.
type Chain interface {
	// OwnerOf is the identity's own address until another is known, and zero once
	// it was deactivated.
	OwnerOf(ctx context.Context, did identity.DID) (identity.Address, error)
	Keys(ctx context.Context, did identity.DID) ([]identity.KeyRecord, error)
	// Final reports whether what the chain says of the identity is irreversible.
	Final(ctx context.Context, did identity.DID) (bool, error)
}

// Relay carries operations to the contract. What it has done holds here when it
// returns.
type Relay interface {
	// Enrol makes this server the home and authorises its hosted key.
	Enrol(ctx context.Context, owner *keyring.OwnerKey, hosted identity.Key, expires time.Time) error
	Renew(ctx context.Context, owner *keyring.OwnerKey, key identity.Key, expires time.Time) error
	ChangeOwner(ctx context.Context, owner *keyring.OwnerKey, to identity.Address) error
	// PrepareEnrolment makes typed data of what the new owner orders first, and
	// says until when it holds.
	PrepareEnrolment(ctx context.Context, e Enrolment) (typedData json.RawMessage, deadline time.Time, err error)
	// CheckEnrolment reads what PrepareEnrolment made and wants the wallet's
	// signature. It fails when the chain has moved so that it won't hold.
	CheckEnrolment(ctx context.Context, wallet identity.Address, typedData json.RawMessage, signature []byte) (Enrolment, error)
	Submit(ctx context.Context, did identity.DID, typedData json.RawMessage, signature []byte) error
}

// Enrolment is what a wallet orders when it takes an identity over.
type Enrolment struct {
	DID     identity.DID
	Device  identity.Key // of the person's browser
	Hosted  identity.Key // this server's new one
	Expires time.Time
}

// Endorser signs anew, with the hosted key that lives, what people would see if the
// former keys still counted. It may be asked any number of times, and answers how
// many records it signed.
type Endorser interface {
	Endorse(ctx context.Context, did identity.DID, former []identity.Key) (int, error)
}

// Config is what Custody is given; all fields are required but PerDay.
type Config struct {
	KV       KV
	Ring     *keyring.Ring
	Chain    Chain
	Relay    Relay
	Endorser Endorser
	// Settle has the node act on what the chain shows of an identity, before it
	// returns: records are counted again, sign-ins of a former owner end.
	Settle  func(ctx context.Context, did identity.DID) error
	ChainID uint64
	PerDay  int // identities made; 0: DefaultPerDay
	Now     func() time.Time
	Logger  *slog.Logger
}

// Custody is the package's one object. Safe for concurrent use.
type Custody struct {
	cfg   Config
	kv    KV
	log   *slog.Logger
	quota *rate.Limiter

	mu    sync.Mutex // guards locks
	locks map[identity.DID]*sync.Mutex
}

// New returns Custody; Run keeps it going.
func New(cfg Config) *Custody {
	if cfg.PerDay == 0 {
		cfg.PerDay = DefaultPerDay
	}
	// A tenth at once: a busy hour is no attack, a script's minute is.
	quota := rate.NewLimiter(rate.Limit(float64(cfg.PerDay)/86400), max(1, cfg.PerDay/10))
	return &Custody{cfg: cfg, kv: cfg.KV, log: cfg.Logger, quota: quota, locks: make(map[identity.DID]*sync.Mutex)}
}

// lock has one caller at a time order things of an identity: its nonces are in a row.
func (c *Custody) lock(did identity.DID) (unlock func()) {
	c.mu.Lock()
	l, ok := c.locks[did]
	if !ok {
		l = new(sync.Mutex)
		c.locks[did] = l
	}
	c.mu.Unlock()
	l.Lock()
	return l.Unlock
}

// Create makes an identity that this server owns. Nothing is ordered on-chain, and
// nothing is paid, before Adopt.
func (c *Custody) Create(ctx context.Context) (identity.DID, error) {
	if !c.quota.AllowN(c.cfg.Now(), 1) {
		return "", ErrQuota
	}
	key, err := c.cfg.Ring.NewOwner(ctx, c.cfg.ChainID)
	if err != nil {
		return "", fmt.Errorf("custody: %w", err)
	}
	return key.DID(), nil
}

// Discard forgets an identity of Create's that came to nothing.
func (c *Custody) Discard(ctx context.Context, did identity.DID) error {
	if _, kept, err := c.kept(did); err != nil || kept {
		return err // it was adopted: what was paid for isn't thrown away
	}
	return c.cfg.Ring.ForgetOwner(ctx, did)
}

// Forget destroys the key of an identity whose account was deleted, if it is kept:
// its keys are renewed no more, and nobody can ever take it over.
func (c *Custody) Forget(ctx context.Context, did identity.DID) error {
	defer c.lock(did)()
	if _, kept, err := c.kept(did); err != nil || !kept {
		return err
	}
	if err := c.kv.Apply(nil, [][]byte{heldKey(did)}); err != nil {
		return wrap(err)
	}
	return c.cfg.Ring.ForgetOwner(ctx, did)
}

// Adopt writes down that an identity of Create's has an account, and has its
// hosted key authorised. If the chain is away the account is good all the same:
// the enrolment follows when the chain is back.
func (c *Custody) Adopt(ctx context.Context, did identity.DID) error {
	if err := c.put(did, held{Since: c.cfg.Now().UTC()}); err != nil {
		return err
	}
	return c.tend(ctx, did)
}

// Keeps reports whether this server's key owns the identity.
func (c *Custody) Keeps(ctx context.Context, did identity.DID) (bool, error) {
	if _, kept, err := c.kept(did); err != nil || !kept {
		return false, err
	}
	owner, err := c.cfg.Chain.OwnerOf(ctx, did)
	return owner == did.Address(), err
}

// UnderWay reports whether a take-over was begun and isn't finished.
func (c *Custody) UnderWay(_ context.Context, did identity.DID) (bool, error) {
	h, _, err := c.kept(did)
	return h.TakeOver != nil && h.TakeOver.Done.IsZero(), err
}

// The key family of this package's space: I did → held (JSON). Losing it costs
// the identity's renewal and its take-over.
func heldKey(did identity.DID) []byte { return append([]byte{'I'}, did...) }

// held is one identity whose owner key is kept.
type held struct {
	Since    time.Time `json:"since"`
	TakeOver *takeOver `json:"takeOver,omitempty"` // once begun
}

func (c *Custody) kept(did identity.DID) (h held, kept bool, err error) {
	value, kept, err := c.kv.Get(heldKey(did))
	if err != nil || !kept {
		return held{}, false, wrap(err)
	}
	return h, true, wrap(json.Unmarshal(value, &h))
}

func (c *Custody) put(did identity.DID, h held) error {
	value, err := json.Marshal(h)
	if err != nil {
		return wrap(err)
	}
	return wrap(c.kv.Apply(map[string][]byte{string(heldKey(did)): value}, nil))
}

// all lists the identities in custody.
func (c *Custody) all() (dids []identity.DID, err error) {
	err = c.kv.Scan([]byte{'I'}, func(key, _ []byte) error {
		dids = append(dids, identity.DID(key[1:]))
		return nil
	})
	return dids, wrap(err)
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("custody: %w", err)
}
