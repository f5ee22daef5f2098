#!/bin/sh
# Regenerates assets/ from src/. With --check it changes nothing and fails if
# assets/ is stale or the types don't hold.
set -eu
cd "$(dirname "$0")"
[ -d node_modules ] && [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-progress >/dev/null
node_modules/.bin/tsc
exec node build.mjs "$@"
