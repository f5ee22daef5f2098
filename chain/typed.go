package chain

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"

	"metanet/identity"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	ethmath "github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// The EIP-712 domain of IdentityRegistry.
const (
	domainName    = "MetaNet Identity"
	domainVersion = "1"
)

// domainTypes are the domain's fields in EIP-712's order.
var domainTypes = []apitypes.Type{
	{Name: "name", Type: "string"}, {Name: "version", Type: "string"},
	{Name: "chainId", Type: "uint256"}, {Name: "verifyingContract", Type: "address"},
}

// typedData is what a wallet is asked to sign for the values, which are in the
// order of f.args. Numbers are decimal text: JSON's would lose bits.
func (f form) typedData(k Contracts, values []any) apitypes.TypedData {
	td := apitypes.TypedData{
		Types:       f.types(),
		PrimaryType: f.primary,
		Domain: apitypes.TypedDataDomain{
			Name: domainName, Version: domainVersion,
			ChainId: (*ethmath.HexOrDecimal256)(bigOf(k.ChainID)), VerifyingContract: k.IdentityRegistry.Hex(),
		},
		Message: apitypes.TypedDataMessage{},
	}
	for i, arg := range f.args {
		td.Message[arg.Name] = textOf(values[i])
	}
	return td
}

func (f form) types() apitypes.Types {
	fields := make([]apitypes.Type, len(f.args))
	for i, arg := range f.args {
		fields[i] = apitypes.Type{Name: arg.Name, Type: arg.Type.String()}
	}
	return apitypes.Types{"EIP712Domain": slices.Clone(domainTypes), f.primary: fields}
}

// values are an operation's arguments in the order of f.args.
func (f form) values(o Operation, nonce *big.Int, deadline uint64) []any {
	values := make([]any, len(f.args))
	for i, arg := range f.args {
		switch arg.Name {
		case "nonce":
			values[i] = nonce
		case "deadline":
			values[i] = bigOf(deadline)
		default:
			values[i] = fields[arg.Name].get(&o)
		}
	}
	return values
}

// operation is values' inverse.
func (f form) operation(k Contracts, values []any) Operation {
	o := Operation{Op: f.op}
	for i, arg := range f.args {
		if arg.Name == "identity" {
			o.Identity = identity.NewDID(k.ChainID, address(values[i].(common.Address)))
		} else if set := fields[arg.Name].set; set != nil {
			set(&o, values[i])
		}
	}
	return o
}

// parse reads typed data that a stranger sends back. Only exactly what
// typedData makes passes, up to the spelling of numbers and addresses: anything
// else might be signed for another purpose than the one we relay it for.
func parse(all map[Op]form, k Contracts, td apitypes.TypedData) (f form, values []any, err error) {
	base := td.PrimaryType
	if base != "" {
		base = strings.ToLower(base[:1]) + base[1:]
	}
	f, known := all[Op(base)]
	if !known || f.primary != td.PrimaryType {
		return f, nil, fmt.Errorf("%w: primary type %.40q", ErrTypedData, td.PrimaryType)
	}
	if err := checkDomain(k, td.Domain); err != nil {
		return f, nil, err
	}
	if !maps.EqualFunc(td.Types, f.types(), slices.Equal) {
		return f, nil, fmt.Errorf("%w: types are not those of %s", ErrTypedData, f.primary)
	}
	if len(td.Message) != len(f.args) {
		return f, nil, fmt.Errorf("%w: message has %d fields, %s has %d", ErrTypedData, len(td.Message), f.primary, len(f.args))
	}
	for _, arg := range f.args {
		v, err := parseValue(arg.Type, td.Message[arg.Name])
		if err != nil {
			return f, nil, fmt.Errorf("%w: %s: %w", ErrTypedData, arg.Name, err)
		}
		values = append(values, v)
	}
	return f, values, nil
}

func checkDomain(k Contracts, d apitypes.TypedDataDomain) error {
	switch {
	case d.Name != domainName || d.Version != domainVersion || d.Salt != "":
		return fmt.Errorf("%w: domain is not %s %s", ErrTypedData, domainName, domainVersion)
	case d.ChainId == nil || (*big.Int)(d.ChainId).Cmp(bigOf(k.ChainID)) != 0:
		return fmt.Errorf("%w: domain is of another chain", ErrTypedData)
	case !common.IsHexAddress(d.VerifyingContract) || common.HexToAddress(d.VerifyingContract) != k.IdentityRegistry:
		return fmt.Errorf("%w: domain names another contract", ErrTypedData)
	}
	return nil
}

// textOf spells a value for a wallet.
func textOf(v any) any {
	switch v := v.(type) {
	case common.Address:
		return v.Hex()
	case [32]byte:
		return hexutil.Encode(v[:])
	case []byte:
		return hexutil.Encode(v)
	default: // uint8, uint64, *big.Int
		return fmt.Sprint(v)
	}
}

// parseValue reads a value of an ABI type out of JSON, in any spelling that
// wallets' libraries produce.
func parseValue(t abi.Type, v any) (any, error) {
	if t.T == abi.UintTy {
		n, err := parseInteger(v)
		if err != nil || n.Sign() < 0 || n.BitLen() > t.Size {
			return nil, fmt.Errorf("want a %s", t)
		}
		return sized(t, n), nil
	}
	text, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("want a %s as text", t)
	}
	switch t.T {
	case abi.AddressTy:
		a, err := identity.ParseAddress(text)
		return common.Address(a), err
	case abi.FixedBytesTy:
		b, err := hexutil.Decode(text)
		if err != nil || len(b) != 32 {
			return nil, fmt.Errorf("want 0x and 64 hex digits")
		}
		return [32]byte(b), nil
	case abi.BytesTy:
		return hexutil.Decode(text)
	}
	return nil, fmt.Errorf("unexpected type %s", t)
}

// sized gives an integer the Go type that the ABI packer wants.
func sized(t abi.Type, n *big.Int) any {
	switch t.Size {
	case 8:
		return uint8(n.Uint64())
	case 64:
		return n.Uint64()
	default:
		return n
	}
}

// parseInteger reads decimal or 0x-hex text, or a JSON number that lost no bits.
func parseInteger(v any) (*big.Int, error) {
	switch v := v.(type) {
	case string:
		if n, ok := ethmath.ParseBig256(v); ok && v != "" && strings.TrimLeft(v, "-+") == v {
			return n, nil
		}
	case json.Number:
		return parseInteger(v.String())
	case float64:
		if v == math.Trunc(v) && math.Abs(v) <= 1<<53 {
			return big.NewInt(int64(v)), nil
		}
	}
	return nil, fmt.Errorf("want an integer")
}
