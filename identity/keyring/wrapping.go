package keyring

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/argon2"

	"metanet/identity"
)

// The wrapping key is the file wrapping.key, or made from a passphrase with the
// parameters stored under P. Changing it seals every entry anew, in one atomic
// write together with W and P, so that all are under the one or all under the
// other. A new file waits under the name nextFile until then.
const nextFile = "wrapping.key.next"

// checkKey names the entry that tells a wrong wrapping key: 32 zero bytes, sealed.
// deriveKey names the parameters, where there is a passphrase.
var (
	checkKey  = []byte("W")
	deriveKey = []byte("P")
)

// derivation is Argon2id's parameters (RFC 9106, section 4: at least 64 MiB and
// three passes where memory is short).
type derivation struct {
	passes, memory uint32 // memory in KiB
	lanes          uint8
	salt           [16]byte
}

const (
	derivationVersion = 1
	derivationLen     = 1 + 4 + 4 + 1 + 16
	// maxPasses, maxMemory and maxLanes bound what a damaged entry makes us do.
	maxPasses, maxMemory, maxLanes = 16, 1 << 20, 16
)

// cost is that of new passphrases; a test lowers it.
var cost = derivation{passes: 3, memory: 64 << 10, lanes: 1}

func newDerivation() derivation {
	d := cost
	rand.Read(d.salt[:]) // never fails: crypto/rand ends the process instead
	return d
}

func (d derivation) bytes() []byte {
	b := binary.BigEndian.AppendUint32([]byte{derivationVersion}, d.passes)
	b = append(binary.BigEndian.AppendUint32(b, d.memory), d.lanes)
	return append(b, d.salt[:]...)
}

func parseDerivation(b []byte) (d derivation, err error) {
	if len(b) != derivationLen || b[0] != derivationVersion {
		return d, fmt.Errorf("%w: the passphrase's parameters", ErrCorrupt)
	}
	d = derivation{passes: binary.BigEndian.Uint32(b[1:]), memory: binary.BigEndian.Uint32(b[5:]), lanes: b[9], salt: [16]byte(b[10:])}
	if d.passes == 0 || d.passes > maxPasses || d.memory > maxMemory || d.lanes == 0 || d.lanes > maxLanes {
		return d, fmt.Errorf("%w: the passphrase's parameters", ErrCorrupt)
	}
	return d, nil
}

func (d derivation) sealer(p *Passphrase) (sealer, error) {
	return newSealer((*secret)(argon2.IDKey([]byte(p.text()), d.salt[:], d.passes, d.memory, d.lanes, secretLen)))
}

// openWrapping finds the wrapping key. A store that is under a file's key while a
// passphrase is given moves under the passphrase.
func (r *Ring) openWrapping(dir string, p *Passphrase) error {
	derive, derived, err := r.store.Get(deriveKey)
	if err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	sealed, found, err := r.store.Get(checkKey)
	if err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	switch {
	case derived:
		return r.openDerived(dir, derive, sealed, p)
	case found:
		if err := r.openFile(dir, sealed); err != nil || p == nil {
			return err
		}
		return r.wrapByPassphrase(dir, p)
	case p != nil:
		return r.wrapByPassphrase(dir, p)
	}
	wrapping, err := loadOrCreate(dir, wrappingFile, generateBytes)
	if err != nil {
		return err
	}
	if r.sealer, err = newSealer(wrapping); err != nil {
		return err
	}
	return r.put(checkKey, r.sealer.seal(purposeCheck, "", new(secret)))
}

func (r *Ring) openDerived(dir string, derive, check []byte, p *Passphrase) error {
	if p == nil {
		return fmt.Errorf("%w: the keys in the store are sealed with a passphrase; say which file holds it, or give the systemd credential %s", ErrPassphrase, WrappingCredential)
	}
	d, err := parseDerivation(derive)
	if err != nil {
		return err
	}
	if r.sealer, err = d.sealer(p); err != nil {
		return err
	}
	if _, err := r.sealer.open(purposeCheck, "", check); err != nil {
		return fmt.Errorf("%w: the keys in the store do not open with the %s", ErrPassphrase, p)
	}
	return r.discard(dir, wrappingFile, nextFile) // of before there was a passphrase
}

