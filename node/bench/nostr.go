package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// envNostr names a Go module with the two programs that the comparison needs:
//
//	relay -backend badger|lmdb -path DIR -addr HOST:PORT   a Nostr relay (khatru)
//	pub -url URL -n EVENTS -c CONNECTIONS -w WINDOW        prints "… => N events/s …"
const envNostr = "METANET_BENCH_NOSTR"

// pattern is how a client sends: over so many connections, each with so many records
// not yet acknowledged; of ours, in one message.
type pattern struct{ connections, window, records int }

func (p pattern) String() string { return fmt.Sprintf("%dx%d", p.connections, p.window) }

var patterns = []pattern{{1, 1, 200}, {1, 64, 3_200}, {8, 64, 6_400}}

// goalVsRelay is how many times as fast as a relay of equal or less durability a
// node should take records.
const goalVsRelay = 5

// relays are the backends: lmdb syncs each event, badger syncs none.
var relays = []string{"lmdb", "badger"}

// compare measures the node and Nostr relays in one run, pattern by pattern.
func (u *author) compare(ctx context.Context, a *process, dir string) error {
	source := os.Getenv(envNostr)
	if source == "" {
		fmt.Fprintf(os.Stderr, "bench: no comparison with Nostr relays: %s names no module with relay and pub\n", envNostr)
		return nil
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", dir+string(filepath.Separator), "./relay", "./pub")
	build.Dir = source
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "bench: no comparison with Nostr relays: %v\n%s", err, out)
		return nil
	}
	for _, p := range patterns {
		messages, err := u.messages(p.records, p.window)
		if err != nil {
			return err
		}
		took, err := pour(ctx, a.client(), messages, p.connections, "admitted")
		if err != nil {
			return err
		}
		ours := float64(p.records) / took.Seconds()
		more("ingest-"+p.String(), ours, "rec/s", 0)
		for _, backend := range relays {
			theirs, err := relayRate(ctx, dir, backend, p)
			if err != nil {
				return fmt.Errorf("relay on %s: %w", backend, err)
			}
			more("khatru-"+backend+"-"+p.String(), theirs, "rec/s", 0)
			more("ingest-vs-khatru-"+backend+"-"+p.String(), ours/theirs, "times", goalVsRelay)
		}
	}
	return nil
}

var eventRate = regexp.MustCompile(`ok=(\d+) .*=> (\d+) events/s`)

// relayRate is what a new relay takes, in events a second.
func relayRate(ctx context.Context, dir, backend string, p pattern) (rate float64, err error) {
	addr, err := freeAddress()
	if err != nil {
		return 0, err
	}
	data, err := os.MkdirTemp(dir, backend)
	if err != nil {
		return 0, err
	}
	ctx, stop := context.WithTimeout(ctx, 3*time.Minute)
	defer stop()
	relay := exec.CommandContext(ctx, filepath.Join(dir, "relay"), "-backend", backend, "-path", data, "-addr", addr)
	if err := relay.Start(); err != nil {
		return 0, err
	}
	defer func() {
		_ = relay.Process.Kill() // it knows no other end
		_ = relay.Wait()
	}()
	if err := listens(ctx, addr); err != nil {
		return 0, err
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "pub"), "-url", "ws://"+addr,
		"-n", strconv.Itoa(p.records), "-c", strconv.Itoa(p.connections), "-w", strconv.Itoa(p.window)).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, out)
	}
	m := eventRate.FindSubmatch(out)
	if m == nil || string(m[1]) != strconv.Itoa(p.records) {
		return 0, fmt.Errorf("not all events were taken:\n%s", out)
	}
	return strconv.ParseFloat(string(m[2]), 64)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func listens(ctx context.Context, addr string) error {
	for {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		if err == nil {
			return c.Close()
		}
		if ctx.Err() != nil {
			return errors.Join(err, context.Cause(ctx))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// status reads one line of what the system tells of the process.
func (p *process) status(name string) (float64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), name+":"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kb / 1024, err
		}
	}
	return 0, errors.New("no " + name)
}
