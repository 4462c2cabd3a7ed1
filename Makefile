# Every task of the house. `make run` starts the box, `make test` proves it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Where the box keeps its state, and where its API listens. All interfaces, so that a phone in the
# same network can be its remote; LISTEN=127.0.0.1:7430 keeps it to this machine.
DATA ?= $(or $(XDG_DATA_HOME),$(HOME)/.local/share)/hearth
LISTEN ?= 0.0.0.0:7430

# Which computer the appliance's image is for: a folder of image/boards.
BOARD ?= generic-amd64

# A Node new enough for the web build, where the system's is older (see .ci/setup).
export PATH := $(CURDIR)/build/node/node_modules/.bin:$(PATH)

.PHONY: help setup setup-test web build run pair test check web-test driver-test bench kills image image-test bench-image clean

help: ## Lists the tasks.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Installs what building and running need (says what before it does).
	@.ci/setup run

setup-test: ## The same, with what the tests need.
	@.ci/setup run test

web: setup ## Builds the browser app.
	@.ci/setup web

build: web ## Builds the programs.
	cargo build --workspace --bins

# Where cargo puts the programs.
PROGRAMS := $(or $(CARGO_TARGET_DIR),target)/debug

run: build ## Starts the box: the daemon, and the TV window when there is a display.
	@systemd/run-here "$(PROGRAMS)" "$(DATA)" "$(LISTEN)"

pair: ## Shows a PIN and a QR code of the box that `make run` started.
	@"$(PROGRAMS)/hearthd" pair --data "$(DATA)"

# Programs and tests in one build: apart, cargo gives the crates below them other features, and
# compiles most of them twice.
test: setup-test web check web-test driver-test ## Sets up and passes every test.
	cargo build --workspace --bins --tests
	cargo nextest run --config-file .ci/nextest.toml --workspace --no-fail-fast
	@/usr/bin/python3 -B image/test/ci.py "$(or $(BOARD),generic-amd64)"

check: web ## Formatting and lints.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings

web-test: web
	cd ui/web && npm run --silent types -- --check && npm run --silent check && npm run --silent test

kills: setup-test web ## Kills the daemon a thousand times (KILLS=…) under load.
	cargo build --workspace --bins
	HEARTH_KILLS=$(or $(KILLS),1000) cargo test -p hearth-tests --test kills -- --nocapture

driver-test: ## Tests the parts of the image tests' own driver.
	@/usr/bin/python3 -B image/test/driver_tests.py --quiet

bench: setup-test web ## Measures, and prints tables.
	cargo build --release --workspace --bins
	cargo run --release -p hearth-tests --bin bench
	cargo bench -p hearth-release --bench names
	cargo bench -p hearth-catalog --bench titles
	cargo bench -p hearth-torrent --bench download

docs/reference/openapi.json: build ## Writes the API's document and the web app's types anew.
	"$(PROGRAMS)/hearthd" openapi > $@
	cd ui/web && npm run --silent types

image: ## Makes the appliance's disk image and update bundle: BOARD=generic-amd64 (see image/README.md).
	@.ci/setup image web
	@image/build "$(BOARD)"

image-test: ## Tests that image in an emulator: BOARD=generic-amd64 CASES="smoke update", or all.
	@.ci/setup image
	@/usr/bin/python3 -B image/test "$(BOARD)" $(CASES)

bench-image: ## Measures that image in an emulator, and prints tables. After image-test CASES=smoke.
	@.ci/setup image
	@/usr/bin/python3 -B image/test "$(BOARD)" bench

clean: ## Removes what was built; the data folder stays.
	rm -rf target build ui/web/dist ui/web/node_modules
