# One target for each thing a newcomer does; `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# The page's formatter and linter; node comes with the environment.
JS := $(BIN)/node node_modules/@biomejs/biome/bin/biome
# Salesforce's own test runner for its components; it starts the node that it finds first.
LWC_JEST := PATH="$(CURDIR)/$(BIN):$$PATH" node_modules/.bin/sfdx-lwc-jest -- --roots salesforce --silent
# The pictures of the pages: built, never committed.
ICONS := static/icons/softphone.svg static/icons/standin.svg

.PHONY: help run icons test check bench pin asterisk browser postgresql clean strace proxies nchan audit sbom pool

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The two take about ten seconds each, and nothing from each other.
run: ## serve everything on http://localhost:$(PORT) (PORT=… changes it)
	@$(MAKE) --no-print-directory --silent -j2 $(VENV)/run.stamp $(ICONS)
	@exec $(BIN)/python app.py --port $(PORT)

pool: $(VENV)/dev.stamp $(ICONS) proxies ## serve a whole pool on http://localhost:$(PORT): three nodes, three NATS servers, HAProxy
	@exec $(BIN)/python scripts/pool.py --port $(PORT)

icons: $(ICONS) ## build the pictures of the pages from Salesforce's design system

test: $(VENV)/dev.stamp node_modules/.stamp $(ICONS) browser postgresql strace proxies $(if $(CI),asterisk) ## install what tests need and run all of them
	@$(BIN)/node --test --test-reporter=dot --test-timeout=20000 tests/js/*.test.mjs
	@$(LWC_JEST)
	@$(BIN)/pytest $(ARGS)

check: $(VENV)/dev.stamp node_modules/.stamp ## formatting, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(JS) ci --error-on-warnings .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

audit: $(VENV)/dev.stamp ## look for weak code, faulty or unpinned packages, secrets (docs/development/audit.md)
	@$(BIN)/python scripts/audit.py $(ARGS)

sbom: $(VENV)/dev.stamp ## write what a release consists of into dist/, as CycloneDX
	@$(BIN)/python scripts/sbom.py dist

bench: $(VENV)/dev.stamp $(ICONS) browser nchan ## measure; prints one JSON object a line (docs/performance.md)
	@for b in bench/bench_*.py; do $(BIN)/python $$b || exit 1; done

asterisk: $(VENV)/dev.stamp ## provision the real Asterisk for the live tests (needs root; cached)
	@tests/live/provision_asterisk.sh || echo "make asterisk: not available, the live tests will say so" >&2

browser: ## find or install Chromium for the page tests
	@scripts/ensure-browser.sh

postgresql: ## find or install PostgreSQL for the tests of the registry
	@scripts/ensure-postgresql.sh

strace: ## find or install strace, for the tests of what is written
	@scripts/ensure-strace.sh

proxies: ## find or install nginx, Caddy and HAProxy for the tests of the examples
	@scripts/ensure-proxies.sh nginx caddy haproxy

nchan: ## find or install nginx with nchan, which deliveries are measured against
	@scripts/ensure-proxies.sh nginx nchan

PIN := $(BIN)/uv pip compile --quiet --no-config --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make pin" pyproject.toml --extra build

pin: $(VENV)/dev.stamp ## resolve the dependencies of pyproject.toml anew into requirements/
	@$(PIN) --output-file requirements/run.txt
	@$(PIN) --extra dev --constraint requirements/run.txt --output-file requirements/dev.txt

clean: ## remove the environment and everything that was built
	rm -rf $(VENV) node_modules $(ICONS) build dist artifacts *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# Stamps: the environment is made once, and again when the pinned versions change.
$(BIN)/python:
	@scripts/make-venv.sh $(PYTHON) $(VENV)

$(VENV)/run.stamp: requirements/run.txt pyproject.toml | $(BIN)/python
	@scripts/pip-install.sh $(BIN) requirements/run.txt
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt pyproject.toml | $(BIN)/python
	@scripts/pip-install.sh $(BIN) requirements/dev.txt
	@touch $@ $(VENV)/run.stamp

node_modules/.stamp: package-lock.json | $(VENV)/dev.stamp
	@scripts/npm-install.sh $(BIN)
	@touch $@ node_modules/icons.stamp

# To run, of all npm packages only that of the icons.
node_modules/icons.stamp: package-lock.json | $(BIN)/python
	@scripts/npm-install.sh $(BIN) --omit=dev
	@touch $@

static/icons/%.svg: scripts/icons.py node_modules/icons.stamp
	@mkdir -p $(@D)
	@$(BIN)/python $< $* >$@
