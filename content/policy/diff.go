package policy

import "strconv"

// Change is one difference between two versions, at a place that a person would
// name: "rule no-spam", "title". Old is empty for what was added, New for what
// was removed.
type Change struct {
	Place string `json:"place"`
	Field string `json:"field,omitempty"`
	Old   string `json:"old,omitempty"`
	New   string `json:"new,omitempty"`
}

// Diff tells what changed from a to b: rules and labels by id, whatever their
// order, then everything else by field.
func Diff(a, b *Document) []Change {
	var changes []Change
	compare := func(place, field, old, new string) {
		if old != new {
			changes = append(changes, Change{place, field, old, new})
		}
	}
	for _, f := range [][3]string{
		{"title", a.Title, b.Title}, {"language", a.Language, b.Language},
		{"summary", a.Summary, b.Summary}, {"contact", a.Contact, b.Contact},
		{"appeals", a.Appeals.Text, b.Appeals.Text},
		{"appeals days", strconv.Itoa(a.Appeals.Days), strconv.Itoa(b.Appeals.Days)},
	} {
		compare(f[0], "", f[1], f[2])
	}
	compareItems("rule ", a.ruleFields(), b.ruleFields(), compare)
	compareItems("label ", a.labelFields(), b.labelFields(), compare)
	return changes
}

// item is a rule or a label as named texts, the first of which is never empty.
type item struct {
	id     string
	fields [][2]string
}

func (d *Document) ruleFields() (items []item) {
	for _, r := range d.Rules {
		items = append(items, item{r.ID, [][2]string{{"title", r.Title}, {"text", r.Text}}})
	}
	return items
}

func (d *Document) labelFields() (items []item) {
	for _, l := range d.Labels {
		rules := ""
		for _, id := range l.Rules {
			rules += " " + id
		}
		items = append(items, item{l.ID, [][2]string{
			{"title", l.Title}, {"text", l.Text}, {"severity", l.Severity}, {"rules", rules},
		}})
	}
	return items
}

func compareItems(kind string, a, b []item, compare func(place, field, old, new string)) {
	old := make(map[string]item)
	for _, it := range a {
		old[it.id] = it
	}
	for _, it := range b {
		was, ok := old[it.id]
		delete(old, it.id)
		for i, f := range it.fields {
			before := ""
			if ok {
				before = was.fields[i][1]
			}
			compare(kind+it.id, f[0], before, f[1])
		}
	}
	for _, it := range a {
		if _, gone := old[it.id]; !gone {
			continue
		}
		for _, f := range it.fields {
			compare(kind+it.id, f[0], f[1], "")
		}
	}
}
