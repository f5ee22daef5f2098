package chain

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"

	"metanet/contracts/bindings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
)

// RevertError is a contract's refusal. errors.Is(err, ErrReverted) holds.
type RevertError struct {
	// Reason is the name of the contract's error ("KeyKnown"), or "" if it gave
	// none that we know.
	Reason string
	// Args are the error's arguments as text, by name.
	Args []RevertArg
	// Message is for people: the reason with its arguments, or what the RPC said.
	Message string
	// Data is the encoded error.
	Data []byte
}

// RevertArg is one argument of a contract's error.
type RevertArg struct{ Name, Value string }

func (e *RevertError) Error() string        { return ErrReverted.Error() + ": " + e.Message }
func (e *RevertError) Is(target error) bool { return target == ErrReverted }

// knownErrors are the custom errors of our contracts by selector.
var knownErrors = sync.OnceValue(func() map[[4]byte]abi.Error {
	known := map[[4]byte]abi.Error{}
	for _, contract := range []abi.ABI{
		bindings.NewIdentityRegistry().GetABI(), bindings.NewServerRegistry().GetABI(),
		bindings.NewPolicyRegistry().GetABI(), bindings.NewLogRegistry().GetABI(),
	} {
		for _, e := range contract.Errors {
			known[[4]byte(e.ID[:4])] = e
		}
	}
	return known
})

// newRevert names the error that data encodes.
func newRevert(data []byte, said string) *RevertError {
	r := &RevertError{Data: data, Message: said}
	if text, err := abi.UnpackRevert(data); err == nil { // Error(string), Panic(uint256)
		r.Message = text
		return r
	}
	if len(data) < 4 {
		return r
	}
	e, known := knownErrors()[[4]byte(data[:4])]
	if !known {
		return r
	}
	r.Reason = e.Name
	if values, err := e.Inputs.Unpack(data[4:]); err == nil {
		for i, v := range values {
			r.Args = append(r.Args, RevertArg{e.Inputs[i].Name, revertValue(v)})
		}
	}
	r.Message = r.format()
	return r
}

func (e *RevertError) format() string {
	var b bytes.Buffer
	b.WriteString(e.Reason)
	for i, a := range e.Args {
		fmt.Fprintf(&b, "%s%s %s", map[bool]string{true: "(", false: ", "}[i == 0], a.Name, a.Value)
	}
	if len(e.Args) > 0 {
		b.WriteByte(')')
	}
	return b.String()
}

func revertValue(v any) string {
	switch v := v.(type) {
	case [32]byte:
		return hexutil.Encode(v[:])
	case [4]byte:
		return hexutil.Encode(v[:])
	case []byte:
		return hexutil.Encode(v)
	default:
		return fmt.Sprint(v)
	}
}

// decodeRevert turns the RPC's way of saying "reverted" into a *RevertError and
// leaves other errors alone. There is no one code for it: geth says 3, others
// -32000 or -32015, some without data.
func decodeRevert(err error) error {
	answer, ok := errors.AsType[rpc.Error](err)
	if !ok {
		return err
	}
	if strings.Contains(strings.ToLower(answer.Error()), "insufficient funds") {
		return fmt.Errorf("%w: %w", ErrUnfunded, err)
	}
	if answer.ErrorCode() != 3 && !strings.Contains(strings.ToLower(answer.Error()), "revert") {
		return err
	}
	var data []byte
	if d, ok := errors.AsType[rpc.DataError](err); ok {
		text, _ := d.ErrorData().(string)
		data, _ = hexutil.Decode(text)
	}
	return newRevert(data, answer.Error())
}
