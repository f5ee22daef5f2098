package chain_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"metanet/chain"
	"metanet/chain/chaintest"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// Providers bound eth_getLogs by blocks or by results, with codes and words of
// their own. Whatever they say, fewer blocks are asked for until it passes, and
// nothing is missed. The answers are those that users of the providers report.
func TestProvidersRefusals(t *testing.T) {
	const blocks, results = 40, 25
	refusals := map[string]struct {
		blocks, results int // the limit; 0: none
		no              chaintest.Refusal
	}{
		"Infura, results":     {0, results, chaintest.Refusal{Code: -32005, Message: "query returned more than 10000 results. Try with this block range [0xBDE5F8, 0x102DBCC].", Data: map[string]any{"from": "0xBDE5F8", "limit": 10000, "to": "0x102DBCC"}}},
		"Infura, blocks":      {blocks, 0, chaintest.Refusal{Code: -32602, Message: "range 1000000 exceeds limit of 10000"}},
		"Alchemy":             {0, results, chaintest.Refusal{Code: -32602, Message: "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit on the response size, or you can request any block range with a cap of 10K logs in the response. Based on your parameters and the response size limit, this block range should work: [0x0, 0xd043b8]"}},
		"QuickNode":           {blocks, 0, chaintest.Refusal{Code: -32614, Message: "eth_getLogs is limited to a 10,000 range"}},
		"Ankr":                {blocks, 0, chaintest.Refusal{Code: -32600, Message: "block range is too wide"}},
		"Erigon, blocks":      {blocks, 0, chaintest.Refusal{Code: -32000, Message: "query block range exceeds server limit, narrow your filter: 1000"}},
		"Erigon, results":     {0, results, chaintest.Refusal{Code: -32000, Message: "query returns too many logs, narrow your filter: 20000"}},
		"Tenderly":            {blocks, 0, chaintest.Refusal{Code: -32602, Message: "invalid params", Data: map[string]any{"payload": "range 9009594 is bigger than range limit 2000"}}},
		"a time limit":        {blocks, 0, chaintest.Refusal{Code: -32005, Message: "query timeout exceeded"}},
		"no reason at all":    {blocks, 0, chaintest.Refusal{Code: -32603, Message: "Internal error"}},
		"one block at a time": {1, 0, chaintest.Refusal{Code: -32602, Message: "block range too large"}},
	}
	for name, c := range refusals {
		t.Run(name, func(t *testing.T) {
			s := newScripted(t, chain.FollowerConfig{Keep: 8, Window: 2000, Finality: chain.FinalLatest})
			s.stop()
			refused := 0
			s.Set(func(f *chaintest.Fake) {
				f.Intercept = func(method string, params []json.RawMessage, answer any) any {
					logs, ok := answer.([]types.Log)
					if method != "eth_getLogs" || !ok {
						return answer
					}
					if c.results > 0 && len(logs) > c.results || c.blocks > 0 && width(params[0]) > c.blocks {
						refused++
						return &c.no
					}
					return answer
				}
			})
			for i := range 300 {
				s.Mine(keyAdded(alice, key(byte(i))))
			}
			s.start(t)
			s.settled(t)
			if refused == 0 {
				t.Error("nothing was refused")
			}
			s.Set(func(f *chaintest.Fake) { f.Intercept = nil })
			equalToFresh(t, s)
		})
	}
}

// QuickNode refuses with HTTP's 413 besides, which hides the words.
func TestProviderRefusesByStatus(t *testing.T) {
	s := newScripted(t, chain.FollowerConfig{Keep: 8, Window: 2000, Finality: chain.FinalLatest})
	s.stop()
	for i := range 300 {
		s.Mine(keyAdded(alice, key(byte(i))))
	}
	var refused atomic.Int64
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var q struct {
			Method string
			Params []json.RawMessage
		}
		if json.Unmarshal(body, &q) == nil && q.Method == "eth_getLogs" && width(q.Params[0]) > 40 {
			refused.Add(1)
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			io.WriteString(w, `{"jsonrpc":"2.0","id":56,"error":{"code":-32614,"message":"eth_getLogs is limited to a 10,000 range"}}`)
			return
		}
		resp, err := http.Post(s.URL, "application/json", bytes.NewReader(body))
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.Header().Set("Content-Type", "application/json")
		io.Copy(w, resp.Body)
	}))
	t.Cleanup(front.Close)
	s.client = dial(t, front.URL)
	s.start(t)
	s.settled(t)
	if refused.Load() == 0 {
		t.Error("nothing was refused")
	}
	equalToFresh(t, s)
}

// width is how many blocks a filter covers; one by hash covers one.
func width(filter json.RawMessage) int {
	var f struct{ FromBlock, ToBlock hexutil.Uint64 }
	if json.Unmarshal(filter, &f) != nil {
		return 1
	}
	return int(f.ToBlock-f.FromBlock) + 1
}
