//go:build peers

package conformance

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
)

// peer is a chain in a process of its own, which has an account with coins that
// it signs for.
type peer struct {
	url, socket string
	rpc         *rpc.Client
	rich        common.Address
}

func (p *peer) URL() string    { return p.url }
func (p *peer) Socket() string { return p.socket }

// connect reads the rich account.
func (p *peer) connect(t *testing.T) {
	t.Helper()
	var err error
	if p.rpc, err = rpc.DialContext(t.Context(), p.url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.rpc.Close)
	var accounts []common.Address
	p.call(t, &accounts, "eth_accounts")
	p.rich = accounts[0]
}

func (p *peer) call(t testing.TB, result any, method string, params ...any) {
	t.Helper()
	if err := p.rpc.CallContext(t.Context(), result, method, params...); err != nil {
		t.Fatalf("%s: %v", method, err)
	}
}

func (p *peer) Fund(t testing.TB, a common.Address) {
	t.Helper()
	p.transfer(t, a, (*hexutil.Big)(ether))
}

// transfer returns once it is in a block.
func (p *peer) transfer(t testing.TB, to common.Address, wei *hexutil.Big) {
	t.Helper()
	var tx common.Hash
	p.call(t, &tx, "eth_sendTransaction", map[string]any{"from": p.rich, "to": to, "value": wei})
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		var receipt map[string]any // geth refuses while it begins to index
		if err := p.rpc.CallContext(t.Context(), &receipt, "eth_getTransactionReceipt", tx); err == nil && receipt != nil {
			return
		}
	}
	t.Fatalf("%s is in no block", tx)
}

// start runs a program until the test ends and waits for each of the lines, in
// this order; it answers what their groups matched.
func start(t *testing.T, env string, args []string, lines ...string) (matched []string) {
	t.Helper()
	path := os.Getenv(env)
	if path == "" {
		t.Fatalf("%s must name the program; `make chains` does", env)
	}
	r, w := io.Pipe()
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	var reading sync.WaitGroup
	found := make(chan string, len(lines))
	reading.Go(func() {
		wanted := lines
		for s := bufio.NewScanner(r); s.Scan(); {
			log.WriteString(s.Text() + "\n")
			if len(wanted) == 0 {
				continue
			}
			if m := regexp.MustCompile(wanted[0]).FindStringSubmatch(s.Text()); m != nil {
				found <- m[1]
				wanted = wanted[1:]
			}
		}
	})
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		w.Close()
		reading.Wait()
		if t.Failed() {
			t.Logf("%s:\n%.20000s", path, log.String())
		}
	})
	for range lines {
		select {
		case m := <-found:
			matched = append(matched, m)
		case <-time.After(patience):
			t.Fatalf("%s did not say where it listens", path)
		}
	}
	return matched
}
