package keyring

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/bluesky-social/indigo/atproto/atcrypto"
	"github.com/ethereum/go-ethereum/crypto"

	"metanet/identity"
)

// Store keeps sealed keys: a small ordered map with atomic, durable updates.
type Store interface {
	Get(key []byte) (value []byte, found bool, err error)
	// Scan calls fn for each entry under prefix, in order; key and value are
	// valid during the call only.
	Scan(prefix []byte, fn func(key, value []byte) error) error
	// Apply puts and deletes in one atomic, durable step.
	Apply(puts map[string][]byte, deletes [][]byte) error
}

// Ring is the node's keys. See the package comment.
type Ring struct {
	store    Store
	sealer   sealer
	operator *Operator
	rotation *ATKey

	// mu orders the first making of an identity's AT key, so that two callers
	// get the same one.
	mu sync.Mutex
}

// Options say where secrets come from that are not in the key files. The zero value
// needs nothing: all keys are in files.
type Options struct {
	// Wrapping is the passphrase that opens the keys in the store; nil: the file
	// wrapping.key. A store under the file's key moves under the passphrase.
	Wrapping *Passphrase
	// Keystore is the operator's keystore file; empty: operator.json in the
	// directory if it is there, else operator.key.
	Keystore string
	// Operator is the passphrase of the keystore file.
	Operator *Passphrase
	// NoOperator: the operator's key is kept by an external signer. Operator answers
	// nil.
	NoOperator bool
}

// Open is OpenWith of the zero Options.
func Open(dir string, store Store) (*Ring, error) { return OpenWith(dir, store, Options{}) }

// OpenWith reads the key files in dir, making those that do not exist, and checks
// that the keys in store were sealed under the wrapping key found there.
func OpenWith(dir string, store Store, o Options) (*Ring, error) {
	if err := prepareDir(dir); err != nil {
		return nil, err
	}
	r := &Ring{store: store}
	if err := r.openWrapping(dir, o.Wrapping); err != nil {
		return nil, err
	}
	if !o.NoOperator {
		if err := r.openOperator(dir, o); err != nil {
			return nil, err
		}
	}
	if err := r.openRotation(dir); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Ring) openOperator(dir string, o Options) (err error) {
	r.operator, err = OpenOperator(dir, o.Keystore, o.Operator)
	if o.Keystore != "" || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := loadOrCreate(dir, operatorFile, generateSecp256k1); err != nil {
		return err
	}
	r.operator, err = openPlainOperator(dir)
	return err
}

// OpenOperator opens the operator's key and makes none: from the keystore file or,
// if that is empty, from operator.json or operator.key in dir.
func OpenOperator(dir, keystore string, p *Passphrase) (*Operator, error) {
	if keystore != "" {
		return OpenKeystore(keystore, p)
	}
	if _, err := os.Stat(filepath.Join(dir, keystoreFile)); err == nil {
		return openOperatorFiles(dir, p)
	}
	return openPlainOperator(dir)
}

func openPlainOperator(dir string) (*Operator, error) {
	s, err := load(filepath.Join(dir, operatorFile))
	if err != nil {
		return nil, err
	}
	key, err := crypto.ToECDSA(s[:])
	if err != nil {
		return nil, fmt.Errorf("%w: %s: not a secp256k1 key", ErrMalformed, operatorFile)
	}
	return newOperator(key), nil
}

func (r *Ring) openRotation(dir string) error {
	s, err := loadOrCreate(dir, rotationFile, generateK256)
	if err != nil {
		return err
	}
	if r.rotation, err = newATKey(s); err != nil {
		return fmt.Errorf("%w: %s: not a K-256 key", ErrMalformed, rotationFile)
	}
	return nil
}

func (r *Ring) put(key, value []byte) error {
	if err := r.store.Apply(map[string][]byte{string(key): value}, nil); err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	return nil
}

func generateBytes() (*secret, error) {
	s := new(secret)
	rand.Read(s[:]) // never fails: crypto/rand ends the process instead
	return s, nil
}

func generateSecp256k1() (*secret, error) {
	key, err := crypto.GenerateKey()
	if err != nil {
		return nil, err
	}
	return (*secret)(crypto.FromECDSA(key)), nil
}

func generateK256() (*secret, error) {
	key, err := atcrypto.GeneratePrivateKeyK256()
	if err != nil {
		return nil, err
	}
	return (*secret)(key.Bytes()), nil
}

// Operator is the EVM account that owns the server and pays for transactions; nil
// with Options.NoOperator.
func (r *Ring) Operator() *Operator { return r.operator }

// Rotation is the server's PLC rotation key.
func (r *Ring) Rotation() *ATKey { return r.rotation }

// ATKey is the key that signs did's AT commits, made when first asked for.
func (r *Ring) ATKey(ctx context.Context, did identity.DID) (*ATKey, error) {
	if _, err := identity.ParseDID(did.String()); err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	name := atName(did)
	sealed, found, err := r.store.Get(name)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	if found {
		return r.openAT(did, sealed)
	}
	s, err := generateK256()
	if err != nil {
		return nil, fmt.Errorf("keyring: making an AT key: %w", err)
	}
	if err := r.put(name, r.sealer.seal(purposeAT, did, s)); err != nil {
		return nil, err
	}
	return newATKey(s)
}

func (r *Ring) openAT(did identity.DID, sealed []byte) (*ATKey, error) {
	s, err := r.sealer.open(purposeAT, did, sealed)
	if err != nil {
		return nil, err
	}
	key, err := newATKey(s)
	if err != nil {
		return nil, fmt.Errorf("%w: AT key of %q", ErrCorrupt, did)
	}
	return key, nil
}

// String and LogValue show the public halves alone.
func (r *Ring) String() string {
	operator := "elsewhere"
	if r.operator != nil {
		operator = r.operator.Address().String()
	}
	return fmt.Sprintf("keyring(operator %s, rotation %s)", operator, r.rotation.DIDKey())
}

func (r *Ring) LogValue() slog.Value { return slog.StringValue(r.String()) }
