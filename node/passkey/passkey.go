package passkey

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"metanet/identity"
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

// Config is what Passkeys are given; all fields are required.
type Config struct {
	KV KV
	// Origins under which this server's pages are reached. Each whose host is a
	// name is a relying party of its own; the others have no passkeys.
	Origins []string
	Name    string // the server's, shown by authenticators
	Now     func() time.Time
	Logger  *slog.Logger
}

// Passkeys is the package's one object. See the package comment.
type Passkeys struct {
	kv      KV
	parties map[string]*webauthn.WebAuthn // by origin
	nonces  *nonce.Nonces
	users   [32]byte // keys the user handles that are yet to be registered
	now     func() time.Time
	log     *slog.Logger

	mu sync.Mutex // orders what reads, decides and writes
}

// New makes a relying party of each origin that can be one.
func New(cfg Config) (*Passkeys, error) {
	p := &Passkeys{
		kv: cfg.KV, parties: make(map[string]*webauthn.WebAuthn), nonces: nonce.New(cfg.Now), now: cfg.Now, log: cfg.Logger,
	}
	rand.Read(p.users[:]) // never fails (crypto/rand)
	for _, origin := range cfg.Origins {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("passkey: origin %q is not scheme://host[:port]", origin)
		}
		if !canBeParty(u) {
			continue
		}
		party, err := webauthn.New(&webauthn.Config{
			RPID: u.Hostname(), RPDisplayName: cfg.Name, RPOrigins: []string{origin},
			AttestationPreference: protocol.PreferNoAttestation,
			AuthenticatorSelection: protocol.AuthenticatorSelection{
				ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
				UserVerification: protocol.VerificationRequired,
			},
			// Some password managers answer extensions that nobody asked for; we read none.
			ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
		})
		if err != nil {
			return nil, fmt.Errorf("passkey: %s: %w", origin, err)
		}
		p.parties[origin] = party
	}
	return p, nil
}

// canBeParty reports whether browsers let a page at u use passkeys: its host is a
// name (§5.1.2: a valid domain string), and the page came safely (a secure
// context), which on this machine needs no TLS.
func canBeParty(u *url.URL) bool {
	host := u.Hostname()
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	return net.ParseIP(host) == nil && (u.Scheme == "https" || local)
}

// Origins are those of the pages that can use passkeys.
func (p *Passkeys) Origins() []string {
	origins := make([]string, 0, len(p.parties))
	for origin := range p.parties {
		origins = append(origins, origin)
	}
	return origins
}

// Sweep forgets challenges that time has ended; space depends on it.
func (p *Passkeys) Sweep() { p.nonces.Sweep() }

// Act is what an answer is to be good for. An answer to one act's challenge is
// good for no other.
type Act struct {
	Name    string       // "sign in", "add", …
	Account identity.DID // whose; "" while nobody is known yet
	Subject string       // what exactly is agreed to, such as the wallet that takes over; no line break
}

// purpose binds a nonce; none of the parts holds a line break.
func (a Act) purpose(origin string) string {
	return a.Name + "\n" + origin + "\n" + string(a.Account) + "\n" + a.Subject
}

func (p *Passkeys) party(origin string) (*webauthn.WebAuthn, error) {
	party, ok := p.parties[strings.ToLower(origin)]
	if !ok {
		return nil, ErrOrigin
	}
	return party, nil
}

// opened is an answer's client data after its challenge and origin were found good.
type opened struct {
	party   *webauthn.WebAuthn
	nonce   string
	purpose string
}

// open checks what the client says it answers (§7.1 steps 7–11, §7.2 steps 10–14,
// as far as they pick the ceremony; the library checks them again).
func (p *Passkeys) open(data protocol.CollectedClientData, act Act) (opened, error) {
	party, err := p.party(data.Origin)
	if err != nil {
		return opened{}, err
	}
	challenge, err := base64.RawURLEncoding.DecodeString(data.Challenge)
	if err != nil {
		return opened{}, ErrChallenge
	}
	o := opened{party, string(challenge), act.purpose(strings.ToLower(data.Origin))}
	return o, challengeError(p.nonces.Check(o.nonce, o.purpose))
}

// spend uses the challenge up. Of two answers to one, one is refused here.
func (p *Passkeys) spend(o opened) error { return challengeError(p.nonces.Use(o.nonce, o.purpose)) }

func challengeError(err error) error {
	switch {
	case errors.Is(err, nonce.ErrUnknown):
		return ErrChallenge
	case errors.Is(err, nonce.ErrExpired):
		return ErrExpired
	case errors.Is(err, nonce.ErrBusy):
		return ErrBusy
	}
	return err
}

// session is what the library keeps between the two halves of a ceremony; all of
// it follows from the challenge.
func (o opened) session() webauthn.SessionData {
	return webauthn.SessionData{
		Challenge: protocol.URLEncodedBase64(o.nonce).String(), RelyingPartyID: o.party.Config.RPID,
		UserVerification: protocol.VerificationRequired, CredParams: webauthn.CredentialParametersDefault(),
	}
}

// refuse hides why from the stranger, who could only use it to probe, and tells
// the log.
func (p *Passkeys) refuse(why error) error {
	details := why.Error()
	var e *protocol.Error
	if errors.As(why, &e) {
		details = e.Details + " " + e.DevInfo
	}
	p.log.Debug("passkey: refused", "why", details)
	return ErrRefused
}
