package node

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"metanet/chain"
	"metanet/chain/chaintest"
)

// troubled is a node, with its place on-chain, whose way to the chain of another
// leads through a proxy.
func troubled(t *testing.T) (r, host *running, proxy *chaintest.Proxy) {
	t.Helper()
	dir := t.TempDir()
	host = up(t, Config{Home: filepath.Join(dir, "host")})
	proxy = chaintest.NewProxy(t, host.anchor.dev.URL())
	r = up(t, Config{Home: filepath.Join(dir, "troubled"), Chain: []string{proxy.URL}})
	if _, err := host.anchor.dev.Fund(t.Context(), [20]byte(r.ring.Operator().Address()), faucetGift); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it takes its place", func() bool { return r.status().Ready })
	return r, host, proxy
}

// A running node meets what chains and their RPCs do: it serves on, says so, and
// is well again by itself.
func TestChainFaults(t *testing.T) {
	r, host, proxy := troubled(t)
	serves := func(t *testing.T) {
		t.Helper()
		for _, path := range []string{"/livez", "/", "/.well-known/metanet", "/xrpc/net.metanet.feed.getPublic"} {
			if err := r.get(path); err != nil {
				t.Errorf("GET %s: %v", path, err)
			}
		}
	}
	well := func(t *testing.T) {
		t.Helper()
		eventually(t, "all is well", func() bool {
			head, err := host.anchor.client.Head(t.Context())
			s := r.status()
			return err == nil && s.Chain.Error == "" && s.Ready && s.Chain.Followed == head.Number
		})
		serves(t)
	}
	says := func(t *testing.T, what string) {
		t.Helper()
		eventually(t, "the status says "+what, func() bool { return strings.Contains(r.status().Chain.Error, what) })
		serves(t)
		if err := r.get("/readyz"); err != nil {
			t.Errorf("/readyz before two minutes: %v", err)
		}
	}

	t.Run("RPC down", func(t *testing.T) {
		proxy.Always(chaintest.Lose)
		says(t, chain.ErrUnavailable.Error())
		proxy.OnCall(nil)
		well(t)
	})
	t.Run("another chain behind the same URL", func(t *testing.T) {
		proxy.Always(chaintest.Lose)
		says(t, chain.ErrUnavailable.Error())
		proxy.OnAnswer(chaintest.AnswerTimes("eth_chainId", `"0x1"`, 1<<30))
		proxy.OnCall(nil)
		says(t, chain.ErrWrongChain.Error())
		proxy.OnAnswer(nil)
		well(t)
	})
	t.Run("reorganisation", func(t *testing.T) {
		for range 10 {
			if _, err := host.anchor.dev.Fund(t.Context(), host.anchor.dev.Faucet(), operatorFunds); err != nil {
				t.Fatal(err)
			}
		}
		well(t)
		before := r.anchor.follower.Head()
		if err := host.anchor.dev.Rewind(before.Number - 10); err != nil {
			t.Fatal(err)
		}
		for range 11 {
			if _, err := host.anchor.dev.Fund(t.Context(), host.anchor.dev.Faucet(), operatorFunds); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "it follows the other branch", func() bool { return r.anchor.follower.Head().Number > before.Number })
		well(t)
		if s := r.status(); s.Server == 0 || s.Policies != 1 {
			t.Errorf("its place is lost: %+v", s)
		}
	})
	t.Run("clock behind the chain", func(t *testing.T) {
		proxy.OnAnswer(func(method string, result json.RawMessage) json.RawMessage {
			var block map[string]any
			if method != "eth_getBlockByNumber" || json.Unmarshal(result, &block) != nil || block == nil {
				return result
			}
			block["timestamp"] = hexutil.Uint64(time.Now().Add(time.Hour).Unix())
			result, _ = json.Marshal(block)
			return result
		})
		told := slices.ContainsFunc(Examine(t.Context(), r.cfg.Home), func(d Diagnosis) bool {
			return d.Health == Broken && strings.Contains(d.Detail, "ahead of this machine's clock")
		})
		if !told {
			t.Errorf("metanet doctor does not say so: %+v", Examine(t.Context(), r.cfg.Home))
		}
		proxy.OnAnswer(nil)
		well(t)
	})
	t.Run("transactions are not taken", func(t *testing.T) {
		proxy.OnCall(func(method string) chaintest.Fault {
			if method == "eth_sendRawTransaction" {
				return chaintest.Lose
			}
			return chaintest.Pass
		})
		done := make(chan error, 1)
		go func() { _, err := r.publish("While nothing is taken"); done <- err }()
		eventually(t, "the status says so", func() bool {
			s := r.status().Chain
			return s.Queued == 1 && strings.Contains(s.Sending, "is not taken")
		})
		serves(t)
		proxy.OnCall(nil)
		if err := <-done; err != nil && !errors.Is(err, chain.ErrQueued) {
			t.Error(err)
		}
		eventually(t, "it is on-chain", func() bool { return r.status().Policies == 2 && r.status().Chain.Queued == 0 })
		well(t)
	})
}
