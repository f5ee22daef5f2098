// Package siwe is EIP-4361, Sign-In with Ethereum: the message that a wallet
// shows, and whether what it answers is its account's signature.
//
// It owns the grammar in full (the ABNF of EIP-4361 with RFC 3986 and RFC 3339),
// the EIP-191 hash, and the checks of domain, chain, nonce, times, URI and
// resources. It keeps no nonces and no sessions, knows no chain (contract wallets
// are asked through [ContractVerifier]) and gives no meaning to resources: that
// ours names a did:ethr is the session's business.
//
// Where the ABNF leaves room:
//   - an address must be in EIP-55's mixed case, of contracts, too;
//   - the domain must have a host, which RFC 3986's authority need not;
//   - a leap second (":60") is not a time; a chain id is at most 64 bits;
//   - a message is at most [MaxMessage] bytes;
//   - an empty statement line, which the ABNF allows, is told apart from none
//     only in the text.
//
// A parsed [Message] keeps its text, and it is the text that was signed.
package siwe
