package chain

import (
	"fmt"
	"math/big"
	"strings"

	"metanet/contracts/bindings"
	"metanet/identity"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
)

// Op is what can be done with an identity, named as the contract's function.
type Op string

const (
	OpEnrol          Op = "enrol"          // Server, Key, Purpose, Expiry; HostedKey and HostedExpiry, or neither
	OpAddKey         Op = "addKey"         // Key, Purpose, Expiry
	OpRenewKey       Op = "renewKey"       // Key, Expiry
	OpRevokeKey      Op = "revokeKey"      // Key
	OpRevokeKeyFrom  Op = "revokeKeyFrom"  // Key, Server, Size
	OpRevokeAllKeys  Op = "revokeAllKeys"  //
	OpSetHome        Op = "setHome"        // Server; 0 for none
	OpSkipNonce      Op = "skipNonce"      //
	OpChangeOwner    Op = "changeOwner"    // NewOwner
	OpSetRecovery    Op = "setRecovery"    // Recovery; zero for none
	OpDeactivate     Op = "deactivate"     //
	OpCancelChange   Op = "cancelChange"   // Signer: owner or recovery
	OpStartRecovery  Op = "startRecovery"  // NewOwner; signed by the recovery address
	OpCancelRecovery Op = "cancelRecovery" // Signer: owner or recovery
	OpSetAttribute   Op = "setAttribute"   // Name, Value, Validity
	OpRevokeAttr     Op = "revokeAttribute"
	OpAddDelegate    Op = "addDelegate" // Name (delegate type), Delegate, Validity
	OpRevokeDelegate Op = "revokeDelegate"
)

// Operation is one change of an identity, with the arguments its Op names.
type Operation struct {
	Op       Op
	Identity identity.DID

	Key          identity.Key
	Purpose      identity.Purpose
	Expiry       uint64
	HostedKey    identity.Key // zero: none
	HostedExpiry uint64
	Server       uint64
	Size         uint64
	NewOwner     identity.Address
	Recovery     identity.Address
	Signer       identity.Address
	Name         [32]byte
	Value        []byte
	Delegate     identity.Address
	Validity     uint64
}

// field is one of a contract function's arguments that an Operation fills.
type field struct {
	get func(*Operation) any
	set func(*Operation, any) // nil: not kept (nonce, deadline)
}

// fields maps the contract's argument names.
var fields = map[string]field{
	"identity":     {func(o *Operation) any { return common.Address(o.Identity.Address()) }, nil},
	"key":          {func(o *Operation) any { return [32]byte(o.Key) }, func(o *Operation, v any) { o.Key = v.([32]byte) }},
	"purpose":      {func(o *Operation) any { return uint8(o.Purpose) }, func(o *Operation, v any) { o.Purpose = identity.Purpose(v.(uint8)) }},
	"expiry":       {func(o *Operation) any { return o.Expiry }, func(o *Operation, v any) { o.Expiry = v.(uint64) }},
	"hostedKey":    {func(o *Operation) any { return [32]byte(o.HostedKey) }, func(o *Operation, v any) { o.HostedKey = v.([32]byte) }},
	"hostedExpiry": {func(o *Operation) any { return o.HostedExpiry }, func(o *Operation, v any) { o.HostedExpiry = v.(uint64) }},
	"server":       {func(o *Operation) any { return bigOf(o.Server) }, func(o *Operation, v any) { o.Server = number(v.(*big.Int)) }},
	"size":         {func(o *Operation) any { return o.Size }, func(o *Operation, v any) { o.Size = v.(uint64) }},
	"newOwner":     {func(o *Operation) any { return common.Address(o.NewOwner) }, func(o *Operation, v any) { o.NewOwner = address(v.(common.Address)) }},
	"recovery":     {func(o *Operation) any { return common.Address(o.Recovery) }, func(o *Operation, v any) { o.Recovery = address(v.(common.Address)) }},
	"signer":       {func(o *Operation) any { return common.Address(o.Signer) }, func(o *Operation, v any) { o.Signer = address(v.(common.Address)) }},
	"name":         {func(o *Operation) any { return o.Name }, func(o *Operation, v any) { o.Name = v.([32]byte) }},
	"delegateType": {func(o *Operation) any { return o.Name }, func(o *Operation, v any) { o.Name = v.([32]byte) }},
	"value":        {func(o *Operation) any { return o.Value }, func(o *Operation, v any) { o.Value = v.([]byte) }},
	"delegate":     {func(o *Operation) any { return common.Address(o.Delegate) }, func(o *Operation, v any) { o.Delegate = address(v.(common.Address)) }},
	"validity":     {func(o *Operation) any { return bigOf(o.Validity) }, func(o *Operation, v any) { o.Validity = number(v.(*big.Int)) }},
}

