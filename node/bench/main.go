// Command bench measures the node and prints one line a figure, so that figures
// can be followed over time:
//
//	name value unit limit ratio
//
// limit is what the machine itself gives in the same run where that was
// measured, else the goal from the design, else "-"; ratio is value by limit, the
// other way round where less is better, so that 1 is always "reached". It takes
// the binary from METANET_BIN, and Go for the benchmarks inside the tree.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"time"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	binary := os.Getenv("METANET_BIN")
	if binary == "" {
		return errors.New("METANET_BIN names no binary (use `make bench`)")
	}
	if err := inTree(ctx); err != nil {
		return err
	}
	return processes(ctx, binary)
}

// more prints a figure of which more is better; less one of which less is.
func more(name string, value float64, unit string, limit float64) {
	show(name, value, unit, limit, value/limit)
}

func less(name string, value float64, unit string, limit float64) {
	show(name, value, unit, limit, limit/value)
}

func show(name string, value float64, unit string, limit, ratio float64) {
	if limit == 0 {
		fmt.Printf("%s %.4g %s - -\n", name, value, unit)
		return
	}
	fmt.Printf("%s %.4g %s %.4g %.2f\n", name, value, unit, limit, ratio)
}

// inTree runs Go benchmarks of single packages.
func inTree(ctx context.Context) error {
	straight, err := bench(ctx, "./content/store", "StraightLine/batch-1024$", "60000x", `([\d.]+) rec/s`)
	if err != nil {
		return err
	}
	door, err := bench(ctx, "./node/ingest", "Door$", "60000x", `([\d.]+) rec/s`)
	if err != nil {
		return err
	}
	one, err := bench(ctx, "./node/ingest", "DoorOne$", "2000x", `([\d.]+) ns/op`)
	if err != nil {
		return err
	}
	stream, err := bench(ctx, "./content/store", "StraightStream$", "60000x", `([\d.]+) rec/s`)
	if err != nil {
		return err
	}
	bulk, err := bench(ctx, "./node/pull", "CatchUp/sources-1$", "60000x", `([\d.]+) rec/s`)
	if err != nil {
		return err
	}
	idle, err := bench(ctx, "./node/pull", "Idle$", "200x", `([\d.]+) ns/op`)
	if err != nil {
		return err
	}
	difference, err := bench(ctx, "./node/pull", "Difference/100$", "1x", `([\d.]+) bytes/rec`)
	if err != nil {
		return err
	}
	more("straight-line", straight, "rec/s", 0)
	more("ingest-local", door, "rec/s", straight)
	less("put-latency", one/1e6, "ms", 5)
	heard, err := bench(ctx, "./node/wire", "Gossip/heard$", "200000x", `([\d.]+) rec/s`)
	if err != nil {
		return err
	}
	gossip, err := bench(ctx, "./node/wire", "Gossip/door$", "60000x", `([\d.]+) rec/s`)
	if err != nil {
		return err
	}
	more("gossip-heard", heard, "rec/s", 0)
	more("ingest-gossip", gossip, "rec/s", 1/(1/heard+1/straight)) // both cores do both
	more("straight-stream", stream, "rec/s", 0)
	more("sync-bulk", bulk, "rec/s", stream)
	less("compare-idle", idle/1e6, "ms", 0)
	less("compare-difference", difference, "B/rec", 0)
	return nil
}

// bench is the median of three runs of one benchmark.
func bench(ctx context.Context, pkg, name, times, pattern string) (float64, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", name, "-benchtime", times, "-count", "3", pkg)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", pkg, err, out)
	}
	var values []float64
	for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(out, -1) {
		v, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			return 0, err
		}
		values = append(values, v)
	}
	if len(values) == 0 {
		return 0, fmt.Errorf("%s: benchmark %s printed no figure:\n%s", pkg, name, bytes.TrimSpace(out))
	}
	slices.Sort(values)
	return values[len(values)/2], nil
}
