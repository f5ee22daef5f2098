// Package signer has the accounts that a chain.Sender can send from: a key in this
// process (Local; identity/keyring keeps those), and an external signer that speaks
// the Web3Signer or Clef API (Remote).
//
// It knows transactions and how they are signed, no contracts, queue or store. Keys
// are held behind closures and never printed. What an external signer answers is
// not trusted: it must be the account's signature over exactly the transaction that
// was asked for.
package signer
