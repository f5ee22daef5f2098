package devchain

import (
	"bufio"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
)

const killDirEnv = "DEVCHAIN_KILL_TEST_DIR"

// TestKillLosesNothingAcknowledged starts this test binary as a child that sends
// transactions and prints the hash of each whose receipt it read over the RPC,
// kills it with SIGKILL in the middle, and looks for every printed hash.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	if dir := os.Getenv(killDirEnv); dir != "" {
		sendUntilKilled(t, dir)
		return
	}
	dir := t.TempDir()
	acknowledged := map[common.Hash]bool{}
	for round := range 3 {
		for _, h := range runAndKill(t, dir, 60) {
			acknowledged[h] = true
		}
		chain := start(t, Config{Dir: dir})
		client := dial(t, chain.URL())
		lost := 0
		for h := range acknowledged {
			if r, err := client.TransactionReceipt(t.Context(), h); err != nil || r.Status != types.ReceiptStatusSuccessful {
				lost++
			}
		}
		if lost > 0 || len(acknowledged) < 60 {
			t.Fatalf("round %d: lost %d of %d acknowledged transactions", round, lost, len(acknowledged))
		}
		if err := chain.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// runAndKill lets the child acknowledge n transactions, then kills it and reads
// what else it had printed.
func runAndKill(t *testing.T, dir string, n int) (hashes []common.Hash) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKillLosesNothingAcknowledged$")
	child.Env = append(os.Environ(), killDirEnv+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var s string
		if _, err := fmt.Sscanf(lines.Text(), "acknowledged %s", &s); err != nil {
			continue
		}
		hashes = append(hashes, common.HexToHash(s))
		if len(hashes) == n {
			child.Process.Kill()
		}
	}
	child.Wait()
	return hashes
}

// sendUntilKilled is the child: several senders in flight, so that the kill
// falls between a block and its sync now and then.
func sendUntilKilled(t *testing.T, dir string) {
	chain := start(t, Config{Dir: dir})
	for i := range 4 {
		go func() {
			client, err := ethclient.Dial(chain.URL())
			if err != nil {
				t.Error(err)
				return
			}
			to := common.BigToAddress(big.NewInt(int64(1000 + i)))
			for {
				hash, err := chain.sendFunds(to, big.NewInt(1))
				if err != nil {
					time.Sleep(time.Millisecond)
					continue
				}
				for {
					if _, err := client.TransactionReceipt(t.Context(), hash); err == nil {
						break
					}
					time.Sleep(time.Millisecond)
				}
				fmt.Printf("acknowledged %s\n", hash)
			}
		}()
	}
	time.Sleep(time.Minute) // the parent kills long before
}
