// Package bindings is the contracts as Go sees them: abigen's v2 bindings (identityregistry.go and its like), where and
// how they are deployed (deploy.go), and where in storage a proof finds their facts (storage.go).
//
// It owns no connection and sends nothing: it packs calls, unpacks answers, events and errors, and computes addresses.
// It imports nothing of ours. What is marked as generated is made by contracts/build.sh; CI fails if it differs.
package bindings
