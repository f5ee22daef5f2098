package native_test

import (
	"testing"

	"metanet/node/native/facetest"
)

func TestOperator(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	for _, token := range []string{"", "x", alice.Access} {
		for _, call := range []func() facetest.Reply{
			func() facetest.Reply { return w.Get("/xrpc/net.metanet.admin.status", token) },
			func() facetest.Reply { return w.Post("net.metanet.admin.shutdown", token, m{}) },
			func() facetest.Reply {
				return w.Do("POST", "/xrpc/net.metanet.admin.publishPolicy", token, "application/yaml", []byte("x"))
			},
			func() facetest.Reply {
				return w.Do("POST", "/xrpc/net.metanet.admin.importRecords", token, one, []byte("x"))
			},
		} {
			if r := call(); r.Status != 401 {
				t.Errorf("with token %.8q: %d %s", token, r.Status, r.Body)
			}
		}
	}
	if w.ended || w.policy != nil {
		t.Error("done all the same")
	}
	if r := w.Get("/xrpc/net.metanet.admin.status", facetest.OperatorToken); r.Status != 200 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := w.Do("POST", "/xrpc/net.metanet.admin.publishPolicy", facetest.OperatorToken, "application/yaml", []byte("rules: []")); r.Status != 200 || string(w.policy) != "rules: []" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := w.Post("net.metanet.admin.shutdown", facetest.OperatorToken, m{}); r.Status != 200 || !w.ended {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}
