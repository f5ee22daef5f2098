package passkey

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"metanet/identity"
)

// The key families of this package's space. Tags are never reused.
//
//	C credential id     → kept (JSON)           losing it locks people out
//	D did NUL id        → empty                 from C
//	R did               → codes (JSON)          losing it costs people their codes
const (
	tagCredential byte = 'C'
	tagOf         byte = 'D'
	tagCodes      byte = 'R'
)

func credentialKey(id []byte) []byte { return append([]byte{tagCredential}, id...) }
func codesKey(did identity.DID) []byte {
	return append([]byte{tagCodes}, did...)
}
func ofPrefix(did identity.DID) []byte {
	return append(append([]byte{tagOf}, did...), 0)
}
func ofKey(did identity.DID, id []byte) []byte { return append(ofPrefix(did), id...) }

// kept is one credential: a credential record of §4, as far as we use it.
type kept struct {
	Account    identity.DID        `json:"account"`
	User       []byte              `json:"user"` // the user handle that it was registered with
	Party      string              `json:"party"`
	Name       string              `json:"name"`
	Created    time.Time           `json:"created"`
	Used       time.Time           `json:"used"`
	Credential webauthn.Credential `json:"credential"`
}

// kept is a webauthn.User: the account, seen through one of its passkeys.
func (k *kept) WebAuthnID() []byte          { return k.User }
func (k *kept) WebAuthnName() string        { return k.Name }
func (k *kept) WebAuthnDisplayName() string { return k.Name }
func (k *kept) WebAuthnCredentials() []webauthn.Credential {
	return []webauthn.Credential{k.Credential}
}

// Passkey is one of an account's, as its owner sees it.
type Passkey struct {
	ID      string // of the credential, base64url
	Name    string
	Host    string // the name of the server that it is good at
	Synced  bool   // copied by its maker between the person's devices
	Created time.Time
	Used    time.Time
}

// List is an account's passkeys, the oldest first.
func (p *Passkeys) List(did identity.DID) ([]Passkey, error) {
	all, err := p.of(did)
	list := make([]Passkey, len(all))
	for i, k := range all {
		list[i] = Passkey{
			ID: base64.RawURLEncoding.EncodeToString(k.Credential.ID), Name: k.Name, Host: k.Party,
			Synced: k.Credential.Flags.BackupState, Created: k.Created, Used: k.Used,
		}
	}
	return list, err
}

func (p *Passkeys) of(did identity.DID) ([]*kept, error) {
	var ids [][]byte
	prefix := ofPrefix(did)
	err := p.kv.Scan(prefix, func(key, _ []byte) error {
		ids = append(ids, bytes.Clone(key[len(prefix):]))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("passkey: %w", err)
	}
	var all []*kept
	for _, id := range ids {
		k, err := p.find(id)
		if err != nil {
			return nil, err
		}
		if k != nil {
			all = append(all, k)
		}
	}
	slices.SortFunc(all, func(a, b *kept) int { return a.Created.Compare(b.Created) })
	return all, nil
}

// find is the credential of that id, nil if there is none.
func (p *Passkeys) find(id []byte) (*kept, error) {
	value, found, err := p.kv.Get(credentialKey(id))
	if err != nil || !found {
		return nil, wrap(err)
	}
	k := new(kept)
	if err := json.Unmarshal(value, k); err != nil {
		return nil, fmt.Errorf("passkey: corrupt entry: %w", err)
	}
	return k, nil
}

func (p *Passkeys) put(k *kept) error {
	value, err := json.Marshal(k)
	if err != nil {
		return wrap(err)
	}
	return wrap(p.kv.Apply(map[string][]byte{
		string(credentialKey(k.Credential.ID)):    value,
		string(ofKey(k.Account, k.Credential.ID)): {},
	}, nil))
}

// Remove takes a passkey from an account. evenLast allows that none is left, for
// accounts that a wallet can sign in to.
func (p *Passkeys) Remove(did identity.DID, id string, evenLast bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	all, err := p.of(did)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(k *kept) bool {
		return base64.RawURLEncoding.EncodeToString(k.Credential.ID) == id
	})
	switch {
	case i < 0:
		return ErrNotFound
	case len(all) == 1 && !evenLast:
		return ErrLast
	}
	raw := all[i].Credential.ID
	return wrap(p.kv.Apply(nil, [][]byte{credentialKey(raw), ofKey(did, raw)}))
}

// Forget drops all that is kept of an account.
func (p *Passkeys) Forget(did identity.DID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	all, err := p.of(did)
	if err != nil {
		return err
	}
	gone := [][]byte{codesKey(did)}
	for _, k := range all {
		gone = append(gone, credentialKey(k.Credential.ID), ofKey(did, k.Credential.ID))
	}
	return wrap(p.kv.Apply(nil, gone))
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("passkey: %w", err)
}
