package sim

import (
	"log/slog"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// The seed of a run that failed, to run it again, and the size of the network.
const (
	envSeed  = "METANET_SIM_SEED"
	envNodes = "METANET_SIM_NODES"
)

func number(t *testing.T, name string, otherwise uint64) uint64 {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func run(t *testing.T, plan Plan) {
	plan.Seed = number(t, envSeed, uint64(time.Now().UnixNano()))
	began := time.Now()
	var rep Report
	synctest.Test(t, func(t *testing.T) {
		var err error
		rep, err = Run(t.Context(), plan, slog.New(slog.NewTextHandler(t.Output(), nil)))
		if err != nil {
			t.Errorf("%v\n%s=%d runs it again", err, envSeed, plan.Seed)
		}
	})
	t.Logf("%d nodes, %d records: agreed %s after the last fault, %d bytes a node, %v; it took %s",
		plan.Nodes, rep.Written, rep.Converged, rep.Bytes/int64(plan.Nodes), rep.Fired, time.Since(began).Round(time.Millisecond))
	for kind, n := range rep.Fired {
		if n == 0 {
			t.Errorf("%s never hurt", kind)
		}
	}
}

// TestTwo: two nodes, nothing goes wrong.
func TestTwo(t *testing.T) {
	run(t, Plan{Nodes: 2, People: 3, Records: 20, Span: time.Minute})
}

// TestNetwork: nodes that crash, lines that break, keys that end, newcomers, and
// peers that lie.
func TestNetwork(t *testing.T) {
	nodes := max(10, int(number(t, envNodes, 10)))
	run(t, Plan{Nodes: nodes, Liars: nodes / 10, Late: nodes / 10, People: nodes * 2 / 3, Records: 300, Faults: 3, Span: 2 * time.Minute})
}