// form is an operation as the contract declares it. Wallets sign a struct of the
// …WithSig function's arguments, all but the signature, in that order.
type form struct {
	op      Op
	primary string        // the EIP-712 type, "AddKey"
	direct  abi.Method    // addKey
	withSig abi.Method    // addKeyWithSig
	args    abi.Arguments // of the EIP-712 struct
}

// forms reads the operations off the contract's ABI.
func forms(registry abi.ABI) map[Op]form {
	all := map[Op]form{}
	for name, method := range registry.Methods {
		base, signed := strings.CutSuffix(name, "WithSig")
		if !signed {
			continue
		}
		f := form{op: Op(base), primary: strings.ToUpper(base[:1]) + base[1:], direct: registry.Methods[base], withSig: method}
		n := len(method.Inputs) - 1
		if args := method.Inputs[:n:n]; len(args) == 1 && args[0].Type.T == abi.TupleTy {
			f.args = members(args[0].Type)
		} else {
			f.args = args
		}
		all[f.op] = f
	}
	return all
}

func members(tuple abi.Type) (args abi.Arguments) {
	for i, t := range tuple.TupleElems {
		args = append(args, abi.Argument{Name: tuple.TupleRawNames[i], Type: *t})
	}
	return args
}

// check finds what no contract call would accept, before somebody signs it.
func (o *Operation) check(k Contracts) error {
	if o.Identity.ChainID() != k.ChainID {
		return fmt.Errorf("%w: %s is not of chain %d", ErrInvalidOperation, o.Identity, k.ChainID)
	}
	for _, key := range []identity.Key{o.Key, o.HostedKey} {
		if key == (identity.Key{}) {
			continue
		}
		if _, err := identity.ParseKey(key[:]); err != nil {
			return fmt.Errorf("%w: %w", ErrInvalidOperation, err)
		}
	}
	return nil
}

// directCall is the operation as the authority itself would send it.
func (f form) directCall(k Contracts, o Operation) (Call, error) {
	var args []any
	for _, in := range f.direct.Inputs {
		args = append(args, fields[in.Name].get(&o))
	}
	packed, err := f.direct.Inputs.Pack(args...)
	if err != nil {
		return Call{}, fmt.Errorf("%w: %s: %w", ErrInvalidOperation, f.op, err)
	}
	return Call{To: k.IdentityRegistry, Data: append(f.direct.ID[:4:4], packed...)}, nil
}

// signedCall is the operation as anybody may send it with the signature.
func (f form) signedCall(k Contracts, values []any, sig []byte) (Call, error) {
	var packed []byte
	var err error
	if f.withSig.Inputs[0].Type.T == abi.TupleTy {
		packed, err = f.withSig.Inputs.Pack(enrolment(values), sig)
	} else {
		packed, err = f.withSig.Inputs.Pack(append(values, sig)...)
	}
	if err != nil {
		return Call{}, fmt.Errorf("%w: %s: %w", ErrTypedData, f.op, err)
	}
	return Call{To: k.IdentityRegistry, Data: append(f.withSig.ID[:4:4], packed...)}, nil
}

// enrolment is the one struct among the signed functions' arguments, in the
// order in which the contract declares it.
func enrolment(v []any) bindings.IIdentityRegistryEnrolment {
	return bindings.IIdentityRegistryEnrolment{
		Identity: v[0].(common.Address), Key: v[1].([32]byte), Purpose: v[2].(uint8), Expiry: v[3].(uint64),
		HostedKey: v[4].([32]byte), HostedExpiry: v[5].(uint64), Server: v[6].(*big.Int), Nonce: v[7].(*big.Int), Deadline: v[8].(*big.Int),
	}
}
