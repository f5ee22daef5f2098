// Package client speaks XRPC to a node, as the command line, a joining node and
// the auditor do. It knows paths, errors and sizes, not what the answers mean;
// it believes nothing but that they came from the URL that was asked.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// MaxAnswer bounds what is read of one answer, in bytes: a hostile server cannot
// fill our memory.
const MaxAnswer = 4 << 20

// timeout is for one call, body included.
const timeout = 30 * time.Second

// Client talks to one server. Token may be empty.
type Client struct {
	Base  string // http(s)://host[:port], without a trailing slash
	Token string
	HTTP  *http.Client
}

// New returns a client for the server at base. Redirects aren't followed: the
// server that was named is the one that is asked.
func New(base string) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("%q is not the URL of a server, such as http://127.0.0.1:8080", base)
	}
	return &Client{
		Base: u.Scheme + "://" + u.Host + strings.TrimSuffix(u.Path, "/"),
		HTTP: &http.Client{
			Timeout:       timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// With returns a client of the same server that carries token.
func (c *Client) With(token string) *Client {
	return &Client{Base: c.Base, Token: token, HTTP: c.HTTP}
}

// Error is an answer that refuses: XRPC's error code and message.
type Error struct {
	Status  int
	Code    string `json:"error"`
	Message string `json:"message"`
}

func (e *Error) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("server answered %d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Message == "" {
		return e.Code
	}
	return e.Code + ": " + e.Message
}

// ErrUnreachable: no answer came.
var ErrUnreachable = errors.New("server not reachable")

// Query calls an XRPC query and decodes its JSON answer into out.
func (c *Client) Query(ctx context.Context, nsid string, params url.Values, out any) error {
	path := "/xrpc/" + nsid
	if len(params) > 0 {
		path += "?" + params.Encode()
	}
	return c.getJSON(ctx, path, out)
}

// WellKnown fetches /.well-known/metanet into out.
func (c *Client) WellKnown(ctx context.Context, out any) error {
	return c.getJSON(ctx, "/.well-known/metanet", out)
}

func (c *Client) getJSON(ctx context.Context, path string, out any) error {
	body, err := c.Get(ctx, path)
	if err != nil {
		return err
	}
	return decode(path, body, out)
}

// Get fetches a path's bytes.
func (c *Client) Get(ctx context.Context, path string) ([]byte, error) {
	return c.do(ctx, http.MethodGet, path, "", nil)
}

// Procedure calls an XRPC procedure with a JSON input; nil sends no body.
func (c *Client) Procedure(ctx context.Context, nsid string, in, out any) error {
	var body []byte
	contentType := ""
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
		contentType = "application/json"
	}
	return c.Post(ctx, nsid, contentType, body, out)
}

// Post calls an XRPC procedure with a body of any type.
func (c *Client) Post(ctx context.Context, nsid, contentType string, body []byte, out any) error {
	answer, err := c.do(ctx, http.MethodPost, "/xrpc/"+nsid, contentType, body)
	if err != nil || out == nil {
		return err
	}
	return decode(nsid, answer, out)
}

func (c *Client) do(ctx context.Context, method, path, contentType string, body []byte) ([]byte, error) {
	answer, _, err := c.exchange(ctx, method, path, contentType, body)
	return answer, err
}

func (c *Client) exchange(ctx context.Context, method, path, contentType string, body []byte) ([]byte, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	req.Header.Set("User-Agent", "metanet") // what the list of sign-ins shows
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswer+1))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %s: %w", ErrUnreachable, path, err)
	}
	if len(answer) > MaxAnswer {
		return nil, nil, fmt.Errorf("%s: the answer is longer than %d bytes", path, MaxAnswer)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		refusal := &Error{Status: resp.StatusCode}
		_ = json.Unmarshal(answer, refusal) // a proxy's answer isn't JSON: then the status speaks
		refusal.Status = resp.StatusCode
		return nil, nil, refusal
	}
	return answer, resp.Header, nil
}

func decode(what string, body []byte, out any) error {
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%s: the answer is not the JSON we know: %w", what, err)
	}
	return nil
}
