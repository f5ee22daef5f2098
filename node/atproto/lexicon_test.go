package atproto

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bluesky-social/indigo/atproto/atdata"
	"github.com/bluesky-social/indigo/atproto/lexicon"
)

// outputs holds answers to the published lexicons. The library validates
// records only, so each endpoint's output schema is put into a record of its own.
type outputs struct {
	t       *testing.T
	catalog *lexicon.BaseCatalog
}

func newOutputs(t *testing.T) *outputs {
	t.Helper()
	o := &outputs{t, lexicon.NewBaseCatalog()}
	if err := o.catalog.LoadDirectory("testdata/lexicons"); err != nil {
		t.Fatal(err)
	}
	return o
}

// check fails the test unless body is what nsid's lexicon says.
func (o *outputs) check(nsid string, body []byte) {
	o.t.Helper()
	id := o.wrap(nsid)
	data, err := atdata.UnmarshalJSON([]byte(`{"$type":"` + id + `","output":` + string(body) + `}`))
	if err != nil {
		o.t.Errorf("%s: %v\n%s", nsid, err, body)
		return
	}
	if err := lexicon.ValidateRecord(o.catalog, map[string]any(data), id, 0); err != nil {
		o.t.Errorf("%s: %v\n%s", nsid, err, body)
	}
}

func (o *outputs) wrap(nsid string) (id string) {
	o.t.Helper()
	id = "net.metanet.test." + nsid[strings.LastIndexByte(nsid, '.')+1:]
	if _, err := o.catalog.Resolve(id); err == nil {
		return id
	}
	b, err := os.ReadFile(filepath.Join("testdata/lexicons", strings.ReplaceAll(nsid, ".", "/")+".json"))
	if err != nil {
		o.t.Fatal(err)
	}
	var file struct {
		Defs struct {
			Main struct {
				Output struct{ Schema any }
			}
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		o.t.Fatal(err)
	}
	wrapped, err := json.Marshal(map[string]any{"lexicon": 1, "id": id, "defs": map[string]any{"main": map[string]any{
		"type": "record", "key": "any",
		"record": map[string]any{"type": "object", "required": []string{"output"}, "properties": map[string]any{"output": absolute(file.Defs.Main.Output.Schema, nsid)}},
	}}})
	if err != nil {
		o.t.Fatal(err)
	}
	var schema lexicon.SchemaFile
	if err := json.Unmarshal(wrapped, &schema); err != nil {
		o.t.Fatal(err)
	}
	if err := o.catalog.AddSchemaFile(schema); err != nil {
		o.t.Fatal(err)
	}
	return id
}

// absolute makes references within the file of nsid ones from anywhere.
func absolute(v any, nsid string) any {
	switch v := v.(type) {
	case map[string]any:
		for k, item := range v {
			v[k] = absolute(item, nsid)
		}
	case []any:
		for i, item := range v {
			v[i] = absolute(item, nsid)
		}
	case string:
		if strings.HasPrefix(v, "#") {
			return nsid + v
		}
	}
	return v
}

func TestOutputsCanFail(t *testing.T) {
	probe := &testing.T{}
	o := &outputs{probe, newOutputs(t).catalog}
	o.check("app.bsky.feed.getTimeline", []byte(`{"feed":[{"post":{"uri":"at://x"}}]}`))
	if !probe.Failed() {
		t.Error("anything passes")
	}
}
