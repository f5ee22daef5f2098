package passkey

import (
	"encoding/json"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"metanet/identity"
)

// ProofOptions are the PublicKeyCredentialRequestOptionsJSON (§5.1.9) by which a
// passkey is asked. Where the act names an account, only its own will do;
// otherwise the person chooses among those that their device has for this server.
func (p *Passkeys) ProofOptions(origin string, act Act) (json.RawMessage, error) {
	party, err := p.party(origin)
	if err != nil {
		return nil, err
	}
	allowed, err := p.allowed(act.Account, party.Config.RPID)
	if err != nil {
		return nil, err
	}
	text, _ := p.nonces.Issue(act.purpose(strings.ToLower(origin)))
	options, _, err := party.BeginDiscoverableLogin(func(o *protocol.PublicKeyCredentialRequestOptions) error {
		o.Challenge, o.AllowedCredentials = protocol.URLEncodedBase64(text), allowed
		return nil
	})
	if err != nil {
		return nil, wrap(err)
	}
	return json.Marshal(options.Response)
}

func (p *Passkeys) allowed(did identity.DID, party string) (allowed []protocol.CredentialDescriptor, err error) {
	if did == "" {
		return nil, nil
	}
	all, err := p.of(did)
	for _, k := range all {
		if k.Party == party {
			allowed = append(allowed, k.Credential.Descriptor())
		}
	}
	if err == nil && len(allowed) == 0 {
		err = ErrNotFound
	}
	return allowed, err
}

// Prove checks the answer to ProofOptions of the same act (§7.2) and says whose
// passkey gave it. The challenge is spent.
func (p *Passkeys) Prove(act Act, answer []byte) (identity.DID, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return "", p.refuse(err)
	}
	o, err := p.open(parsed.Response.CollectedClientData, act)
	if err != nil {
		return "", err
	}
	p.mu.Lock() // two answers at once must not both see the old counter
	defer p.mu.Unlock()
	k, err := p.find(parsed.RawID)
	if err != nil {
		return "", err
	}
	if k == nil || k.Party != o.party.Config.RPID || act.Account != "" && k.Account != act.Account {
		return "", ErrRefused
	}
	// The handle is demanded even where the account is known: ours always come with one.
	_, credential, err := o.party.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return k, nil }, o.session(), parsed)
	if err != nil {
		return "", p.refuse(err)
	}
	if credential.Authenticator.CloneWarning {
		p.log.Warn("passkey: a counter went back; a copy of the passkey may exist", "did", k.Account, "name", k.Name)
		return "", ErrCloned
	}
	if err := p.spend(o); err != nil {
		return "", err
	}
	k.Credential, k.Used = *credential, p.now().UTC()
	if err := p.put(k); err != nil {
		p.nonces.Restore(o.nonce) // the disk may have been full: the same answer does once it isn't
		return "", err
	}
	return k.Account, nil
}
