package siwe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"metanet/identity"
)

// MaxMessage bounds a message's text in bytes.
const MaxMessage = 8 << 10

const (
	headline = " wants you to sign in with your Ethereum account:"
	version  = "1"
)

// Message is what a wallet is asked to sign. The zero value of an optional field
// leaves it out.
type Message struct {
	Scheme         string // optional: of the origin that asks
	Domain         string // RFC 3986 authority of the origin that asks
	Address        identity.Address
	Statement      string // optional: ASCII for people, one line
	URI            string // subject of the sign-in
	ChainID        uint64
	Nonce          string // at least 8 letters and digits
	IssuedAt       time.Time
	ExpirationTime time.Time // optional
	NotBefore      time.Time // optional
	RequestID      string    // optional
	Resources      []string  // optional: URIs

	// text is what Parse read. The wallet signed these bytes, and the fields do
	// not give them back exactly (a fraction of a second, a time zone).
	text string
}

// String is the text that is signed: of a parsed message the text that was parsed,
// whatever has become of its fields since.
func (m *Message) String() string {
	if m.text != "" {
		return m.text
	}
	return m.format()
}

func (m *Message) format() string {
	var b strings.Builder
	if m.Scheme != "" {
		b.WriteString(m.Scheme + "://")
	}
	b.WriteString(m.Domain + headline + "\n" + m.Address.Checksum() + "\n\n")
	if m.Statement != "" {
		b.WriteString(m.Statement + "\n")
	}
	b.WriteString("\nURI: " + m.URI)
	b.WriteString("\nVersion: " + version)
	b.WriteString("\nChain ID: " + strconv.FormatUint(m.ChainID, 10))
	b.WriteString("\nNonce: " + m.Nonce)
	b.WriteString("\nIssued At: " + formatTime(m.IssuedAt))
	if !m.ExpirationTime.IsZero() {
		b.WriteString("\nExpiration Time: " + formatTime(m.ExpirationTime))
	}
	if !m.NotBefore.IsZero() {
		b.WriteString("\nNot Before: " + formatTime(m.NotBefore))
	}
	if m.RequestID != "" {
		b.WriteString("\nRequest ID: " + m.RequestID)
	}
	if len(m.Resources) > 0 {
		b.WriteString("\nResources:")
	}
	for _, r := range m.Resources {
		b.WriteString("\n- " + r)
	}
	return b.String()
}

// Validate reports whether the message, made by hand, is one of EIP-4361 that
// reads back as itself. A statement or a resource from outside that carries line
// breaks, to forge other fields, is found here.
func (m *Message) Validate() error {
	p, err := Parse(m.format())
	if err != nil {
		return err
	}
	if !p.equal(m) {
		return fmt.Errorf("%w: it reads back as another message", ErrMalformed)
	}
	return nil
}

func (m *Message) equal(o *Message) bool {
	return m.Scheme == o.Scheme && m.Domain == o.Domain && m.Address == o.Address &&
		m.Statement == o.Statement && m.URI == o.URI && m.ChainID == o.ChainID && m.Nonce == o.Nonce &&
		m.IssuedAt.Equal(o.IssuedAt) && m.ExpirationTime.Equal(o.ExpirationTime) && m.NotBefore.Equal(o.NotBefore) &&
		m.RequestID == o.RequestID && slices.Equal(m.Resources, o.Resources)
}
