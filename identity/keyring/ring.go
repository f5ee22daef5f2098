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

// Open reads the key files in dir, making those that do not exist, and checks
// that the keys in store were sealed under the wrapping key found there.
func Open(dir string, store Store) (*Ring, error) {
	if err := prepareDir(dir); err != nil {
		return nil, err
	}
	r := &Ring{store: store}
	for _, step := range []func(dir string) error{r.openWrapping, r.openOperator, r.openRotation} {
		if err := step(dir); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *Ring) openOperator(dir string) error {
	s, err := loadOrCreate(dir, operatorFile, generateSecp256k1)
	if err != nil {
		return err
	}
	key, err := crypto.ToECDSA(s[:])
	if err != nil {
		return fmt.Errorf("%w: %s: not a secp256k1 key", ErrMalformed, operatorFile)
	}
	r.operator = newOperator(key)
	return nil
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

// checkKey names the entry that tells a wrong wrapping key: 32 zero bytes, sealed.
var checkKey = []byte("W")

// openWrapping never makes a new wrapping key beside a store that was sealed
// under another: the mistake (a backup without its keys) must show at once, while
// the old key may still be found.
func (r *Ring) openWrapping(dir string) error {
	sealed, found, err := r.store.Get(checkKey)
	if err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, wrappingFile)); found && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s is missing", ErrWrappingKey, filepath.Join(dir, wrappingFile))
	}
	wrapping, err := loadOrCreate(dir, wrappingFile, generateBytes)
	if err != nil {
		return err
	}
	if r.sealer, err = newSealer(wrapping); err != nil {
		return err
	}
	if !found {
		return r.put(checkKey, r.sealer.seal(purposeCheck, "", new(secret)))
	}
	if _, err := r.sealer.open(purposeCheck, "", sealed); err != nil {
		return fmt.Errorf("%w: %s", ErrWrappingKey, filepath.Join(dir, wrappingFile))
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

// Operator is the EVM account that owns the server and pays for transactions.
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
	return fmt.Sprintf("keyring(operator %s, rotation %s)", r.operator.Address(), r.rotation.DIDKey())
}

func (r *Ring) LogValue() slog.Value { return slog.StringValue(r.String()) }
