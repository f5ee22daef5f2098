// Package policy is what a server promises about moderation: one document of
// rules in prose and of the labels it may use.
//
// A person writes YAML. What is published is the canonical form, RFC 8785 JSON
// of the same document: its sha2-256 stands on-chain, and since nothing about a
// YAML writer's taste (comments, order, quoting) changes it, two documents that
// say the same have the same digest.
//
// The package knows neither chain nor store.
package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/gowebpki/jcs"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
)

// Format is the version of the document format, its field `policy`.
const Format = 1

// Limits on a document. They keep a hostile server from feeding an auditor or a
// reader more than a person could have written.
const (
	MaxBytes = 256 << 10 // of YAML, and of the canonical form
	MaxRules = 500
	maxTitle = 300    // bytes of a title
	maxText  = 20_000 // bytes of a text
)

// ErrInvalid: the document breaks the format; the message names the place.
var ErrInvalid = errors.New("policy: invalid document")

// Document is a policy. Every field is prose for people except the ids, by which
// decisions cite rules and labels.
type Document struct {
	Policy   int     `json:"policy" yaml:"policy"`     // Format
	Language string  `json:"language" yaml:"language"` // BCP 47, such as "en"
	Title    string  `json:"title" yaml:"title"`
	Summary  string  `json:"summary,omitempty" yaml:"summary,omitempty"`
	Contact  string  `json:"contact,omitempty" yaml:"contact,omitempty"` // where a person reaches the moderators
	Rules    []Rule  `json:"rules" yaml:"rules"`
	Labels   []Label `json:"labels,omitempty" yaml:"labels,omitempty"`
	Appeals  Appeals `json:"appeals" yaml:"appeals"`
}

// Rule is what is asked of people, under an id that never changes its meaning.
type Rule struct {
	ID    string `json:"id" yaml:"id"`
	Title string `json:"title" yaml:"title"`
	Text  string `json:"text" yaml:"text"`
}

// Label is a mark that moderators may put on a post or a person.
type Label struct {
	ID       string   `json:"id" yaml:"id"`
	Title    string   `json:"title" yaml:"title"`
	Text     string   `json:"text" yaml:"text"`
	Severity string   `json:"severity" yaml:"severity"` // inform, alert or none, as AT's label definitions have it
	Rules    []string `json:"rules,omitempty" yaml:"rules,omitempty"`
}

// Appeals says how a decision is contested and by when it is answered.
type Appeals struct {
	Text string `json:"text" yaml:"text"`
	Days int    `json:"days" yaml:"days"` // an answer comes within so many days
}

// Parse reads the YAML that a person wrote. A misspelt field is an error that
// shows its line.
func Parse(data []byte) (*Document, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrInvalid, len(data), MaxBytes)
	}
	var d Document
	dec := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict(), yaml.DisallowUnknownField())
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if err := dec.Decode(new(any)); err != io.EOF {
		return nil, fmt.Errorf("%w: more than one document", ErrInvalid)
	}
	if err := d.Check(); err != nil {
		return nil, err
	}
	return &d, nil
}

// ParseCanonical reads the published form, and nothing but that form: bytes that
// another writer would have laid out differently are refused.
func ParseCanonical(data []byte) (*Document, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrInvalid, len(data), MaxBytes)
	}
	var d Document
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if err := d.Check(); err != nil {
		return nil, err
	}
	again, err := d.Canonical()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, data) {
		return nil, fmt.Errorf("%w: not in canonical form", ErrInvalid)
	}
	return &d, nil
}

var (
	idPattern       = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	languagePattern = regexp.MustCompile(`^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$`)
)

