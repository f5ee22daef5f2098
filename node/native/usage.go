package native

import (
	"context"

	"metanet/node/quota"
	"metanet/node/xrpc"
)

func (f *Face) registerUsage(s *xrpc.Server) {
	if f.cfg.Quotas != nil {
		xrpc.Query(s, xrpc.Route{NSID: "net.metanet.account.usage", Access: xrpc.Required}, f.usage)
	}
}

type usageOutput struct {
	Quotas []quotaOutput `json:"quotas"`
}

type quotaOutput struct {
	Name  quota.Kind `json:"name"`
	About string     `json:"about"`
	Used  uint64     `json:"used"`
	Limit *uint64    `json:"limit,omitempty"` // none: as much as one likes
	// ResetsAt is when a quota of a day begins anew; what is kept has none.
	ResetsAt string `json:"resetsAt,omitempty"`
}

// usage is what the caller has used of this server.
func (f *Face) usage(_ context.Context, c *xrpc.Call, _ xrpc.None) (out usageOutput, err error) {
	c.Writer.Header().Set("Cache-Control", "no-store")
	lines, err := f.cfg.Quotas.Usage(c.Principal.DID)
	for _, u := range lines {
		q := quotaOutput{Name: u.Kind, About: u.Kind.Help(), Used: u.Used}
		if u.Limit != quota.Unlimited {
			q.Limit = &u.Limit
		}
		if u.Daily {
			q.ResetsAt = datetime(u.Until)
		}
		out.Quotas = append(out.Quotas, q)
	}
	return out, public(err)
}
