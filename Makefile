# Everything a person or CI does here. `make help` lists it.
SHELL := /bin/bash
GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X metanet/node/cli.version=$(VERSION)
ANVIL = $(or $(shell ls $(CURDIR)/contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil 2>/dev/null),$(shell command -v anvil)) # looked for when it's used: `tools` installs it
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: help run build test unit sim lint contracts chains web e2e browser bench bench-large plots cross tools fuzz

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: ## start a node with embedded defaults
	$(GO) run . up

build: ## build ./metanet
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o metanet .

test: tools lint contracts web unit sim chains e2e browser ## install what the tests need, then run all of them

tools: ## what the tests need besides Go and Node: a browser, anvil, geth
	./.ci/tools

unit: ## Go tests, with the race detector where goroutines meet
	$(GO) test ./...
	$(GO) test -race -run NeverStale ./chain
	$(GO) test -race ./node/ingest/... ./node/outbox/... ./node/pull/... ./content/store/...

lint: ## formatting, vet and staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'run gofmt'; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

NODES ?= 50

sim: ## NODES whole nodes in one process: crashes, partitions, lies, until all agree
	METANET_SIM_NODES=$(NODES) $(GO) test -count=1 -v -timeout 0 -run TestNetwork ./node/sim

contracts: ## test the contracts; fail if artifacts or bindings are stale
	contracts/build.sh --check

chains: tools ## package chain's conformance suite on anvil and geth, as processes
	METANET_ANVIL=$(ANVIL) METANET_GETH=$(CURDIR)/.bin/geth $(GO) test -count=1 -tags peers -run 'TestAnvil|TestGeth' ./chain/chaintest/conformance

web: ## fail if the committed web assets are stale
	node/web/build.sh --check

e2e: build ## two real processes, a real wallet library
	METANET_BIN=$(CURDIR)/metanet node/test/run.sh

browser: build ## the page in Chromium, with an injected wallet
	METANET_BIN=$(CURDIR)/metanet node/web/test/run.sh

fuzz: ## every parser by name, FUZZTIME each (10m)
	.ci/fuzz

bench: build ## one line a figure: name value unit limit ratio
	METANET_BIN=$(CURDIR)/metanet $(GO) run ./node/bench

LARGE ?= $(CURDIR)/.large
RECORDS ?= 10000000

bench-large: ## a store of RECORDS records in LARGE (goes on where it stopped), and what reading it costs
	$(GO) run ./node/bench/large --dir $(LARGE) --records $(RECORDS) --header

plots: ## draw docs/performance/*.svg from the measured points beside them
	cd docs/performance && \
	plot() { $(GO) run ../../node/bench/plot "$$@" < large.tsv; } && \
	plot --x records --figures home-popular,home-random,home-quiet,home-silent --follows 5000 --title 'home timeline, 5,000 follows: processor time' > records.svg && \
	plot --x follows --figures home-popular,first-popular --records 10000000 --title 'home timeline by follows: processor time' > follows.svg && \
	plot --x followers --figures post-by-famous,followers --title 'an author by followers: processor time' > followers.svg

cross: ## cross-compile for every supported platform
	@for p in $(PLATFORMS); do echo "build $$p"; \
	  CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o dist/metanet-$${p%/*}-$${p#*/} . || exit 1; done
