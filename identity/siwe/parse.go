package siwe

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"metanet/identity"
)

// Parse reads a message by the ABNF of EIP-4361, which gives the fields' order
// and allows no line before, between or after them.
func Parse(text string) (*Message, error) {
	if len(text) > MaxMessage {
		return nil, malformed("%d bytes, at most %d", len(text), MaxMessage)
	}
	m := &Message{text: text}
	r := &reader{lines: strings.Split(text, "\n")}
	for _, read := range []func(*reader) error{
		m.readOrigin, m.readAddress, m.readStatement, m.readRequired, m.readOptional, m.readResources,
	} {
		if err := read(r); err != nil {
			return nil, err
		}
	}
	if !r.done() {
		return nil, malformed("unexpected line %q", clip(r.peek()))
	}
	return m, nil
}

// reader walks over the message's lines. Past the last one it reads a line that
// cannot stand in a message.
type reader struct {
	lines []string
	next  int
}

const noLine = "\n"

func (r *reader) done() bool { return r.next >= len(r.lines) }

func (r *reader) peek() string {
	if r.done() {
		return noLine
	}
	return r.lines[r.next]
}

func (r *reader) line() string {
	line := r.peek()
	r.next++
	return line
}

// field takes the next line if it has the label.
func (r *reader) field(label string) (value string, ok bool) {
	if value, ok = strings.CutPrefix(r.peek(), label); ok {
		r.next++
	}
	return value, ok
}

// [ scheme "://" ] domain %s" wants you to sign in with your Ethereum account:" LF
func (m *Message) readOrigin(r *reader) error {
	origin, ok := strings.CutSuffix(r.line(), headline)
	if !ok {
		return malformed("the first line does not ask to sign in")
	}
	m.Domain = origin
	if scheme, domain, ok := strings.Cut(origin, "://"); ok { // a domain has no "/"
		if !isScheme(scheme) {
			return malformed("%q is not a scheme", clip(scheme))
		}
		m.Scheme, m.Domain = scheme, domain
	}
	if host, ok := parseAuthority(m.Domain); !ok || host == "" {
		return malformed("%q is not a domain", clip(m.Domain))
	}
	return nil
}

// address LF LF
func (m *Message) readAddress(r *reader) error {
	text := r.line()
	a, err := identity.ParseAddress(text)
	if err != nil || text != a.Checksum() {
		return malformed("%q is not an address with the checksum of EIP-55", clip(text))
	}
	m.Address = a
	return m.readEmpty(r)
}

func (m *Message) readEmpty(r *reader) error {
	if line := r.line(); line != "" {
		return malformed("%q where a line must be empty", clip(line))
	}
	return nil
}

// [ statement LF ] LF
func (m *Message) readStatement(r *reader) error {
	first := r.line()
	if first == "" && r.peek() != "" {
		return nil // no statement: this was the empty line after it
	}
	if !all(first, isStatementChar) {
		return malformed("the statement has a character that is not allowed")
	}
	m.Statement = first
	return m.readEmpty(r)
}

func (m *Message) readRequired(r *reader) error {
	for _, f := range []struct {
		label string
		read  func(string) error
	}{
		{"URI: ", m.readURI},
		{"Version: ", readVersion},
		{"Chain ID: ", m.readChainID},
		{"Nonce: ", m.readNonce},
		{"Issued At: ", readTime(&m.IssuedAt)},
	} {
		value, ok := r.field(f.label)
		if !ok {
			return malformed("%q where %q must stand", clip(r.peek()), f.label)
		}
		if err := f.read(value); err != nil {
			return err
		}
	}
	return nil
}

func (m *Message) readOptional(r *reader) error {
	for _, f := range []struct {
		label string
		read  func(string) error
	}{
		{"Expiration Time: ", readTime(&m.ExpirationTime)},
		{"Not Before: ", readTime(&m.NotBefore)},
		{"Request ID: ", m.readRequestID},
	} {
		value, ok := r.field(f.label)
		if !ok {
			continue
		}
		if err := f.read(value); err != nil {
			return err
		}
	}
	return nil
}

// [ LF %s"Resources:" *( LF "- " URI ) ]
func (m *Message) readResources(r *reader) error {
	if r.peek() != "Resources:" {
		return nil
	}
	r.next++
	for !r.done() {
		line := r.line()
		uri, ok := strings.CutPrefix(line, "- ")
		if !ok || !isURI(uri) {
			return malformed("%q is not a resource", clip(line))
		}
		m.Resources = append(m.Resources, uri)
	}
	return nil
}

func (m *Message) readURI(s string) error {
	if !isURI(s) {
		return malformed("%q is not a URI", clip(s))
	}
	m.URI = s
	return nil
}

func readVersion(s string) error {
	if s != version {
		return malformed("version is %q, want %s", clip(s), version)
	}
	return nil
}

func (m *Message) readChainID(s string) error {
	id, err := strconv.ParseUint(s, 10, 64)
	if err != nil || !all(s, isDigit) {
		return malformed("%q is not a chain id", clip(s))
	}
	m.ChainID = id
	return nil
}

func (m *Message) readNonce(s string) error {
	if len(s) < 8 || !all(s, isAlphanumeric) {
		return malformed("the nonce is not 8 or more letters and digits")
	}
	m.Nonce = s
	return nil
}

func (m *Message) readRequestID(s string) error {
	if !isEncoded(s, isPchar) {
		return malformed("%q is not a request id", clip(s))
	}
	m.RequestID = s
	return nil
}

func readTime(t *time.Time) func(string) error {
	return func(s string) (err error) {
		*t, err = parseTime(s)
		return err
	}
}

// clip shortens a stranger's text for an error.
func clip(s string) string { return s[:min(len(s), 80)] }

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}
