package chain_test

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"metanet/chain"
	"metanet/chain/chaintest"
	"metanet/content/store"
)

const (
	// syntheticEnv makes the test binary the RPC of a synthetic chain.
	syntheticEnv = "CHAIN_TEST_SYNTHETIC"
	// identitiesEnv is how large a registry BenchmarkRegistry follows.
	identitiesEnv     = "CHAIN_BENCH_IDENTITIES"
	defaultIdentities = 100_000

	syntheticPerBlock = 100
	syntheticEmpty    = 400
)

// serveSynthetic is the child process: it says where it listens, and serves until
// its standard input ends.
func serveSynthetic(identities string) error {
	n, err := strconv.Atoi(identities)
	if err != nil {
		return err
	}
	s, err := chaintest.NewSynthetic(n, syntheticPerBlock, syntheticEmpty)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go http.Serve(l, s)
	bufio.NewReader(os.Stdin).ReadByte()
	return nil
}

// syntheticRPC starts the child.
func syntheticRPC(b *testing.B, identities int) (url string) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", syntheticEnv, identities))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return "http://" + strings.TrimSpace(addr)
}

// BenchmarkRegistry follows a whole registry from an RPC process on the same
// machine into the node's own store, opens it again, and looks keys up. A million
// identities: CHAIN_BENCH_IDENTITIES=1000000 go test -bench Registry -benchtime 1x
func BenchmarkRegistry(b *testing.B) {
	identities := defaultIdentities
	if n, err := strconv.Atoi(os.Getenv(identitiesEnv)); err == nil {
		identities = n
	}
	s, err := chaintest.NewSynthetic(identities, syntheticPerBlock, syntheticEmpty)
	if err != nil {
		b.Fatal(err)
	}
	url := syntheticRPC(b, identities)
	for b.Loop() {
		dir := b.TempDir()
		before := resident()
		took := followAll(b, url, s, dir, func(*chain.Follower) {})
		b.ReportMetric(float64(2*identities)/took.Seconds(), "events/s")
		b.ReportMetric(float64(resident()-before)/(1<<20), "MB-following")
		b.ReportMetric(float64(sizeOf(b, dir))/(1<<20), "MB-disk")

		before = resident()
		took = followAll(b, url, s, dir, func(f *chain.Follower) {
			b.ReportMetric(float64(resident()-before)/(1<<20), "MB-resumed")
			lookUp(b, f, s)
			b.ReportMetric(float64(resident()-before)/(1<<20), "MB-after-lookups")
		})
		b.ReportMetric(took.Seconds()*1000, "ms-resume")
	}
}

// followAll opens the store, follows to the head and says how long both took.
func followAll(b *testing.B, url string, s *chaintest.Synthetic, dir string, then func(*chain.Follower)) time.Duration {
	b.Helper()
	start := time.Now()
	db, err := store.Open(dir, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	f, err := chain.NewFollower(dial(b, url), s.Contracts(), db.Space("chain"), chain.FollowerConfig{Poll: time.Millisecond, Finality: "64"})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	defer func() {
		cancel()
		<-done
	}()
	for f.Status().Head.Number == 0 || f.Head().Number < uint64(s.Head()) {
		if err := f.Status().Err; err != nil {
			b.Log(err)
		}
		time.Sleep(time.Millisecond)
	}
	took := time.Since(start)
	then(f)
	return took
}

// lookUp times keys that were not read before, in an order of no locality, and the
// same again.
func lookUp(b *testing.B, f *chain.Follower, s *chaintest.Synthetic) {
	b.Helper()
	const n = 20_000
	for _, pass := range []string{"cold", "hot"} {
		start := time.Now()
		for i := range n {
			did, key := s.Identity(i * 7919 % s.Identities)
			if _, known, err := f.Key(b.Context(), did, key); err != nil || !known {
				b.Fatal(known, err)
			}
		}
		own := time.Now()
		for i := range n { // what the loop itself costs
			s.Identity(i * 7919 % s.Identities)
		}
		b.ReportMetric(float64(own.Sub(start)-time.Since(own))/n, "ns/key-"+pass)
	}
}

// resident is the process's resident memory after a collection, 0 where the system
// doesn't say.
func resident() uint64 {
	runtime.GC()
	debug.FreeOSMemory()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(data))
	pages, _ := strconv.ParseUint(fields[1], 10, 64)
	return pages * uint64(os.Getpagesize())
}

func sizeOf(b *testing.B, dir string) (total int64) {
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return total
}
