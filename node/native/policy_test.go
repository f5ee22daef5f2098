package native_test

import (
	"strings"
	"testing"

	"metanet/node/native"
	"metanet/node/native/facetest"
)

func TestPolicies(t *testing.T) {
	w := newWorld(t)
	text := []byte(`{"rules":[{"id":"1"}]}`)
	w.texts[[32]byte{1}] = text
	w.history = native.History{Domain: facetest.Domain, Head: [32]byte{7}, Versions: []native.PolicyVersion{
		{Version: 1, Digest: [32]byte{1}}, {Version: 2, Digest: [32]byte{2}}, {Version: 3, Digest: [32]byte{1}},
	}}
	var list struct {
		Server, Count int
		Head          string
		Versions      []struct {
			Version   int
			Available bool
		}
	}
	w.Into(w.Get("/xrpc/net.metanet.policy.list", ""), &list)
	if list.Server != facetest.ServerID || list.Count != 3 || !list.Versions[0].Available || list.Versions[1].Available || len(list.Head) != 66 {
		t.Errorf("%+v", list)
	}
	var got struct {
		Version   int
		Canonical string
		Document  m
	}
	for query, want := range map[string]int{"": 3, "version=1": 1, "digest=0x01" + strings.Repeat("00", 31): 3, "version=1&digest=0x01" + strings.Repeat("00", 31): 1} {
		w.Into(w.Get("/xrpc/net.metanet.policy.get?"+query, ""), &got)
		if got.Version != want || got.Canonical != string(text) || got.Document["rules"] == nil {
			t.Errorf("%s: %+v", query, got)
		}
	}
	for query, status := range map[string]int{"version=2": 404, "version=9": 404, "digest=0x01": 400, "digest=0x" + strings.Repeat("09", 32): 404, "version=-1": 400} {
		if r := w.Get("/xrpc/net.metanet.policy.get?"+query, ""); r.Status != status {
			t.Errorf("%s: %d %s", query, r.Status, r.Body)
		}
	}
}
