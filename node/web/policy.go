package web

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"metanet/content/policy"
)

// policyPageSize is how many versions one page shows in full.
const policyPageSize = 20

type policyPage struct {
	page
	Heading  string
	Versions []policyVersion // newest first
	Older    string          // address of what comes before
}

type policyVersion struct {
	Number, Previous         uint64
	Current                  bool // in force now
	Open                     bool // its text is shown unasked
	Block                    uint64
	Tx, Digest, CID          string
	PublishedAt, EffectiveAt time.Time

	Document  *policyText
	Changes   []change
	Canonical string
	Problem   string // why there is no text
}

// policyText is a document as people read it.
type policyText struct {
	Title, Contact, Language string
	Summary, Appeals         []string // paragraphs
	AppealDays               int
	Rules                    []policyRule
	Labels                   []policyLabel
}

type policyRule struct {
	ID, Title string
	Text      []string
}

type policyLabel struct{ ID, Title, Text, Severity string }

// change is what differs from the version before in one place.
type change struct {
	Place  string
	Fields []fieldChange
}

type fieldChange struct{ Name, Old, New string }

// policy is GET /policy (all versions, newest first) and /policy/{version}.
func (h *Handler) policy(w http.ResponseWriter, r *http.Request) error {
	all, err := h.policies.Versions(r.Context())
	if err != nil {
		return fmt.Errorf("web: policy versions: %w", err)
	}
	p := policyPage{page: h.frame(r, "policy", "Policy"), Heading: "Policy"}
	p.Description = "What this server promises, version by version, each fixed on the chain."
	shown, err := h.choose(r, all, &p)
	if err != nil {
		return err
	}
	if p.Versions, err = h.policyVersions(r.Context(), all, shown); err != nil {
		return err
	}
	h.render(w, http.StatusOK, "policy", p)
	return nil
}

// choose picks the versions that the request asks for, as a range of all.
func (h *Handler) choose(r *http.Request, all []PolicyVersion, p *policyPage) ([]PolicyVersion, error) {
	if want := r.PathValue("version"); want != "" {
		n, err := strconv.ParseUint(want, 10, 64)
		i := slices.IndexFunc(all, func(v PolicyVersion) bool { return v.Number == n })
		if err != nil || i < 0 {
			return nil, ErrNotFound
		}
		p.Heading, p.Title = fmt.Sprintf("Policy, version %d", n), fmt.Sprintf("Policy, version %d", n)
		return all[i : i+1], nil
	}
	if before := r.FormValue("before"); before != "" {
		n, err := strconv.ParseUint(before, 10, 64)
		if err != nil {
			return nil, errBadCursor
		}
		all = all[:max(0, slices.IndexFunc(all, func(v PolicyVersion) bool { return v.Number >= n }))]
	}
	from := max(0, len(all)-policyPageSize)
	if from > 0 {
		p.Older = fmt.Sprintf("/policy?before=%d", all[from].Number)
	}
	return all[from:], nil
}

func (h *Handler) policyVersions(ctx context.Context, all, shown []PolicyVersion) ([]policyVersion, error) {
	var out []policyVersion
	var before *policy.Document // the version that the next is compared with
	if len(shown) > 0 && shown[0].Number > all[0].Number {
		i := slices.IndexFunc(all, func(v PolicyVersion) bool { return v.Number == shown[0].Number })
		var err error
		if before, _, err = h.document(ctx, all[i-1].Digest); err != nil && !errors.Is(err, errNoText) {
			return nil, err
		}
	}
	inForce := inForceAt(all, h.now())
	for _, v := range shown {
		doc, canonical, err := h.document(ctx, v.Digest)
		if err != nil && !errors.Is(err, errNoText) {
			return nil, err
		}
		view := newPolicyVersion(v, doc, canonical, err)
		view.Current = v.Number == inForce
		if before != nil && doc != nil {
			view.Changes = changes(policy.Diff(before, doc))
		}
		before = doc
		out = append(out, view)
	}
	slices.Reverse(out)
	if len(out) > 0 {
		out[0].Open = true
	}
	return out, nil
}

// inForceAt is the latest version whose effective time has come; 0 if none.
func inForceAt(all []PolicyVersion, now time.Time) uint64 {
	var n uint64
	for _, v := range all {
		if !v.EffectiveAt.After(now) {
			n = v.Number
		}
	}
	return n
}

// errNoText is what document answers, with the reason in words, for a version
// whose text this server can't show.
var errNoText = errors.New("no text")

// document fetches and checks a version's text. The digest is the chain's, so a
// text that doesn't match it is not shown, whoever altered it.
func (h *Handler) document(ctx context.Context, digest [32]byte) (*policy.Document, []byte, error) {
	canonical, err := h.policies.Canonical(ctx, digest)
	switch {
	case notFound(err):
		return nil, nil, fmt.Errorf("%w: this server no longer has the text that the chain holds it to", errNoText)
	case err != nil:
		return nil, nil, fmt.Errorf("web: policy text: %w", err)
	case policy.Digest(canonical) != digest:
		return nil, nil, fmt.Errorf("%w: the text kept here is not the one whose digest is on the chain", errNoText)
	}
	doc, err := policy.ParseCanonical(canonical)
	if err != nil {
		return nil, canonical, fmt.Errorf("%w: the text is not a policy document (%v)", errNoText, err)
	}
	return doc, canonical, nil
}

func newPolicyVersion(v PolicyVersion, doc *policy.Document, canonical []byte, problem error) policyVersion {
	out := policyVersion{
		Number: v.Number, Previous: v.Number - 1, Block: v.Block, Tx: v.Tx,
		Digest: "0x" + hex.EncodeToString(v.Digest[:]), CID: policy.CID(v.Digest).String(),
		PublishedAt: v.PublishedAt, EffectiveAt: v.EffectiveAt, Canonical: string(canonical),
	}
	if problem != nil {
		out.Problem = sentence(strings.TrimPrefix(problem.Error(), errNoText.Error()+": "))
	}
	if doc != nil {
		out.Document = newPolicyText(doc)
	}
	return out
}

func newPolicyText(d *policy.Document) *policyText {
	t := &policyText{
		Title: d.Title, Contact: d.Contact, Language: d.Language,
		Summary: paragraphs(d.Summary), Appeals: paragraphs(d.Appeals.Text), AppealDays: d.Appeals.Days,
	}
	for _, r := range d.Rules {
		t.Rules = append(t.Rules, policyRule{r.ID, r.Title, paragraphs(r.Text)})
	}
	for _, l := range d.Labels {
		t.Labels = append(t.Labels, policyLabel{l.ID, l.Title, l.Text, l.Severity})
	}
	return t
}

// changes gathers a diff by place.
func changes(diff []policy.Change) []change {
	var out []change
	for _, c := range diff {
		if len(out) == 0 || out[len(out)-1].Place != c.Place {
			out = append(out, change{Place: c.Place})
		}
		last := &out[len(out)-1]
		last.Fields = append(last.Fields, fieldChange{c.Field, strings.TrimSpace(c.Old), strings.TrimSpace(c.New)})
	}
	return out
}

func paragraphs(text string) []string {
	var out []string
	for p := range strings.SplitSeq(text, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}
