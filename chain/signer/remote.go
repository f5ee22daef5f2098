package signer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/url"
	"sync/atomic"

	"metanet/identity"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

var (
	// ErrRefused: the external signer could not be reached, or said no.
	ErrRefused = errors.New("signer: the external signer did not sign")
	// ErrLied: what it answered is not the account's signature over what was asked.
	ErrLied = errors.New("signer: the external signer answered something else than asked")
)

// maxAnswer bounds what an external signer's answer may make us hold.
const maxAnswer = 4 << 20

// Remote is an account whose key is kept elsewhere: by Web3Signer ("JSON-RPC API",
// eth_signTransaction) or Clef ("External API", account_signTransaction), which may
// ask a person. Neither is told to send anything, only to sign.
type Remote struct {
	rpc     *rpc.Client
	name    string // of the endpoint, without what may be secret
	address identity.Address
	clef    atomic.Bool // it is Clef: eth_signTransaction is unknown to it
}

// Dial prepares a signer for address at an http(s) URL, or a Clef's IPC path.
// Nothing is sent yet.
func Dial(ctx context.Context, rawURL string, address identity.Address) (*Remote, error) {
	if address.IsZero() {
		return nil, errors.New("signer: the account's address is missing")
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, errors.New("signer: the URL cannot be read")
	}
	name := u.Path
	switch u.Scheme {
	case "http", "https":
		name = u.Scheme + "://" + u.Host
	case "":
	default:
		return nil, fmt.Errorf("signer: %q is neither an http(s) URL nor the path of a socket", u.Scheme)
	}
	client, err := rpc.DialOptions(ctx, rawURL, rpc.WithHTTPClient(&http.Client{
		Transport: bounded{http.DefaultTransport},
		// A redirection would hand the request to somebody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}))
	if err != nil {
		return nil, fmt.Errorf("%w: %s cannot be reached", ErrRefused, name)
	}
	return &Remote{rpc: client, name: name, address: address}, nil
}

// Close ends the connection.
func (r *Remote) Close() { r.rpc.Close() }

// Address is the account.
func (r *Remote) Address() identity.Address { return r.address }

// SignTransaction implements chain.Signer. The transaction that comes back is made
// here, of what was asked for and the signature in the answer.
func (r *Remote) SignTransaction(ctx context.Context, chainID *big.Int, tx *types.Transaction) (*types.Transaction, error) {
	answer, err := r.ask(ctx, arguments(r.address, chainID, tx))
	if err != nil {
		return nil, err
	}
	raw, err := rawOf(answer)
	if err != nil {
		return nil, err
	}
	var signed types.Transaction
	if err := signed.UnmarshalBinary(raw); err != nil {
		return nil, fmt.Errorf("%w: not a transaction", ErrLied)
	}
	return checked(r.address, chainID, tx, &signed)
}

// checked holds a signed transaction against the one that was asked for: the digest
// that is signed covers every field (EIP-155, EIP-1559), so equal digests are equal
// transactions.
func checked(account identity.Address, chainID *big.Int, asked, signed *types.Transaction) (*types.Transaction, error) {
	rule := types.LatestSignerForChainID(chainID)
	if signed.Type() != asked.Type() || rule.Hash(signed) != rule.Hash(asked) {
		return nil, fmt.Errorf("%w: %s", ErrLied, difference(asked, signed))
	}
	from, err := types.Sender(rule, signed) // refuses another chain's, and high S
	if err != nil {
		return nil, fmt.Errorf("%w: the signature is not good: %w", ErrLied, err)
	}
	if from != common.Address(account) {
		return nil, fmt.Errorf("%w: signed by %s, not by %s", ErrLied, from, account.Checksum())
	}
	return signed, nil
}

// difference names what a signer changed.
func difference(asked, signed *types.Transaction) string {
	to := func(tx *types.Transaction) common.Address {
		if tx.To() == nil {
			return common.Address{}
		}
		return *tx.To()
	}
	for _, f := range []struct {
		name string
		same bool
	}{
		{"type", asked.Type() == signed.Type()},
		{"recipient", to(asked) == to(signed)},
		{"value", asked.Value().Cmp(signed.Value()) == 0},
		{"data", string(asked.Data()) == string(signed.Data())},
		{"nonce", asked.Nonce() == signed.Nonce()},
		{"gas", asked.Gas() == signed.Gas()},
		{"highest fee", asked.GasFeeCap().Cmp(signed.GasFeeCap()) == 0},
		{"tip", asked.GasTipCap().Cmp(signed.GasTipCap()) == 0},
	} {
		if !f.same {
			return "another " + f.name
		}
	}
	return "another chain or access list"
}

// call is the transaction object that both APIs take.
type call struct {
	From    common.Address  `json:"from"`
	To      *common.Address `json:"to"`
	Gas     hexutil.Uint64  `json:"gas"`
	Price   *hexutil.Big    `json:"gasPrice,omitempty"`
	FeeCap  *hexutil.Big    `json:"maxFeePerGas,omitempty"`
	TipCap  *hexutil.Big    `json:"maxPriorityFeePerGas,omitempty"`
	Value   *hexutil.Big    `json:"value"`
	Nonce   hexutil.Uint64  `json:"nonce"`
	Data    hexutil.Bytes   `json:"data"`
	ChainID *hexutil.Big    `json:"chainId"`
}

func arguments(from identity.Address, chainID *big.Int, tx *types.Transaction) call {
	c := call{
		From: common.Address(from), To: tx.To(), Gas: hexutil.Uint64(tx.Gas()), Value: (*hexutil.Big)(tx.Value()),
		Nonce: hexutil.Uint64(tx.Nonce()), Data: tx.Data(), ChainID: (*hexutil.Big)(chainID),
	}
	if tx.Type() == types.LegacyTxType {
		c.Price = (*hexutil.Big)(tx.GasPrice())
	} else {
		c.FeeCap, c.TipCap = (*hexutil.Big)(tx.GasFeeCap()), (*hexutil.Big)(tx.GasTipCap())
	}
	return c
}

// methodNotFound is JSON-RPC 2.0's code.
const methodNotFound = -32601

// ask speaks Web3Signer's API, and Clef's to who doesn't know that. (The other way
// round would not do: Web3Signer passes unknown methods on to a node.)
func (r *Remote) ask(ctx context.Context, c call) (json.RawMessage, error) {
	var answer json.RawMessage
	if !r.clef.Load() {
		err := r.rpc.CallContext(ctx, &answer, "eth_signTransaction", c)
		refusal, answered := errors.AsType[rpc.Error](err)
		if !answered || refusal.ErrorCode() != methodNotFound {
			return answer, r.refused(ctx, err)
		}
		r.clef.Store(true)
	}
	return answer, r.refused(ctx, r.rpc.CallContext(ctx, &answer, "account_signTransaction", c))
}

// refused names the endpoint without its URL, which may hold a password.
func (r *Remote) refused(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %s gave no answer in time: %w", ErrRefused, r.name, ctx.Err())
	}
	if answer, ok := errors.AsType[rpc.Error](err); ok {
		return fmt.Errorf("%w: %s says %.200q", ErrRefused, r.name, answer.Error())
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return fmt.Errorf("%w: %s: %w", ErrRefused, r.name, err)
}

// rawOf reads Web3Signer's answer, the encoded transaction, or Clef's, an object
// that has it as "raw".
func rawOf(answer json.RawMessage) ([]byte, error) {
	var raw hexutil.Bytes
	if json.Unmarshal(answer, &raw) == nil && len(raw) > 0 {
		return raw, nil
	}
	var object struct {
		Raw hexutil.Bytes `json:"raw"`
	}
	if err := json.Unmarshal(answer, &object); err != nil || len(object.Raw) == 0 {
		return nil, fmt.Errorf("%w: no transaction", ErrLied)
	}
	return object.Raw, nil
}

func (r *Remote) String() string       { return "account " + r.address.Checksum() + " at " + r.name }
func (r *Remote) GoString() string     { return r.String() }
func (r *Remote) LogValue() slog.Value { return slog.StringValue(r.String()) }

// bounded cuts answers off at maxAnswer.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(q *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(q)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}
