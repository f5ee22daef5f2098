package atproto

import (
	"io"
	"net/http"
	"net/url"
	"testing"

	"metanet/node/native/facetest"
)

func TestNames(t *testing.T) {
	w := newWorld(t)
	alice := w.NewPerson("alice")
	var out struct{ DID string }
	w.call("com.atproto.identity.resolveHandle", url.Values{"handle": {"Alice.Example.org"}}, "", &out)
	if out.DID != string(alice.Account.Name) { // before she has written anything
		t.Errorf("%+v", out)
	}
	if r := w.Get("/xrpc/com.atproto.identity.resolveHandle?handle=nobody.example.org", ""); r.Status != 400 || r.Code() != "HandleNotFound" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	wellKnown := func(host string) (int, string) {
		req, _ := http.NewRequest("GET", w.HTTP.URL+"/.well-known/atproto-did", nil)
		req.Host = host
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(b)
	}
	for _, host := range []string{"alice.example.org", "ALICE.example.org:8080"} {
		if status, body := wellKnown(host); status != 200 || body != string(alice.Account.Name) {
			t.Errorf("%s: %d %s", host, status, body)
		}
	}
	for _, host := range []string{"bob.example.org", "example.org", "127.0.0.1"} {
		if status, _ := wellKnown(host); status != 404 {
			t.Errorf("%s: %d", host, status)
		}
	}
	w.post(alice, "x", nil)
	var desc struct {
		Handle, DID     string
		Collections     []string
		HandleIsCorrect bool
		DIDDoc          struct {
			ID                 string
			AlsoKnownAs        []string
			VerificationMethod []struct{ ID, PublicKeyMultibase string }
			Service            []struct{ ServiceEndpoint string }
		}
	}
	w.call("com.atproto.repo.describeRepo", url.Values{"repo": {"alice.example.org"}}, "", &desc)
	if desc.Handle != "alice.example.org" || !desc.HandleIsCorrect || len(desc.Collections) != 2 || desc.DIDDoc.ID != string(alice.Account.Name) ||
		len(desc.DIDDoc.VerificationMethod) != 1 || len(desc.DIDDoc.Service) != 1 || desc.DIDDoc.Service[0].ServiceEndpoint != facetest.Origin {
		t.Errorf("%+v", desc)
	}
}
