package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// maxPages bounds an export: a hostile server must not keep us for ever.
const maxPages = 20_000

// Export reads all that the server keeps of an identity, one message of bundles
// (docs/protocol.md, 5) at a time. Nothing in them is checked here.
func (c *Client) Export(ctx context.Context, did string, take func(message []byte) error) error {
	const nsid = "net.metanet.repo.export"
	after := ""
	for range maxPages {
		params := url.Values{"did": {did}}
		if after != "" {
			params.Set("after", after)
		}
		message, header, err := c.exchange(ctx, http.MethodGet, "/xrpc/"+nsid+"?"+params.Encode(), "", nil)
		if err != nil {
			return err
		}
		if len(message) > 0 {
			if err := take(message); err != nil {
				return err
			}
		}
		next := header.Get("Metanet-Next")
		if next == "" {
			return nil
		}
		if next <= after { // paths rise
			return fmt.Errorf("%s: the export goes round in circles", nsid)
		}
		after = next
	}
	return fmt.Errorf("%s: the export has more than %d pages", nsid, maxPages)
}
