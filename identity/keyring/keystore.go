package keyring

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/google/uuid"
)

// keystoreFile is the operator's key, encrypted, where operator.key would hold it
// in the clear.
const keystoreFile = "operator.json"

// maxKeystore is the largest keystore file that is read; a real one has 500 bytes.
const maxKeystore = 64 << 10

// OpenKeystore opens a standard encrypted keystore file ("Web3 Secret Storage
// Definition", version 3), as geth, Foundry and most wallets write it.
func OpenKeystore(path string, p *Passphrase) (*Operator, error) {
	key, err := loadKeystore(path, p)
	if err != nil {
		return nil, err
	}
	return newOperator(key.PrivateKey), nil
}

func loadKeystore(path string, p *Passphrase) (*keystore.Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	defer f.Close()
	if p == nil {
		return nil, fmt.Errorf("%w: %s is encrypted; say which file holds the passphrase, or give the systemd credential %s", ErrPassphrase, path, OperatorCredential)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeystore+1))
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	if len(text) > maxKeystore {
		return nil, fmt.Errorf("%w: %s is too large for a keystore file", ErrMalformed, path)
	}
	key, err := keystore.DecryptKey(text, p.text())
	switch {
	case errors.Is(err, keystore.ErrDecrypt):
		return nil, fmt.Errorf("%w: %s does not open with the %s", ErrPassphrase, path, p)
	case err != nil: // the reason may repeat the file
		return nil, fmt.Errorf("%w: %s is not a version 3 keystore file", ErrMalformed, path)
	}
	return key, nil
}

// kdf is what a passphrase costs to try: geth's standard.
var kdf = struct{ n, p int }{keystore.StandardScryptN, keystore.StandardScryptP}

// EncryptOperator replaces the plain operator.key in dir by a keystore file. A
// crash leaves the one, or both; Open then finishes.
func EncryptOperator(dir string, p *Passphrase) (*Operator, error) {
	if err := prepareDir(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, keystoreFile)
	if _, err := os.Stat(path); err == nil {
		o, err := openOperatorFiles(dir, p)
		if err != nil {
			return nil, err
		}
		return o, nil
	}
	s, err := load(filepath.Join(dir, operatorFile))
	if err != nil {
		return nil, err
	}
	private, err := crypto.ToECDSA(s[:])
	if err != nil {
		return nil, fmt.Errorf("%w: %s: not a secp256k1 key", ErrMalformed, operatorFile)
	}
	id, err := uuid.NewRandom()
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	text, err := keystore.EncryptKey(&keystore.Key{Id: id, Address: crypto.PubkeyToAddress(private.PublicKey), PrivateKey: private}, p.text(), kdf.n, kdf.p)
	if err != nil {
		return nil, errors.New("keyring: the key cannot be encrypted")
	}
	if err := createFile(path, append(text, '\n')); err != nil {
		return nil, err
	}
	return openOperatorFiles(dir, p) // which has seen that it opens before the plain one goes
}

// openOperatorFiles opens operator.json, if it is there; a plain file beside it is
// what an interrupted EncryptOperator left, if it holds the same key.
func openOperatorFiles(dir string, p *Passphrase) (*Operator, error) {
	o, err := OpenKeystore(filepath.Join(dir, keystoreFile), p)
	if err != nil {
		return nil, err
	}
	plain := filepath.Join(dir, operatorFile)
	s, err := load(plain)
	if errors.Is(err, fs.ErrNotExist) {
		return o, nil
	}
	if err != nil {
		return nil, err
	}
	key, err := crypto.ToECDSA(s[:])
	if err != nil || newOperator(key).Address() != o.Address() {
		return nil, fmt.Errorf("%w: %s and %s hold different keys; move one of them away", ErrMalformed, keystoreFile, operatorFile)
	}
	if err := os.Remove(plain); err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	return o, syncDir(dir)
}
