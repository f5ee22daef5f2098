package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layer is a package tree of ours and the trees of ours it may import (besides
// itself). The direction is the design: docs/architecture.md tells the reasons.
type layer struct {
	tree   string
	allows []string
}

var types = []string{"identity", "content"}

var layers = []layer{
	{"identity", nil},           // pure: whoever knows keys needs no chain, store or network
	{"p2p", nil},                // moves bytes, knows no posts
	{"contracts/bindings", nil}, // generated
	{"content", []string{"identity"}},
	{"chain", []string{"identity", "contracts/bindings"}},
	{"node/quota", types}, // counters; HTTP and chain are not its matter
	{"node/ingest", append([]string{"node/quota"}, types...)}, // key histories come through an interface of its own
	{"node/outbox", types}, // publishes through an interface of its own
	{"node/pull", append([]string{"node/ingest", "p2p"}, types...)},                                                       // catch-up runs over p2p and enters by the door
	{"node/wire", append([]string{"node/ingest", "node/pull", "p2p", "node/quota"}, types...)},                            // joins them
	{"node/sim", append([]string{"node/wire", "node/ingest", "node/outbox", "node/pull", "node/quota", "p2p"}, types...)}, // whole nodes without chain and HTTP
	{"node/resign", append([]string{"node/ingest"}, types...)},                                                            // reads the store, writes by the door
	{"node/move", append([]string{"node/ingest", "node/resign"}, types...)},                                               // chain and old home come through interfaces of its own
	{"node/carry", carryMay}, // chain and accounts come through interfaces of its own
	{"node/block", types},    // a list; who hides what is on it is not its matter
	{"node/personal", types}, // what members keep to themselves; knows no record
	{"node/inbox", append([]string{"node/personal"}, types...)}, // reads a view; keeps nothing
	{"node/journal", nil},                                      // knows no decision's meaning
	{"node/nonce", nil},                                        // knows no purpose
	{"node/custody", types},                                    // orders through an interface of its own
	{"node/passkey", []string{"node/nonce", "identity"}},       // accounts are DIDs to it
	{"node/session", append([]string{"node/nonce"}, types...)}, // asks the chain through an interface of its own
	{"node/handle", append([]string{"node/client"}, types...)}, // asks strangers; chain and sessions come through interfaces of its own
	{"node/xrpc", types},                                       // mechanics: knows no endpoint
	{"node/cert", nil},
	{"node/edge", nil},
	{"node/backup", nil},                                      // copies files; knows not what they mean
	{"node/gateway", append([]string{"node/xrpc"}, types...)}, // what may be seen is the blockstore's matter
	{"node/native", append(faceMay, "node/xrpc", "node/passkey", "node/custody", "node/carry")},
	{"node/atproto", append(faceMay, "node/xrpc")},
	{"node/web", faceMay},
	{"node/audit", append([]string{"chain", "contracts/bindings", "node/client"}, types...)}, // trusts no server, so uses none of its parts
}

// carryMay: what it brings in enters by the door, or is signed again.
var carryMay = append([]string{"node/ingest", "node/resign"}, types...)

// faceMay is what a face may see: never another face, p2p, chain or the database engine.
var faceMay = append([]string{"node/ingest", "node/outbox", "node/session", "node/quota", "node/block", "node/journal", "node/inbox", "node/personal"}, types...)

// engines are third-party packages that exactly one of our trees may import.
var engines = map[string]string{
	"github.com/cockroachdb/pebble/v2":                 "content/store/engine/disk",
	"github.com/libp2p/go-libp2p-pubsub":               "p2p",
	"github.com/oasisprotocol/curve25519-voi":          "identity",
	"github.com/ethereum/go-ethereum/eth":              "chain/devchain",
	"github.com/bluesky-social/indigo/atproto/lexicon": "content/record",
	"github.com/go-webauthn/webauthn":                  "node/passkey",
}

// TestImportDirections holds every import of ours to the table above. Tests may
// look further (an end-to-end test sees everything), the shipped code may not.
func TestImportDirections(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		pkg, imports, _ := strings.Cut(strings.TrimSpace(line), " ")
		pkg = strings.TrimPrefix(pkg, "metanet/")
		for imp := range strings.FieldsSeq(imports) {
			seen++
			checkOurs(t, pkg, imp)
			checkEngine(t, pkg, imp)
		}
	}
	if seen < 100 {
		t.Fatalf("only %d imports seen: the test looks at nothing", seen)
	}
}

func checkOurs(t *testing.T, pkg, imp string) {
	imp, ours := strings.CutPrefix(imp, "metanet/")
	if !ours {
		return
	}
	i := slices.IndexFunc(layers, func(l layer) bool { return within(pkg, l.tree) })
	if i < 0 || within(imp, layers[i].tree) {
		return // assembly, command line, simulation: they see everything
	}
	if !slices.ContainsFunc(layers[i].allows, func(tree string) bool { return within(imp, tree) }) {
		t.Errorf("%s imports %s; %s may import only %v", pkg, imp, layers[i].tree, layers[i].allows)
	}
}

func checkEngine(t *testing.T, pkg, imp string) {
	for engine, owner := range engines {
		if within(imp, engine) && !within(pkg, owner) {
			t.Errorf("%s imports %s, which belongs to %s alone", pkg, imp, owner)
		}
	}
}

func within(pkg, tree string) bool { return pkg == tree || strings.HasPrefix(pkg, tree+"/") }
