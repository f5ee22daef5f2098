package facetest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
)

// Reply is an answer read to its end.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Code is the XRPC error code, "" if there is none.
func (r Reply) Code() string {
	var e struct{ Error string }
	if json.Unmarshal(r.Body, &e) != nil {
		return ""
	}
	return e.Error
}

// Do calls the server with a token, "" for none.
func (w *World) Do(method, path, token, contentType string, body []byte) Reply {
	w.t.Helper()
	return w.send(method, path, token, contentType, "", body)
}

func (w *World) send(method, path, token, contentType, origin string, body []byte) Reply {
	w.t.Helper()
	req, err := http.NewRequest(method, w.HTTP.URL+path, bytes.NewReader(body))
	w.must(err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if origin != "" {
		req.Header.Set("Origin", origin)
	}
	res, err := http.DefaultClient.Do(req)
	w.must(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	w.must(err)
	return Reply{res.StatusCode, res.Header, b}
}

// Get calls a query.
func (w *World) Get(path, token string) Reply { w.t.Helper(); return w.Do("GET", path, token, "", nil) }

// Post calls a procedure with JSON.
func (w *World) Post(nsid, token string, in any) Reply {
	w.t.Helper()
	b, err := json.Marshal(in)
	w.must(err)
	return w.Do("POST", "/xrpc/"+nsid, token, "application/json", b)
}

// PostFrom is Post from a page of origin, as a browser marks it.
func (w *World) PostFrom(origin, nsid, token string, in any) Reply {
	w.t.Helper()
	b, err := json.Marshal(in)
	w.must(err)
	return w.send("POST", "/xrpc/"+nsid, token, "application/json", origin, b)
}

// Into decodes a reply that must have succeeded.
func (w *World) Into(r Reply, v any) {
	w.t.Helper()
	if r.Status != http.StatusOK {
		w.t.Fatalf("status %d: %s", r.Status, r.Body)
	}
	w.must(json.Unmarshal(r.Body, v))
}
