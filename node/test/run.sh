#!/bin/sh
# End-to-end tests: real processes, a real wallet library. METANET_BIN is the
# binary to test; without it, one is built.
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
node --test --test-concurrency=1 --test-reporter=spec "$@" *.test.mjs
