# Two commands for a newcomer: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
AREA ?=
export PATH := $(CURDIR)/.tools/bin:$(PATH)

CARGO := cargo --quiet
ENGINE := --manifest-path media/engine/Cargo.toml
RUN := uv run --frozen

# These measure neither speed nor what sound is like: they pass beside others as well. A file that is named in none of
# these folders, nor here, runs before them, with the machine for itself.
SIDE_BY_SIDE := \
	$(patsubst %,tests/integration/gateway/test_%.py,killed_calls restart call_flows two_gateways \
		kamailio_tls kamailio_carrier kamailio_signing tenant_certificates trunk_certificates outbound_flows failures \
		reconciling trunks store telephones traces trunk_peers signed_calls sip_variants) \
	$(addprefix tests/integration/,media sip_io routing api migrations tenants privacy insight kernel) \
	tests/contract tests/unit tests/torture tests/architecture
# In the order above: the long ones are the first to begin.
WORKERS := -n auto --dist loadfile --no-loadscope-reorder

# The longest is the first to begin.
LINTS := lint-python lint-rust lint-web

# In `make test`: some 30,000 legs.
SHORT_SOAK_SECONDS ?= 30
# In `make test`: some 250,000 SIP messages per core.
SHORT_FUZZ_SECONDS ?= 60
# What long runs take; the defaults are those of a night.
HOURS ?= 24
SOAK_HOURS ?= 1
# Half of the most that one core carried (docs/performance.md).
SIP_RATE ?= 150
FUZZ_SECONDS ?= 600
FUZZ_SIP_MESSAGES ?= 10000000
KILLS ?= 100
WAITING ?= 500
EXAMPLES ?= 60

.PHONY: help setup demo test lint check fmt bench reference-day nightly soak soak-sip fuzz fuzz-sip fuzz-api kills killed-owner greetings engine web clean $(LINTS)

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: ## Prepare this checkout: tools, Python packages, media engine, web
	@scripts/setup.sh

demo: setup ## A call centre with simulated callers, on this machine
	@$(RUN) cordboard demo

test: setup ## Everything: lint, types, engine, web, unit, integration and interop tests with real peers
	@scripts/install-peers.sh
	@$(MAKE) --no-print-directory lint
	@$(CARGO) test --release $(ENGINE) --workspace
	@media/engine/target/release/soak --seconds $(SHORT_SOAK_SECONDS)
	@cd web && npm test --silent
	@scripts/test-system-python.sh
	@$(RUN) python -m tests.fuzz.sip --fresh --seconds $(SHORT_FUZZ_SECONDS)
	@$(RUN) python -m load_tests.bench --short
	@$(RUN) python -m load_tests.soak_sip --short
	@$(RUN) pytest $(addprefix --ignore=,$(SIDE_BY_SIDE))
	@$(RUN) pytest $(WORKERS) $(SIDE_BY_SIDE)

lint: ## Format, lint, types, import contracts, of Python, Rust and the web
	@$(MAKE) --no-print-directory --jobs=2 --output-sync --keep-going $(LINTS)

lint-python:
	@mkdir -p .cache
	@$(RUN) ruff format --check --quiet . || (echo 'Run `make fmt`.'; exit 1)
	@$(RUN) ruff check --quiet .
	@$(RUN) pyright --warnings
	@$(RUN) lint-imports --no-cache > .cache/imports.log || (cat .cache/imports.log; exit 1)

lint-rust:
	@cargo fmt $(ENGINE) --all --check
	@$(CARGO) clippy --release $(ENGINE) --workspace --all-targets -- -D warnings

lint-web:
	@cd web && npm run --silent check

check: lint ## The fast loop: lint, then architecture and unit tests
	@$(RUN) pytest $(WORKERS) tests/unit tests/torture tests/architecture

fmt: ## Format all sources
	@$(RUN) ruff format --quiet .
	@$(RUN) ruff check --fix --quiet . || true
	@cargo fmt $(ENGINE) --all
	@cd web && npm run --silent fmt

bench: setup ## Benchmarks; AREA=api|media|routing|sip|desk runs one, JSON=1 prints one JSON document
	@$(RUN) python -m load_tests.bench $(AREA) $(if $(JSON),--json)

reference-day: setup ## A day of 2,200 calls and shifts in simulated time, beside Erlang A
	@$(RUN) python -m load_tests.reference_day

nightly: setup ## All long forms: fuzzing, kills, greetings, soak, benchmarks
	@$(MAKE) --no-print-directory fuzz fuzz-sip fuzz-api kills killed-owner greetings
	@$(MAKE) --no-print-directory soak HOURS=$(SOAK_HOURS)
	@$(MAKE) --no-print-directory soak-sip HOURS=$(SOAK_HOURS)
	@$(MAKE) --no-print-directory reference-day bench

soak: engine ## Legs of all kinds made and ended for HOURS (24): nothing may leak
	@media/engine/target/release/soak --seconds $$(python3 -c 'print(int($(HOURS) * 3600))')

soak-sip: engine ## Calls through the server for HOURS (24), SIP_RATE (150) a second: nothing may leak
	@$(RUN) python -m load_tests.soak_sip --rate $(SIP_RATE) --seconds $$(python3 -c 'print(int($(HOURS) * 3600))')

fuzz: ## Fuzz the engine's parsers, FUZZ_SECONDS (600) each
	@media/engine/fuzz/run.sh $(FUZZ_SECONDS)

fuzz-sip: ## Fuzz the SIP core with FUZZ_SIP_MESSAGES (10 million) on all cores; goes on where it was stopped
	@$(RUN) python -m tests.fuzz.sip --messages $(FUZZ_SIP_MESSAGES)

fuzz-api: ## Requests made of the API's description, EXAMPLES (60) right and wrong ones for each operation
	@CORDBOARD_EXAMPLES=$(EXAMPLES) $(RUN) pytest -n auto tests/integration/api/test_schemathesis.py

kills: ## SIGKILL of the engine at random moments, KILLS (100) times: every recording opens
	@CORDBOARD_KILLS=$(KILLS) $(CARGO) test --release $(ENGINE) -p cordboard-media --test engine kills

killed-owner: engine ## Kill the server while WAITING (500) callers wait: the next one serves them in their order
	@CORDBOARD_WAITING=$(WAITING) $(RUN) pytest -q -s tests/interop/test_killed_owner.py

greetings: ## The answering machine detector on all greetings
	@CORDBOARD_GREETINGS=all $(CARGO) test --release $(ENGINE) -p packet-core --test answering_machines -- --nocapture

engine: ## Build the media engine
	@$(CARGO) build --release $(ENGINE) --workspace

web: ## Build the browser side
	@cd web && npm run --silent build

clean: ## Remove what builds made
	@rm -rf .venv .tools .cache var media/engine/target web/node_modules web/apps/*/dist
