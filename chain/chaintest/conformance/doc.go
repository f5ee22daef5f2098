// Package conformance holds package chain against real chains: one suite, run
// unchanged against the embedded development chain (always), and against anvil
// and geth as processes of their own (build tag peers; `make chains`).
//
// A backend differs in how it is started, how an account gets coins and how
// blocks come and go (Backend); the suite does not know which one it has, and
// skips nothing. What no real chain can be made to do, a lie told by the RPC, is
// tested here through chaintest's proxies and in package chain on chaintest.Fake.
//
// The package is tests only.
package conformance
