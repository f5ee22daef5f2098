package cli

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bluesky-social/indigo/atproto/atcrypto"
	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"metanet/identity"
)

// person is somebody at a terminal: a directory, apart from any node's home, with
//
//	wallet.json   the wallet, a standard encrypted keystore (Web3 Secret Storage v3)
//	device.key    this device's Ed25519 key, which signs records
//	recovery.key  the K-256 key that comes first in the AT name's rotation keys
//	session.json  the server and the tokens of the last sign-in
type person struct {
	dir    string
	device ed25519.PrivateKey
}

const (
	walletFile   = "wallet.json"
	deviceFile   = "device.key"
	recoveryFile = "recovery.key"
	sessionFile  = "session.json"
)

// session is where the person signed in last.
type session struct {
	Server  string       `json:"server"`
	DID     identity.DID `json:"did"`
	ATName  string       `json:"atName"`
	Handle  string       `json:"handle"`
	Access  string       `json:"accessToken"`
	Refresh string       `json:"refreshToken"`
}

func defaultPersonDir() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		dir = "."
	}
	return filepath.Join(dir, "metanet")
}

// personFlags adds the flag that every command of a person has.
func personFlags(c *cobra.Command) *string {
	return c.PersistentFlags().String("keys", defaultPersonDir(), "directory of your wallet, device key and session")
}

func openPerson(dir string) (*person, error) {
	seed, err := readSecret(filepath.Join(dir, deviceFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no keys in %s (make some with `metanet key new`)", dir)
	}
	if err != nil {
		return nil, err
	}
	return &person{dir, ed25519.NewKeyFromSeed(seed)}, nil
}

// newPerson makes keys in dir, which must not hold any.
func newPerson(dir string, wallet *ecdsa.PrivateKey, passphrase string) (*person, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	for _, name := range []string{walletFile, recoveryFile, deviceFile} { // before any is made, so that no half of an identity is left
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return nil, errKeysExist(filepath.Join(dir, name))
		}
	}
	_, device, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	recovery, err := atcrypto.GeneratePrivateKeyK256()
	if err != nil {
		return nil, err
	}
	key := &keystore.Key{Id: uuid.New(), Address: crypto.PubkeyToAddress(wallet.PublicKey), PrivateKey: wallet}
	sealed, err := keystore.EncryptKey(key, passphrase, keystore.StandardScryptN, keystore.StandardScryptP)
	if err != nil {
		return nil, err
	}
	for name, data := range map[string][]byte{
		walletFile:   sealed,
		recoveryFile: []byte(hex.EncodeToString(recovery.Bytes()) + "\n"),
		deviceFile:   []byte(hex.EncodeToString(device.Seed()) + "\n"),
	} {
		if err := createFile(filepath.Join(dir, name), data); err != nil {
			return nil, err
		}
	}
	return &person{dir, device}, nil
}

// createFile never overwrites: a lost key cannot be made again.
func createFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return errKeysExist(path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

func errKeysExist(path string) error {
	return fmt.Errorf("%s exists already; keys are never overwritten", path)
}

func readSecret(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(secret) != 32 {
		return nil, fmt.Errorf("%s does not hold a key of 32 bytes in hex", path)
	}
	return secret, nil
}

// Public and Sign make a person a record.Signer.
func (p *person) Public() identity.Key {
	key, err := identity.ParseKey(p.device.Public().(ed25519.PublicKey))
	if err != nil {
		panic("cli: a generated key breaks the rule: " + err.Error())
	}
	return key
}

func (p *person) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(p.device, msg), nil }

// rotationKey is the did:key of the recovery key.
func (p *person) rotationKey() (string, error) {
	secret, err := readSecret(filepath.Join(p.dir, recoveryFile))
	if err != nil {
		return "", err
	}
	key, err := atcrypto.ParsePrivateBytesK256(secret)
	if err != nil {
		return "", fmt.Errorf("%s: %w", recoveryFile, err)
	}
	public, err := key.PublicKey()
	if err != nil {
		return "", err
	}
	return public.DIDKey(), nil
}

func (p *person) wallet(passphrase string) (*ecdsa.PrivateKey, error) {
	data, err := os.ReadFile(filepath.Join(p.dir, walletFile))
	if err != nil {
		return nil, err
	}
	key, err := keystore.DecryptKey(data, passphrase)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", walletFile, err)
	}
	return key.PrivateKey, nil
}

// signText is personal_sign (EIP-191).
func signText(wallet *ecdsa.PrivateKey, text string) (string, error) {
	return signHash(wallet, accounts.TextHash([]byte(text)))
}

// signTyped is eth_signTypedData_v4 (EIP-712).
func signTyped(wallet *ecdsa.PrivateKey, typed apitypes.TypedData) (string, error) {
	hash, _, err := apitypes.TypedDataAndHash(typed)
	if err != nil {
		return "", fmt.Errorf("typed data: %w", err)
	}
	return signHash(wallet, hash)
}

func signHash(wallet *ecdsa.PrivateKey, hash []byte) (string, error) {
	sig, err := crypto.Sign(hash, wallet)
	if err != nil {
		return "", err
	}
	sig[crypto.RecoveryIDOffset] += 27
	return hexutil.Encode(sig), nil
}

func (p *person) session() (session, error) {
	var s session
	data, err := os.ReadFile(filepath.Join(p.dir, sessionFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, errors.New("not signed in (see `metanet key enrol --help`)")
	}
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(data, &s)
}

func (p *person) saveSession(s session) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(p.dir, sessionFile), append(data, '\n'), 0o600)
}

// passphraseEnv is a person's, and no setting of a node.
const passphraseEnv = "METANET_PASSPHRASE"

// readPassphrase takes the wallet's passphrase from the file named, from
// METANET_PASSPHRASE, or from the terminal. Elsewhere it is empty.
func readPassphrase(c *cobra.Command, file, prompt string) (string, error) {
	if file != "" {
		data, err := os.ReadFile(file)
		return string(bytes.TrimRight(data, "\r\n")), err
	}
	if pass, ok := os.LookupEnv(passphraseEnv); ok {
		return pass, nil
	}
	in, ok := c.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return "", nil
	}
	fmt.Fprint(c.ErrOrStderr(), prompt)
	pass, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(c.ErrOrStderr())
	return string(pass), err
}
