package native_test

import (
	"testing"

	"metanet/node/native"
)

func TestFundAndAbout(t *testing.T) {
	w := newWorld(t)
	if r := w.Post("net.metanet.dev.fund", "", m{"address": w.NewWallet().Address.String()}); r.Status != 200 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	w.fundErr = native.ErrQuota
	if r := w.Post("net.metanet.dev.fund", "", m{"address": w.NewWallet().Address.String()}); r.Status != 429 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := w.Post("net.metanet.dev.fund", "", m{}); r.Status != 400 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	var about native.About
	w.Into(w.Get("/.well-known/metanet", ""), &about)
	if about.Network != w.Network {
		t.Errorf("%+v", about)
	}
}