// Check holds a document to the format.
func (d *Document) Check() error {
	switch {
	case d.Policy != Format:
		return fmt.Errorf("%w: policy: format %d, want %d", ErrInvalid, d.Policy, Format)
	case !languagePattern.MatchString(d.Language):
		return fmt.Errorf("%w: language: %q is not a language tag", ErrInvalid, d.Language)
	case len(d.Rules) == 0:
		return fmt.Errorf("%w: rules: at least one is needed", ErrInvalid)
	case len(d.Rules)+len(d.Labels) > MaxRules:
		return fmt.Errorf("%w: more than %d rules and labels", ErrInvalid, MaxRules)
	case d.Appeals.Days < 1 || d.Appeals.Days > 366:
		return fmt.Errorf("%w: appeals.days: %d is not between 1 and 366", ErrInvalid, d.Appeals.Days)
	}
	if err := errors.Join(
		prose("title", d.Title, maxTitle), optional("summary", d.Summary, maxText),
		optional("contact", d.Contact, maxTitle), prose("appeals.text", d.Appeals.Text, maxText),
	); err != nil {
		return err
	}
	rules, err := d.checkRules()
	if err != nil {
		return err
	}
	return d.checkLabels(rules)
}

func (d *Document) checkRules() (ids map[string]bool, err error) {
	ids = make(map[string]bool)
	for i, r := range d.Rules {
		at := fmt.Sprintf("rules[%d]", i)
		if err := checkID(at, r.ID, ids); err != nil {
			return nil, err
		}
		if err := errors.Join(prose(at+".title", r.Title, maxTitle), prose(at+".text", r.Text, maxText)); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func (d *Document) checkLabels(rules map[string]bool) error {
	ids := make(map[string]bool)
	for i, l := range d.Labels {
		at := fmt.Sprintf("labels[%d]", i)
		if err := checkID(at, l.ID, ids); err != nil {
			return err
		}
		if err := errors.Join(prose(at+".title", l.Title, maxTitle), prose(at+".text", l.Text, maxText)); err != nil {
			return err
		}
		if l.Severity != "inform" && l.Severity != "alert" && l.Severity != "none" {
			return fmt.Errorf("%w: %s.severity: %q is not inform, alert or none", ErrInvalid, at, l.Severity)
		}
		for _, id := range l.Rules {
			if !rules[id] {
				return fmt.Errorf("%w: %s.rules: no rule has the id %q", ErrInvalid, at, id)
			}
		}
	}
	return nil
}

func checkID(at, id string, seen map[string]bool) error {
	if len(id) > 64 || !idPattern.MatchString(id) {
		return fmt.Errorf("%w: %s.id: %q is not a lower-case id such as no-spam", ErrInvalid, at, id)
	}
	if seen[id] {
		return fmt.Errorf("%w: %s.id: %q is used twice", ErrInvalid, at, id)
	}
	seen[id] = true
	return nil
}

func prose(at, s string, limit int) error {
	if s == "" {
		return fmt.Errorf("%w: %s: empty", ErrInvalid, at)
	}
	return optional(at, s, limit)
}

func optional(at, s string, limit int) error {
	if len(s) > limit {
		return fmt.Errorf("%w: %s: %d bytes, at most %d", ErrInvalid, at, len(s), limit)
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("%w: %s: not UTF-8", ErrInvalid, at)
	}
	return nil
}

// Canonical is the form that is published and hashed: RFC 8785 JSON.
func (d *Document) Canonical() ([]byte, error) {
	plain, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	canonical, err := jcs.Transform(plain)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	if len(canonical) > MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes in canonical form, at most %d", ErrInvalid, len(canonical), MaxBytes)
	}
	return canonical, nil
}

// Digest is what stands on-chain for canonical bytes: their sha2-256.
func Digest(canonical []byte) [32]byte { return sha256.Sum256(canonical) }

// CID is the content address of canonical bytes with this digest: CIDv1, raw.
func CID(digest [32]byte) cid.Cid {
	mh, err := multihash.Encode(digest[:], multihash.SHA2_256)
	if err != nil {
		panic("policy: sha2-256 has no multihash: " + err.Error()) // the library lacks its own constant
	}
	return cid.NewCidV1(cid.Raw, mh)
}
