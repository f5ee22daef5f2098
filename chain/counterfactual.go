package chain

import (
	"context"
	"encoding/binary"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
)

// counterfactual checks a wrapped signature: in one eth_call, which leaves no
// trace, the factory is called and then the wallet asked. If the wallet is there
// already, or the factory fails, the answer is what the wallet says as it is,
// which is ERC-6492's order of things turned into one step.
func (w *Wallets) counterfactual(ctx context.Context, a common.Address, hash common.Hash, encoded []byte, block common.Hash) (bool, error) {
	factory, deploy, inner, ok := unwrap(encoded)
	if !ok {
		return false, nil
	}
	code := askAfterDeploy(factory, deploy, a, packIsValidSignature(hash, inner))
	if len(code) > params.MaxInitCodeSize {
		return false, nil
	}
	if _, err := w.client.codeAt(ctx, a, block); err != nil {
		return false, err
	}
	// Without "to", the input runs as a contract's creation, and what it returns
	// is the answer.
	return w.client.accepts(ctx, callArgs{Data: code}, block)
}

// unwrap reads what ERC-6492 wraps.
func unwrap(encoded []byte) (factory common.Address, deploy, inner []byte, ok bool) {
	address, _ := abi.NewType("address", "", nil)
	data, _ := abi.NewType("bytes", "", nil)
	values, err := abi.Arguments{{Type: address}, {Type: data}, {Type: data}}.Unpack(encoded)
	if err != nil {
		return factory, nil, nil, false
	}
	return values[0].(common.Address), values[1].([]byte), values[2].([]byte), true
}

// askAfterDeploy is EVM code that calls the factory with deploy, whatever comes
// of it, and then returns what the wallet answers to question, or reverts.
func askAfterDeploy(factory common.Address, deploy []byte, wallet common.Address, question []byte) []byte {
	// Where the program below jumps to, and its size: the messages follow it.
	const success, size = 105, 116
	var p program
	p.load(size, deploy)
	p.push(0, 0)
	p.push4(len(deploy))
	p.push(0, 0)
	p.push20(factory)
	p.op(vm.GAS, vm.CALL, vm.POP)
	p.load(size+len(deploy), question)
	p.push(0, 0)
	p.push4(len(question))
	p.push(0)
	p.push20(wallet)
	p.op(vm.GAS, vm.STATICCALL)
	p.push(success)
	p.op(vm.JUMPI)
	p.push(0, 0)
	p.op(vm.REVERT)
	p.op(vm.JUMPDEST, vm.RETURNDATASIZE)
	p.push(0, 0)
	p.op(vm.RETURNDATACOPY, vm.RETURNDATASIZE)
	p.push(0)
	p.op(vm.RETURN)
	return append(append(p, deploy...), question...)
}

// program is EVM code under construction.
type program []byte

func (p *program) op(ops ...vm.OpCode) {
	for _, o := range ops {
		*p = append(*p, byte(o))
	}
}

func (p *program) push(values ...byte) {
	for _, v := range values {
		*p = append(*p, byte(vm.PUSH1), v)
	}
}

func (p *program) push4(n int) {
	*p = binary.BigEndian.AppendUint32(append(*p, byte(vm.PUSH4)), uint32(n))
}

func (p *program) push20(a common.Address) { *p = append(append(*p, byte(vm.PUSH20)), a[:]...) }

// load copies data, which stands at offset in the code, to memory at 0.
func (p *program) load(offset int, data []byte) {
	p.push4(len(data))
	p.push4(offset)
	p.push(0)
	p.op(vm.CODECOPY)
}
