package chain

import (
	"context"
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"metanet/identity"
)

// Call calls a contract's view function at the latest block. What the contract
// refuses is a *RevertError.
func (c *Client) Call(ctx context.Context, to identity.Address, data []byte) ([]byte, error) {
	return c.read(ctx, common.Address(to), data)
}

// read calls a contract's view function at the latest block.
func (c *Client) read(ctx context.Context, to common.Address, data []byte) ([]byte, error) {
	return c.attempt(ctx, callArgs{To: &to, Data: data})
}

// attempt tells what would become of a call now: what it returns, or a *RevertError.
// With a quorum it is run on the latest block that the quorum has, and as many must
// say the same, refusals included: an endpoint that lies about an owner or a nonce
// could have something signed or sent in vain.
func (c *Client) attempt(ctx context.Context, args callArgs) ([]byte, error) {
	if c.quorum == 1 {
		return c.run(ctx, args, tagLatest)
	}
	head, err := c.Head(ctx)
	if err != nil {
		return nil, err
	}
	return c.run(ctx, args, blockOf{head.Hash})
}

// outcome is what one endpoint says becomes of a call.
type outcome struct {
	out     hexutil.Bytes
	refusal *RevertError
}

func (o outcome) digest() string {
	if o.refusal != nil {
		return "refused " + hexutil.Encode(o.refusal.Data) // messages differ from client to client
	}
	return o.out.String()
}

func (c *Client) run(ctx context.Context, args callArgs, block any) ([]byte, error) {
	ask := func(ctx context.Context, e *endpoint) ([]outcome, error) {
		var o outcome
		err := decodeRevert(e.call(ctx, &o.out, "eth_call", args, block))
		if refusal, ok := errors.AsType[*RevertError](err); ok {
			o.refusal, err = refusal, nil
		}
		return []outcome{o}, err
	}
	answers, err := agreed(ctx, c, "eth_call", 1, ask, outcome.digest)
	switch {
	case err != nil:
		return nil, err
	case answers[0].refusal != nil:
		return nil, answers[0].refusal
	}
	return answers[0].out, nil
}
