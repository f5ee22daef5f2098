package node

import (
	"fmt"
	"testing"

	"metanet/node/native"
)

func TestCheckPeer(t *testing.T) {
	const me, other = "12D3KooWNvSZnPi3RrhrTwEY4LuuBeB6K6facKUCJcyWG1aoDd2p", "12D3KooWGzBXWNvHpLALvQ3KZ1pKmZWDaKWnQCNFgHLeDPGMcAhm"
	at := func(port int, id string) string { return fmt.Sprintf("/ip4/127.0.0.1/tcp/%d/p2p/%s", port, id) }
	for name, row := range map[string]struct {
		peer native.AboutPeer
		ok   bool
	}{
		"one":            {native.AboutPeer{ID: me, Addresses: []string{at(1, me)}}, true},
		"several":        {native.AboutPeer{ID: me, Addresses: []string{at(1, me), at(2, me)}}, true},
		"none":           {native.AboutPeer{ID: me}, true},
		"another's":      {native.AboutPeer{ID: me, Addresses: []string{at(1, me), at(2, other)}}, false},
		"no peer id":     {native.AboutPeer{ID: me, Addresses: []string{"/ip4/127.0.0.1/tcp/1"}}, false},
		"not an address": {native.AboutPeer{ID: me, Addresses: []string{"http://127.0.0.1"}}, false},
	} {
		if err := checkPeer(row.peer); (err == nil) != row.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
