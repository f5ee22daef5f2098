package chain

import (
	"context"

	"github.com/ethereum/go-ethereum/common"

	"metanet/identity"
)

// Call calls a contract's view function at the latest block. What the contract
// refuses is a *RevertError.
func (c *Client) Call(ctx context.Context, to identity.Address, data []byte) ([]byte, error) {
	return c.read(ctx, common.Address(to), data)
}
