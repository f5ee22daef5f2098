package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Download copies a query's answer to w, however long it is and takes; ctx bounds it.
func (c *Client) Download(ctx context.Context, nsid string, params url.Values, w io.Writer) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Base+"/xrpc/"+nsid+"?"+params.Encode(), nil)
	if err != nil {
		return 0, err
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	patient := *c.HTTP
	patient.Timeout = 0
	resp, err := patient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		refusal := &Error{}
		answer, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		_ = json.Unmarshal(answer, refusal) // a proxy's answer isn't JSON: then the status speaks
		refusal.Status = resp.StatusCode
		return 0, refusal
	}
	n, err := io.Copy(w, resp.Body)
	if err != nil {
		return n, fmt.Errorf("%s: %w", nsid, err)
	}
	return n, nil
}
