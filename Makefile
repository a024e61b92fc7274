# Ventros on one machine. `make help` lists what there is.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export UV_SYSTEM_CERTS = 1
# Processes are started by the hundred here: each would compile everything anew.
export PYTHONDONTWRITEBYTECODE =

BIN := .venv/bin
MEMBERS := $(sort $(wildcard libs/*/pyproject.toml services/*/pyproject.toml)) \
	proto-events/pyproject.toml tests-e2e/pyproject.toml
SOURCES := $(wildcard $(patsubst %/pyproject.toml,%/src,$(MEMBERS)))
STAMP := .venv/.installed
CHANNEL_TESTS := services/channels/tests

# How many processes the tests run in: they wait for servers about as long as they work.
WORKERS ?= 3

.PHONY: help install up down status logs demo demo-cloud clean test test-parts test-e2e test-faults lint fmt bench bench-large \
	fuzz contracts lock migrate check-alone

help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements.lock pyproject.toml $(MEMBERS) scripts/bootstrap.sh
	@scripts/bootstrap.sh
	@touch $@

install: $(STAMP) ## make the Python environment in .venv (the others do so themselves)

up: $(STAMP) ## start everything and wait until it is ready
	@$(BIN)/ventros up

down: ## stop everything that was started
	@if [ -x $(BIN)/ventros ]; then $(BIN)/ventros down; else echo "nothing is installed here"; fi

status: $(STAMP) ## show what runs
	@$(BIN)/ventros status

logs: $(STAMP) ## show logs; name=contacts for one part, follow=1 to go on
	@$(BIN)/ventros logs $(name) $(if $(follow),--follow)

demo: $(STAMP) ## play conversations and watch what becomes of them
	@$(BIN)/ventros demo

demo-cloud: $(STAMP) ## the same for a number at a simulated Cloud API, which it starts
	@$(BIN)/ventros demo --cloud

clean: ## stop everything and remove its data, logs and keys
	@if [ -x $(BIN)/ventros ]; then $(BIN)/ventros clean; else echo "nothing is installed here"; fi

migrate: $(STAMP) ## apply new migrations to the running database
	@$(BIN)/ventros migrate

test: $(STAMP) ## run all tests, against real servers
	@$(BIN)/ventros install
	@$(BIN)/pytest -n $(WORKERS) -m "not e2e and not faults"
	@$(BIN)/pytest -m "e2e or faults" tests-e2e

test-parts: $(STAMP) ## run the tests of the parts alone; args="-k name" for some
	@$(BIN)/ventros install
	@$(BIN)/pytest -n $(WORKERS) -m "not e2e and not faults" $(args)

test-e2e: $(STAMP) ## run the tests of the whole system
	@$(BIN)/ventros install
	@$(BIN)/pytest -m e2e $(args)

test-faults: $(STAMP) ## run the tests that kill parts of the system while it works
	@$(BIN)/ventros install
	@$(BIN)/pytest -m faults $(args)

lint: $(STAMP) ## run every static check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(SOURCES) checks
	$(BIN)/lint-imports
	scripts/lint-migrations.sh
	$(BIN)/shellcheck .ci/run scripts/*.sh

fmt: $(STAMP) ## format the code and repair what can be repaired
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

contracts: $(STAMP) ## write what is generated: schemas, documents, pages; compare with the last release
	@$(BIN)/python -m checks.snapshots
	@$(BIN)/python -m checks.setting_tables
	@$(BIN)/python -m checks.contracts

fuzz: $(STAMP) ## look for what breaks the parsers of webhooks; seconds=600; what it finds stays in .ventros/fuzz
	@mkdir -p .ventros/fuzz
	@$(BIN)/python $(CHANNEL_TESTS)/fuzz_target.py -max_total_time=$(or $(seconds),600) -max_len=8192 \
		-rss_limit_mb=0 -artifact_prefix=.ventros/fuzz/ .ventros/fuzz $(CHANNEL_TESTS)/fixtures/*

bench: $(STAMP) ## measure; prints the figures beside their limits
	@$(BIN)/python -m ventros_e2e.bench

bench-large: $(STAMP) ## lists and timelines at five million messages beside 50,000; a quarter of an hour, 15 GB
	@$(BIN)/python -m ventros_e2e.bench.volume

lock: $(STAMP) ## write requirements.lock anew
	@scripts/lock.sh

check-alone: $(STAMP) ## install each service alone and import it: finds undeclared dependencies
	@scripts/check-alone.sh
