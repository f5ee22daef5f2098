package node

import (
	"context"
	"fmt"
	"time"

	"metanet/chain"
	"metanet/identity"
	"metanet/identity/diddoc"
	"metanet/node/atproto"
)

// documents reads DID documents from the chain.
type documents struct{ *Node }

// Document implements atproto.Chain.
func (d documents) Document(ctx context.Context, did identity.DID) (diddoc.Document, bool, error) {
	events, err := chain.ChangeLog(ctx, d.anchor.client, d.anchor.contracts, did)
	if err != nil {
		return diddoc.Document{}, false, fmt.Errorf("%w: %w", atproto.ErrChain, err)
	}
	doc, deactivated := diddoc.Ethr(did, events, uint64(time.Now().Unix()))
	return doc, deactivated, nil
}
