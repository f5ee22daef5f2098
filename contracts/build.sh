#!/bin/sh
# Compiles and tests the contracts, and makes again what is committed of them: artifacts/ and bindings/*registry.go,
# bindings/deployment.go, .gas-snapshot.
#
#   contracts/build.sh            make all of it again
#   contracts/build.sh --check    the same in a scratch directory; fails if the committed files differ
#   contracts/build.sh --deps     only install the npm packages that forge and the tests need
set -eu
cd "$(dirname "$0")"
mode=${1:-make}

install() {
	stamp=node_modules/.installed
	if ! cmp -s package-lock.json "$stamp"; then
		npm ci --no-audit --no-fund --ignore-scripts >&2
		cp package-lock.json "$stamp"
	fi
}

# npm carries forge for this platform; elsewhere a forge of the same version on the PATH does.
forge() {
	npm_forge=node_modules/@foundry-rs/forge-linux-amd64/bin/forge
	if "$npm_forge" --version >/dev/null 2>&1; then "$npm_forge" "$@"; else command forge "$@"; fi
}

# generate DIR: artifacts into DIR/artifacts, bindings into DIR/bindings, from what forge has compiled
generate() {
	mkdir -p "$1/artifacts" "$1/bindings"
	node script/artifacts.mjs "$1/artifacts"
	for name in IdentityRegistry ServerRegistry PolicyRegistry LogRegistry; do
		file=$1/bindings/$(echo "$name" | tr '[:upper:]' '[:lower:]').go
		go run github.com/ethereum/go-ethereum/cmd/abigen --v2 --pkg bindings --type "$name" \
			--abi "out/abigen/$name.abi" --bin "out/abigen/$name.bin" --out "$file"
	done
	node script/deployment-go.mjs "$1/artifacts/deployment.json" >"$1/bindings/deployment.go"
	gofmt -w "$1/bindings"
	chmod 644 "$1"/bindings/*.go
}

install
[ "$mode" = --deps ] && exit 0
forge build
forge test

case $mode in
make)
	generate .
	:
	;;
--check)
	fresh=$(mktemp -d)
	trap 'rm -rf "$fresh"' EXIT
	generate "$fresh"
	for file in "$fresh"/artifacts/* "$fresh"/bindings/*; do
		diff -q "$file" "${file#"$fresh"/}" || { echo "contracts: run contracts/build.sh and commit" >&2 && exit 1; }
	done
	forge snapshot --match-contract Gas --check .gas-snapshot >/dev/null
	;;
*) echo "usage: contracts/build.sh [--check|--deps]" >&2 && exit 2 ;;
esac
