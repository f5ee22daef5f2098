package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"

	"metanet/chain"
	"metanet/chain/signer"
	"metanet/content/store"
	"metanet/identity"
	"metanet/identity/keyring"
)

// DefaultDailyBudget is what a server spends in one UTC day unless told otherwise,
// in the chain's coin: some five hundred relayed operations where gas is 1 gwei. The
// embedded chain's coins are worth nothing, and have no limit.
const DefaultDailyBudget = "0.1"

// Account says which account a node or a command sends from, and where its key is.
// The zero value is the key file of the home.
type Account struct {
	// Keystore is a standard encrypted keystore file (version 3). Empty:
	// keys/operator.json in the home if it is there, else the plain
	// keys/operator.key, which is made if need be.
	Keystore string
	// PassphraseFile holds the keystore's passphrase. Empty: the systemd credential
	// metanet-operator-passphrase.
	PassphraseFile string
	// Signer is the URL (or socket) of an external signer that speaks the Web3Signer
	// or Clef API and keeps the key of Address.
	Signer  string
	Address string
}

// check finds settings that contradict each other.
func (a Account) check() error {
	switch {
	case a.Signer == "" && a.Address != "":
		return errors.New("operator-address: it goes with operator-signer")
	case a.Signer != "" && a.Keystore != "":
		return errors.New("operator-signer: the key is there, or in operator-keystore, not in both")
	case a.Signer == "":
		return nil
	}
	if _, err := identity.ParseAddress(a.Address); err != nil {
		return fmt.Errorf("operator-address: say which of the signer's accounts: %w", err)
	}
	return nil
}

// remote is the external signer, or nil if there is none.
func (a Account) remote(ctx context.Context) (*signer.Remote, error) {
	if a.Signer == "" {
		return nil, nil
	}
	address, err := identity.ParseAddress(a.Address)
	if err != nil {
		return nil, fmt.Errorf("operator-address: %w", err)
	}
	return signer.Dial(ctx, a.Signer, address)
}

// Open is the account for a command: from the external signer, the keystore file,
// or else the files of the home, which are not made here. close ends what it holds.
func (a Account) Open(ctx context.Context, home string) (_ chain.Signer, close func(), err error) {
	if err := a.check(); err != nil {
		return nil, nil, err
	}
	remote, err := a.remote(ctx)
	if err != nil {
		return nil, nil, err
	}
	if remote != nil {
		return remote, remote.Close, nil
	}
	p, err := keyring.FindPassphrase(a.PassphraseFile, keyring.OperatorCredential)
	if err != nil {
		return nil, nil, err
	}
	key, err := keyring.OpenOperator(filepath.Join(home, "keys"), a.Keystore, p)
	if errors.Is(err, fs.ErrNotExist) && a.Keystore == "" {
		return nil, nil, fmt.Errorf("%s has no operator key yet: start `metanet up` with it once, or name a keystore or signer: %w", home, err)
	}
	if err != nil {
		return nil, nil, err
	}
	return signer.NewLocal(key), func() {}, nil
}

// openKeys opens the node's keys and settles which account it sends from.
func (n *Node) openKeys(ctx context.Context) error {
	options, err := n.cfg.keyOptions()
	if err != nil {
		return err
	}
	if n.ring, err = keyring.OpenWith(n.home.path("keys"), n.store.Space("keyring"), options); err != nil {
		return err
	}
	remote, err := n.cfg.Operator.remote(ctx)
	if err != nil {
		return err
	}
	if remote == nil {
		n.account = signer.NewLocal(n.ring.Operator())
		return nil
	}
	n.account = remote
	n.onClose(func() error { remote.Close(); return nil })
	return nil
}

func (c *Config) keyOptions() (o keyring.Options, err error) {
	o.Keystore, o.NoOperator = c.Operator.Keystore, c.Operator.Signer != ""
	if o.Wrapping, err = keyring.FindPassphrase(c.WrappingPassphraseFile, keyring.WrappingCredential); err != nil {
		return o, err
	}
	o.Operator, err = keyring.FindPassphrase(c.Operator.PassphraseFile, keyring.OperatorCredential)
	return o, err
}

// budget is the daily one; nil is no limit.
func (c *Config) budget(dev bool) (*big.Int, error) {
	switch {
	case c.DailyBudget == "none", c.DailyBudget == "" && dev:
		return nil, nil
	case c.DailyBudget == "":
		return parseCoins(DefaultDailyBudget)
	}
	return parseCoins(c.DailyBudget)
}

// senderConfig is what may be spent.
func (c *Config) senderConfig(dev bool) (s chain.SenderConfig, err error) {
	if s.DailyBudget, err = c.budget(dev); err != nil || c.MaxFee == "" {
		return s, err
	}
	s.MaxFee, err = parseGwei(c.MaxFee)
	return s, err
}

// parseCoins reads a decimal amount of the chain's coin as wei.
func parseCoins(text string) (*big.Int, error) { return parseDecimal(text, 18) }

// parseGwei reads a decimal amount of gwei as wei.
func parseGwei(text string) (*big.Int, error) { return parseDecimal(text, 9) }

func parseDecimal(text string, digits int) (*big.Int, error) {
	whole, fraction, _ := strings.Cut(text, ".")
	plain := whole + fraction
	if plain == "" || len(fraction) > digits || len(whole) > 12 || strings.Trim(plain, "0123456789") != "" {
		return nil, fmt.Errorf("%q is not an amount such as 0.25", text)
	}
	n, _ := new(big.Int).SetString(plain+strings.Repeat("0", digits-len(fraction)), 10)
	return n, nil
}

// FormatCoins writes wei as a decimal amount of the chain's coin.
func FormatCoins(wei *big.Int) string {
	text := fmt.Sprintf("%019s", wei.String())
	point := len(text) - 18
	return strings.TrimSuffix(strings.TrimRight(text[:point]+"."+text[point:], "0"), ".")
}

// Keys are a home's keys at rest, for commands that work while no node runs there.
type Keys struct {
	home  *home
	store *store.DB
	cfg   Config
}

// OpenKeys takes a home whose node is stopped. cfg's Home and key settings are used.
func OpenKeys(cfg Config) (*Keys, error) {
	if _, err := os.Stat(filepath.Join(cfg.Home, "keys")); err != nil {
		return nil, fmt.Errorf("no node has been started in %s yet: %w", cfg.Home, err)
	}
	h, err := openHome(cfg.Home)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(h.path("store"), store.Options{Logger: cfg.Logger})
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	return &Keys{h, db, cfg}, nil
}

// Close gives the home back.
func (k *Keys) Close() error { return errors.Join(k.store.Close(), k.home.close()) }

// EncryptOperator replaces the plain operator key by a keystore file.
func (k *Keys) EncryptOperator(p *keyring.Passphrase) (identity.Address, error) {
	o, err := keyring.EncryptOperator(k.home.path("keys"), p)
	if err != nil {
		return identity.Address{}, err
	}
	return o.Address(), nil
}

// RotateWrapping seals the hosted keys anew: under next or, if that is nil, under a
// new key in a file.
func (k *Keys) RotateWrapping(next *keyring.Passphrase) error {
	now, err := keyring.FindPassphrase(k.cfg.WrappingPassphraseFile, keyring.WrappingCredential)
	if err != nil {
		return err
	}
	return keyring.RotateWrapping(k.home.path("keys"), k.store.Space("keyring"), now, next)
}
