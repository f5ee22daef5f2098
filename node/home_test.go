package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestHomeIsOfOneProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "home")
	h, err := openHome(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openHome(dir); !errors.Is(err, ErrHomeInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("second: %v, want %v", err, ErrHomeInUse)
	}
	if info, err := os.Stat(dir); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("home: %v, %v", info.Mode(), err)
	}
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	if h, err = openHome(dir); err != nil {
		t.Fatalf("after close: %v", err)
	}
	h.close()
}

func TestNetworkStateIsReplacedWhole(t *testing.T) {
	h, err := openHome(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	if s, err := h.loadNetwork(); err != nil || !reflect.DeepEqual(s, networkState{}) {
		t.Fatalf("of a new home: %+v, %v", s, err)
	}
	state := func(n int) networkState {
		s := networkState{Network: fmt.Sprint(n), Chain: chains{"dev"}}
		for range 100 {
			s.Peers = append(s.Peers, fmt.Sprint("/ip4/127.0.0.1/tcp/", n))
		}
		return s
	}
	if err := h.saveNetwork(state(0)); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		defer close(done)
		for n := range 50 {
			if err := h.saveNetwork(state(n)); err != nil {
				t.Error(err)
			}
		}
	})
	for reading := true; reading; {
		select {
		case <-done:
			reading = false
		default:
		}
		s, err := h.loadNetwork()
		if err != nil {
			t.Fatalf("read while it was replaced: %v", err)
		}
		for _, p := range s.Peers {
			if p != "/ip4/127.0.0.1/tcp/"+s.Network {
				t.Fatalf("a mixture: %s in %s", p, s.Network)
			}
		}
	}
	wg.Wait()
	names, err := filepath.Glob(h.path("*"))
	if err != nil || len(names) != 2 { // and the lock
		t.Errorf("left behind: %v, %v", names, err)
	}
	if info, err := os.Stat(h.path(networkFile)); err != nil || shared(info) {
		t.Errorf("others can read it: %v, %v", info.Mode(), err)
	}
}

func TestDamagedNetworkState(t *testing.T) {
	h, err := openHome(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	if err := os.WriteFile(h.path(networkFile), []byte(`{"network":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.loadNetwork(); err == nil || !strings.Contains(err.Error(), networkFile) {
		t.Errorf("loadNetwork: %v, want one that names the file", err)
	}
}

func TestControl(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadControl(dir); err == nil || !strings.Contains(err.Error(), "metanet up") {
		t.Errorf("ReadControl: %v, want what to do", err)
	}
	h, err := openHome(dir)
	if err != nil {
		t.Fatal(err)
	}
	first, err := h.saveControl("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	second, err := h.saveControl("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if first.Token == second.Token || len(first.Token) < 40 {
		t.Errorf("tokens %q and %q", first.Token, second.Token)
	}
	if got, err := ReadControl(dir); err != nil || got != second || got.PID != os.Getpid() {
		t.Errorf("ReadControl: %+v, %v, want %+v", got, err, second)
	}
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadControl(dir); err == nil {
		t.Error("the token outlives the process")
	}
}
