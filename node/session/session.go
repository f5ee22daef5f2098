package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"metanet/identity"
	"metanet/identity/keyring"
	"metanet/identity/siwe"
	"metanet/node/nonce"
)

// KV is a small ordered map with atomic, durable updates: one space of
// content/store is one.
type KV interface {
	Get(key []byte) (value []byte, found bool, err error)
	// Scan calls fn for each entry under prefix, in order; key and value are
	// valid during the call only.
	Scan(prefix []byte, fn func(key, value []byte) error) error
	// Apply puts and deletes in one atomic, durable step.
	Apply(puts map[string][]byte, deletes [][]byte) error
}

// Owners tells who owns an identity on-chain now. An identity that was never
// seen on-chain is owned by its own address (ERC-1056); one that was deactivated
// by the zero address. It is asked at every use of a token, so it must answer
// from local state.
type Owners interface {
	OwnerOf(ctx context.Context, did identity.DID) (identity.Address, error)
}

// Directory is what the network's records already say of an identity.
type Directory interface {
	// Binding returns the AT name, the handle and the value of
	// net.metanet.identity.at/self of an identity that has published one.
	Binding(ctx context.Context, did identity.DID) (b Binding, found bool, err error)
}

// Binding ties an identity's two names together.
type Binding struct {
	Name   identity.ATName
	Handle syntax.Handle
	Value  []byte // canonical DAG-CBOR of net.metanet.identity.at/self
	// Hidden: no live key stands behind it, so that it has to be signed again.
	Hidden bool
}

// Config is what Sessions are given. All fields are required except Contracts.
type Config struct {
	KV        KV
	Owners    Owners
	Directory Directory
	Ring      *keyring.Ring
	Contracts siwe.ContractVerifier // contract wallets; nil: they cannot sign in
	ChainID   uint64
	// Origins under which this server's pages are reached, such as
	// "https://example.org" or "http://127.0.0.1:8080". The first is the one
	// that is named when a caller doesn't say.
	Origins []string
	// Domain is what handles end in.
	Domain string
	// Handles resolves handles elsewhere; nil: people are called by ours only.
	Handles Handles
	// Service is the URL that genesis operations give as this server's, for good.
	Service string
	// OnAccount, if set, hears of each new account after it is durable: the
	// index learns there that the handle is verified.
	OnAccount func(context.Context, Account) error
	// Barred says whether the operator has shut an identity out, by an error that
	// wraps ErrBarred. nil: nobody is.
	Barred func(context.Context, identity.DID) error
	// Quota uses up one of the accounts that may be opened from an address; its
	// error says why not. nil: any number.
	Quota func(netip.Addr) error
	// Decided writes down what the operator decided about registration, before it is
	// in force; its error keeps it from that. nil: nobody writes.
	Decided func(Ruling) error
	Now     func() time.Time
	Logger  *slog.Logger
}

// Sessions is the package's one object. See the package comment.
type Sessions struct {
	cfg    Config
	kv     KV
	now    func() time.Time
	log    *slog.Logger
	nonces *nonce.Nonces
	usage  *usage

	// mu orders what reads, decides and writes: creating accounts, who may,
	// exchanging refresh tokens and ending sign-ins. Plain look-ups don't take it.
	mu           sync.Mutex
	registration *Registration
}

// Registration is who may get an account here.
func (s *Sessions) Registration() *Registration { return s.registration }

// New checks the configuration and returns Sessions over it.
func New(cfg Config) (*Sessions, error) {
	if len(cfg.Origins) == 0 {
		return nil, errors.New("session: no origin to sign in at")
	}
	for i, o := range cfg.Origins {
		u, err := url.Parse(o)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.Path != "" || u.RawQuery != "" {
			return nil, fmt.Errorf("session: origin %q is not scheme://host[:port]", o)
		}
		cfg.Origins[i] = strings.ToLower(o)
	}
	s := &Sessions{cfg: cfg, kv: cfg.KV, now: cfg.Now, log: cfg.Logger, nonces: nonce.New(cfg.Now), usage: newUsage()}
	s.registration = &Registration{kv: cfg.KV, now: cfg.Now, cfg: &s.cfg, mu: &s.mu}
	return s, nil
}

// batch collects what becomes one atomic write.
type batch struct {
	kv      KV
	puts    map[string][]byte
	deletes [][]byte
	err     error
}

func newBatch(kv KV) *batch { return &batch{kv: kv, puts: make(map[string][]byte)} }

func (s *Sessions) batch() *batch { return newBatch(s.kv) }

func (b *batch) put(key, value []byte) { b.puts[string(key)] = value }
func (b *batch) delete(key []byte)     { b.deletes = append(b.deletes, key) }

func (b *batch) putJSON(key []byte, v any) {
	value, err := json.Marshal(v)
	if err != nil {
		b.err = errors.Join(b.err, err)
	}
	b.put(key, value)
}

func (b *batch) commit() error {
	if b.err != nil {
		return wrap("encode", b.err)
	}
	if len(b.puts) == 0 && len(b.deletes) == 0 {
		return nil
	}
	return wrap("write", b.kv.Apply(b.puts, b.deletes))
}
