# The commands a person types. Everything is built with one profile, for the whole workspace: `-p` would choose other
# features and so compile the dependencies a second time.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
SAY := scripts/say
CARGO := cargo
export CARGO_TERM_PROGRESS_WHEN ?= never

.PHONY: help run test check dev bench e2e setup setup-run site build

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: setup-run site ## set up what is missing, build, and serve the demo on http://127.0.0.1:3000
	@$(SAY) "build the server" $(CARGO) build --release --bin holisticos
	@echo "==> serve the demo; Ctrl-C ends it"
	@exec target/release/holisticos serve --demo

test: setup site ## set up what is missing and run every test: SQLite, PostgreSQL, Chromium
	@$(SAY) "build the server" $(CARGO) build --release --bin holisticos
	@$(SAY) "build the tests" $(CARGO) test --release --no-run
	@$(SAY) "tests, on SQLite" env -u DATABASE_URL -u TEST_DATABASE_URL $(CARGO) test --release
	@$(SAY) "tests, on PostgreSQL" scripts/with-postgres $(CARGO) test --release --tests
	@$(SAY) "tests, in Chromium" scripts/e2e

check: setup-run ## formatting, lints, dependencies, house rules
	@$(SAY) "formatting" $(CARGO) fmt --all --check
	@$(SAY) "house rules" scripts/check-style
	@$(SAY) "lints of the workspace" $(CARGO) clippy --release --workspace --all-targets -- -D warnings
	@$(SAY) "lints of the islands" scripts/check-islands
	@$(SAY) "dependencies" scripts/check-dependencies

dev: setup-run ## serve the demo, and build again at every change of a source file
	@scripts/dev

bench: build ## measure the figures of docs/benchmarks.md
	@node scripts/bench/main.mjs

e2e: setup site ## the tests in Chromium alone
	@$(SAY) "build the server" $(CARGO) build --release --bin holisticos
	@$(SAY) "tests, in Chromium" scripts/e2e

build: setup-run site ## the binary alone, target/release/holisticos, with the front end inside
	@$(SAY) "build the server" $(CARGO) build --release --bin holisticos

setup:
	@scripts/setup all

setup-run:
	@scripts/setup run

# Ends up in target/site, from where the server embeds it.
site:
	@$(SAY) "build the builder of the front end" $(CARGO) build --release --bin bundle
	@$(SAY) "build the front end" target/release/bundle
