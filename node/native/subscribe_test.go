package native_test

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/hyphacoop/go-dasl/drisl"

	"metanet/content/record"
	"metanet/identity"
)

type frame struct {
	Seq     uint64   `json:"seq"`
	Store   string   `json:"store"`
	Bundle  []byte   `json:"bundle"`
	Flags   []string `json:"flags"`
	Error   string   `json:"error"`
	Message string   `json:"message"`
	LastSeq uint64   `json:"lastSeq"`
}

func (w *world) subscribe(query string) func() (frame, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	w.t.Cleanup(cancel)
	c, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(w.HTTP.URL, "http")+"/xrpc/net.metanet.sync.subscribe?"+query, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.CloseNow() })
	c.SetReadLimit(1 << 20)
	return func() (f frame, err error) {
		_, b, err := c.Read(ctx)
		if err == nil {
			err = drisl.Unmarshal(b, &f)
		}
		return f, err
	}
}

func TestSubscribe(t *testing.T) {
	w := newWorld(t)
	alice, d := w.NewPerson("alice"), newDevice(t)
	w.Chain.Authorise(alice.DID, d.Public(), identity.PurposeDevice)
	put := func(text string) *record.Bundle {
		b := w.bundle(alice.DID, d, w.Clock.Next(), w.postValue(text))
		if r := w.put(one, b.Bytes()); r.Status != 200 {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		return b
	}
	var all []*record.Bundle
	for i := range 3 {
		all = append(all, put(fmt.Sprint(i)))
	}
	next, live := w.subscribe("cursor=0"), w.subscribe("")
	var last frame
	expect := func(next func() (frame, error), want *record.Bundle) {
		t.Helper()
		f, err := next()
		if err != nil || !bytes.Equal(f.Bundle, want.Bytes()) || f.Seq < last.Seq || f.Flags == nil {
			t.Fatalf("%+v %v", f, err)
		}
		last = f
	}
	for _, b := range all {
		expect(next, b)
	}
	b := put("while you listen")
	expect(next, b)
	expect(live, b)
	resumed := w.subscribe(url.Values{"cursor": {fmt.Sprint(last.Seq - 1)}, "store": {last.Store}}.Encode())
	expect(resumed, b)

	for query, code := range map[string]string{
		fmt.Sprintf("cursor=%d", last.Seq+1):        "FutureCursor",
		"cursor=0&store=00000000000000000000000000": "FutureCursor",
		"cursor=-1": "InvalidCursor",
		"cursor=x":  "InvalidCursor",
	} {
		refused := w.subscribe(query)
		f, err := refused()
		if err != nil || f.Error != code || f.LastSeq != last.Seq || f.Store != last.Store {
			t.Errorf("%s: %+v %v", query, f, err)
		}
		if _, err := refused(); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
			t.Errorf("%s: goes on with %v", query, err)
		}
	}
}
