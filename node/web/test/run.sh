#!/bin/sh
# The web face's own tests: the browser code's units, then the whole way in
# Chromium over two real nodes. METANET_BIN is the binary to test; without it,
# one is built. Screenshots go to test-output/web.
set -eu
cd "$(dirname "$0")/.."
root=$(cd ../.. && pwd)
CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
[ -x "$CHROMIUM" ] || { echo "no $CHROMIUM: install Debian's package chromium, or set CHROMIUM" >&2; exit 1; }
export CHROMIUM

npm ci --no-progress >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

node build.mjs --tests "$work/unit"
node --test "$work/unit/"

if [ -z "${METANET_BIN:-}" ]; then
  METANET_BIN=$work/metanet
  (cd "$root" && CGO_ENABLED=0 go build -trimpath -o "$METANET_BIN" .)
fi
export METANET_BIN TEST_OUTPUT="${TEST_OUTPUT:-$root/test-output/web}"
mkdir -p "$TEST_OUTPUT"
node --test --test-concurrency=1 test/browser/