// openFile never makes a new wrapping key beside a store that was sealed under
// another: the mistake (a backup without its keys) must show at once, while the old
// key may still be found. A file that was to be the next key is that if the store
// is under it already, and nothing if it isn't.
func (r *Ring) openFile(dir string, check []byte) error {
	opens := func(name string) (bool, error) {
		wrapping, err := load(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if r.sealer, err = newSealer(wrapping); err != nil {
			return false, err
		}
		_, err = r.sealer.open(purposeCheck, "", check)
		return err == nil, nil
	}
	next, err := opens(nextFile)
	if err != nil {
		return err
	}
	if next {
		return r.promote(dir)
	}
	now, err := opens(wrappingFile)
	if err != nil {
		return err
	}
	if !now {
		return fmt.Errorf("%w: %s is missing or another", ErrWrappingKey, filepath.Join(dir, wrappingFile))
	}
	return r.discard(dir, nextFile)
}

// promote makes the next wrapping key the wrapping key.
func (r *Ring) promote(dir string) error {
	if err := os.Rename(filepath.Join(dir, nextFile), filepath.Join(dir, wrappingFile)); err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	return syncDir(dir)
}

// discard removes key files that open nothing any more.
func (r *Ring) discard(dir string, names ...string) error {
	gone := false
	for _, name := range names {
		err := os.Remove(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("keyring: %w", err)
		}
		gone = gone || err == nil
	}
	if !gone {
		return nil
	}
	return syncDir(dir)
}

// RotateWrapping makes a new wrapping key, from next or, if that is nil, in a file,
// and seals every key in the store anew. now is the passphrase that opens them
// today, nil for the file. It may be repeated, and killed at any step: the store is
// under the old key or under the new one, and Open finds which.
func RotateWrapping(dir string, store Store, now, next *Passphrase) error {
	if err := prepareDir(dir); err != nil {
		return err
	}
	r := &Ring{store: store}
	if err := r.openWrapping(dir, now); err != nil {
		return err
	}
	if next != nil {
		return r.wrapByPassphrase(dir, next)
	}
	return r.wrapByFile(dir)
}

func (r *Ring) wrapByPassphrase(dir string, p *Passphrase) error {
	d := newDerivation()
	to, err := d.sealer(p)
	if err != nil {
		return err
	}
	if r.sealer.aead == nil { // a new store
		r.sealer = to
	}
	puts, err := r.sealedUnder(to)
	if err != nil {
		return err
	}
	puts[string(deriveKey)] = d.bytes()
	if err := r.store.Apply(puts, nil); err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	r.sealer = to
	return r.discard(dir, wrappingFile, nextFile)
}

// wrapByFile: the key is durable under its temporary name before anything is sealed
// with it, and the old one is replaced after nothing needs it.
func (r *Ring) wrapByFile(dir string) error {
	if err := r.discard(dir, nextFile); err != nil {
		return err
	}
	s, err := generateBytes()
	if err != nil {
		return err
	}
	if err := create(filepath.Join(dir, nextFile), s); err != nil {
		return err
	}
	to, err := newSealer(s)
	if err != nil {
		return err
	}
	puts, err := r.sealedUnder(to)
	if err != nil {
		return err
	}
	if err := r.store.Apply(puts, [][]byte{deriveKey}); err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	r.sealer = to
	return r.promote(dir)
}

// sealedUnder is every entry of the store, and the check, sealed with another key.
// An entry that does not open, or of a kind not known here, stops it: nothing may
// be left behind under a key that goes.
func (r *Ring) sealedUnder(to sealer) (map[string][]byte, error) {
	puts := map[string][]byte{string(checkKey): to.seal(purposeCheck, "", new(secret))}
	err := r.store.Scan(nil, func(name, sealed []byte) error {
		if string(name) == string(checkKey) || string(name) == string(deriveKey) {
			return nil
		}
		p, did, err := entryOf(name)
		if err != nil {
			return err
		}
		plain, err := r.sealer.open(p, did, sealed)
		if err != nil {
			return err
		}
		puts[string(name)] = to.seal(p, did, plain)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	return puts, nil
}

// entryOf reads what an entry's name says of it.
func entryOf(name []byte) (purpose, identity.DID, error) {
	if len(name) > 0 && name[0] == 'A' {
		return purposeAT, identity.DID(name[1:]), nil
	}
	if len(name) > 0 && name[0] == 'O' {
		return purposeOwner, identity.DID(name[1:]), nil
	}
	const tail = 1 + len(identity.Key{}) // NUL and public key
	if len(name) > 1+tail && name[0] == 'H' && name[len(name)-tail] == 0 {
		return purposeHosted, identity.DID(name[1 : len(name)-tail]), nil
	}
	return "", "", fmt.Errorf("%w: an entry of a kind that is not known here", ErrCorrupt)
}
