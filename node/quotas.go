package node

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"metanet/chain"
	"metanet/identity"
	"metanet/node/quota"
	"metanet/node/xrpc"
)

func (n *Node) openQuotas(ctx context.Context) error {
	limits, err := quota.ParseLimits(n.cfg.Quotas)
	if err != nil {
		return err
	}
	n.quotas, err = quota.Open(ctx, quota.Config{Store: n.store, Blobs: n.blobs.Used, Limits: limits, Now: time.Now, Registerer: n.registry})
	return err
}

// mayJoin counts an account that is opened. Who comes from this very machine is
// not counted: behind a proxy that was not named (--trusted-proxy) that is
// everybody, and one day's first would shut all others out.
func (n *Node) mayJoin(client netip.Addr) error {
	if !client.IsValid() || client.IsLoopback() {
		return nil
	}
	_, err := n.quotas.Take(quota.Accounts, xrpc.AddressKey(client))
	return err
}

// charged does what costs the operator coins, as one of the identity's quota of
// that kind. What was refused before it cost anything isn't counted: a stranger
// must not use up somebody's quota.
func (n *Node) charged(k quota.Kind, did identity.DID, order func() error) error {
	refund, err := n.quotas.Take(k, string(did))
	if err != nil {
		return err
	}
	err = order()
	if isAny(err, chain.ErrReverted, chain.ErrInvalidSignature, chain.ErrInvalidOperation, chain.ErrTypedData) {
		refund()
	}
	return err
}

// QuotaStatus is one quota as `metanet status` shows it.
type QuotaStatus struct {
	Name  quota.Kind `json:"name"`
	About string     `json:"about"`
	Limit *uint64    `json:"limit,omitempty"` // none: unlimited
}

func (n *Node) quotaStatus() (all []QuotaStatus) {
	for _, k := range quota.Kinds() {
		s := QuotaStatus{Name: k, About: k.Help()}
		if limit := n.quotas.Limits().Of(k); limit != quota.Unlimited {
			s.Limit = &limit
		}
		all = append(all, s)
	}
	return all
}

func isAny(err error, targets ...error) bool {
	return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
}
