package passkey

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"metanet/identity"
)

const (
	// maxPasskeys is how many one account may have.
	maxPasskeys = 16
	maxName     = 64
)

// newcomer is the webauthn.User of a registration.
type newcomer struct {
	id   []byte
	name string
}

func (n newcomer) WebAuthnID() []byte                         { return n.id }
func (n newcomer) WebAuthnName() string                       { return n.name }
func (n newcomer) WebAuthnDisplayName() string                { return n.name }
func (n newcomer) WebAuthnCredentials() []webauthn.Credential { return nil }

// NewOptions are the PublicKeyCredentialCreationOptionsJSON (§5.1.8) for another
// passkey, for whom authenticators shall call name. Where the act names an account
// that has passkeys, they are excluded, so that a device makes no second one.
func (p *Passkeys) NewOptions(origin string, act Act, name string) (json.RawMessage, error) {
	party, err := p.party(origin)
	if err != nil {
		return nil, err
	}
	text, _ := p.nonces.Issue(act.purpose(strings.ToLower(origin)))
	user, have, err := p.user(act.Account, text)
	if err != nil {
		return nil, err
	}
	if len(have) >= maxPasskeys {
		return nil, ErrTooMany
	}
	options, _, err := party.BeginRegistration(newcomer{user, clean(name)}, webauthn.WithExclusions(have),
		func(o *protocol.PublicKeyCredentialCreationOptions) error {
			o.Challenge = protocol.URLEncodedBase64(text)
			return nil
		})
	if err != nil {
		return nil, wrap(err)
	}
	return json.Marshal(options.Response)
}

// user is the user handle of an account's passkeys, and what to exclude. Before
// there is an account the handle follows from the challenge, so that nothing has
// to be remembered meanwhile; nobody else can compute it.
func (p *Passkeys) user(did identity.DID, challenge string) (id []byte, have []protocol.CredentialDescriptor, err error) {
	var all []*kept
	if did != "" {
		if all, err = p.of(did); err != nil {
			return nil, nil, err
		}
	}
	for _, k := range all {
		have = append(have, k.Credential.Descriptor())
	}
	if len(all) > 0 {
		return all[0].User, have, nil
	}
	mac := hmac.New(sha256.New, p.users[:])
	mac.Write([]byte(challenge))
	return mac.Sum(nil), nil, nil
}

// Made is a passkey that was just made and proved, and belongs to nobody yet.
type Made struct{ kept *kept }

// Register checks the answer to NewOptions of the same act (§7.1). The challenge
// is spent; Keep gives the passkey to an account.
func (p *Passkeys) Register(act Act, answer []byte) (Made, error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Made{}, p.refuse(err)
	}
	o, err := p.open(parsed.Response.CollectedClientData, act)
	if err != nil {
		return Made{}, err
	}
	user, _, err := p.user(act.Account, o.nonce)
	if err != nil {
		return Made{}, err
	}
	session := o.session()
	session.UserID = user
	credential, err := o.party.CreateCredential(newcomer{id: user}, session, parsed)
	if err != nil {
		return Made{}, p.refuse(err)
	}
	credential.Attestation = webauthn.CredentialAttestation{} // nothing is concluded from it
	return Made{&kept{User: user, Party: o.party.Config.RPID, Credential: *credential}}, p.spend(o)
}

// Keep gives a passkey to an account, under a name for its list.
func (p *Passkeys) Keep(did identity.DID, m Made, name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keep(did, m, name)
}

func (p *Passkeys) keep(did identity.DID, m Made, name string) error {
	k := m.kept
	// §7.1 step 26: a credential id belongs to one account.
	if known, err := p.find(k.Credential.ID); err != nil {
		return err
	} else if known != nil {
		return ErrKnown
	}
	all, err := p.of(did)
	if err != nil {
		return err
	}
	if len(all) >= maxPasskeys {
		return ErrTooMany
	}
	k.Account, k.Name, k.Created, k.Used = did, clean(name), p.now().UTC(), p.now().UTC()
	if k.Name == "" {
		k.Name = fmt.Sprintf("Passkey %d", len(all)+1)
	}
	return p.put(k)
}

// clean keeps a name to one short line of printable text.
func clean(name string) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "")))
	for i := range name {
		if i > maxName {
			return name[:i]
		}
	}
	return name
}
