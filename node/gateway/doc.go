// Package gateway serves blocks and DAGs under /ipfs/ to clients that check hashes
// ("Trustless Gateway Specification", https://specs.ipfs.tech/http-gateways/trustless-gateway/):
// raw blocks and CARs, by boxo's handler, behind a door of our own.
//
// The door is narrow on purpose. Nothing is ever rendered: a gateway that shows
// HTML on the server's own origin hands that origin to whoever uploads. Only what
// this node holds is served, nothing is fetched for a stranger, and a CAR covers one
// record's value or one whole blob, so that what it costs is bounded by what was let
// in. Parameters that aren't the specification's never reach the handler: some of
// them name files and redirects.
//
// It knows no records and decides nothing about who may see what: that is the
// blockstore's.
package gateway
