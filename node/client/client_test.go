package client

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := New(s.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRefusalKeepsCodeAndStatus(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		w.Write([]byte(`{"error":"HandleTaken","message":"alice is taken"}`))
	})
	var refusal *Error
	err := c.Procedure(context.Background(), "a.b.c", map[string]int{"x": 1}, nil)
	if !errors.As(err, &refusal) || refusal.Code != "HandleTaken" || refusal.Status != 400 {
		t.Fatalf("got %v", err)
	}
	if err.Error() != "HandleTaken: alice is taken" {
		t.Errorf("message %q", err)
	}
}

func TestHostileServers(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"endless":  func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, MaxAnswer+1)) },
		"not json": func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		},
		"cut short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.Write([]byte("{}"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out map[string]any
			if err := serve(t, h).Query(context.Background(), "a.b.c", nil, &out); err == nil {
				t.Errorf("taken as %v", out)
			}
		})
	}
}

func TestTokenStaysWithItsServer(t *testing.T) {
	var got string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("Authorization")
		w.Write([]byte("{}"))
	})
	var out struct{}
	if err := c.With("secret").WellKnown(context.Background(), &out); err != nil || got != "Bearer secret" {
		t.Errorf("header %q, error %v", got, err)
	}
	if c.Token != "" {
		t.Error("With changed the client it came from")
	}
}

func TestNewRefusesWhatIsNoServer(t *testing.T) {
	for _, bad := range []string{"", "localhost:8080", "ftp://x", "http://", "://"} {
		if _, err := New(bad); err == nil || !strings.Contains(err.Error(), "URL of a server") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
