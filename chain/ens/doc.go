// Package ens reads primary names of the Ethereum Name Service from a chain that
// has it: the name that an address calls itself (ENSIP-3), if that name calls the
// address, too (EIP-137, ENSIP-10), in ENSIP-15's normal form.
//
// It knows no identities, caches nothing and follows no resolver out of the
// chain: a name whose answer lies elsewhere (EIP-3668, "CCIP Read") is refused
// with [ErrOffchain], because the resolver's owner, a stranger, would choose the
// URLs that this node fetches.
package ens
