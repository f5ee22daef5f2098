#!/bin/sh
# Compiles and tests the contracts, and makes again what is committed of them: artifacts/, snapshots/ (gas), the
# gas table of README.md, and the generated files of bindings/.
#
#   contracts/build.sh            make all of it again
#   contracts/build.sh --check    make it in a scratch directory; fail if the committed files differ
#   contracts/build.sh --coverage print what the Solidity tests cover; fail below 95 % of lines or branches
#   contracts/build.sh --deps     only install the npm packages that the above need
set -eu
cd "$(dirname "$0")"
mode=${1:-make}

main() {
	case $mode in
	make | --check | --coverage | --deps) ;;
	*) echo "usage: contracts/build.sh [--check|--coverage|--deps]" >&2 && exit 2 ;;
	esac
	install
	case $mode in
	--deps) exit 0 ;;
	--coverage) coverage && exit 0 || exit 1 ;;
	esac
	if [ "$mode" = --check ]; then export FORGE_SNAPSHOT_CHECK=true; fi

	forge build
	forge test
	if [ "$mode" = make ]; then
		generate .
	else
		fresh=$(mktemp -d)
		trap 'rm -rf "$fresh"' EXIT
		generate "$fresh"
		compare "$fresh"
	fi
	npm test
}

# No package's install script is needed, and none is run.
install() {
	stamp=node_modules/.metanet-installed
	cmp -s package-lock.json "$stamp" && return
	npm ci --no-audit --no-fund --ignore-scripts >&2
	cp package-lock.json "$stamp"
}

# forge comes from npm where it has it; elsewhere a forge on the PATH does.
forge() {
	npm_forge=node_modules/@foundry-rs/forge-linux-amd64/bin/forge
	if "$npm_forge" --version >/dev/null 2>&1; then "$npm_forge" "$@"; else command forge "$@"; fi
}

# generate DIR makes DIR/artifacts and DIR/bindings from what forge has compiled.
generate() {
	mkdir -p "$1/artifacts" "$1/bindings"
	node script/artifacts.mjs "$1/artifacts"
	for name in IdentityRegistry ServerRegistry PolicyRegistry LogRegistry; do
		go tool abigen --v2 --pkg bindings --type "$name" \
			--abi "out/abigen/$name.abi" --bin "out/abigen/$name.bin" \
			--out "$1/bindings/$(echo "$name" | tr '[:upper:]' '[:lower:]').go"
	done
	node script/deployment-go.mjs "$1/artifacts/deployment.json" >"$1/bindings/deployment.go"
	node script/gas-table.mjs >"$1/README.new" && mv "$1/README.new" "$1/README.md"
	gofmt -w "$1/bindings"
	chmod 644 "$1"/artifacts/*.json "$1"/artifacts/testing/*.json "$1"/bindings/*.go
}

# A coverage build costs other gas than the real one, so its figures are not kept.
coverage() {
	export FORGE_SNAPSHOT_EMIT=false
	mkdir -p out
	forge coverage --no-match-coverage '^(test|script)/' --report summary >out/coverage.txt
	grep '^|' out/coverage.txt | grep -E 'File|src/|Total'
	awk -F'|' '/^\| Total/ { split($3, line, "%"); split($5, branch, "%"); ok = line[1] >= 95 && branch[1] >= 95 }
		END { if (!ok) print "contracts: covered less than 95 %" > "/dev/stderr"; exit !ok }' out/coverage.txt
}

compare() {
	for file in "$1"/README.md "$1"/artifacts/*.json "$1"/artifacts/testing/* "$1"/bindings/*; do
		committed=${file#"$1"/}
		cmp -s "$file" "$committed" && continue
		echo "contracts: $committed is not what the sources make: run contracts/build.sh and commit" >&2
		exit 1
	done
}

main
