// Package signer has the accounts that a chain.Sender can send from: a key in this
// process (Local), an external signer that speaks the Clef or Web3Signer API
// (Remote), and standard encrypted keystore files (Keystore).
//
// It knows transactions and how they are signed, no contracts, queue or store. Keys
// are held behind closures and never printed. What an external signer answers is
// not trusted: it must be the account's signature over exactly the transaction that
// was asked for.
package signer
