# Every target makes the virtual environment first, from the lock file, if it is not there.

VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
READY := $(VENV)/ready
NODES := tests/nodes/node_modules/installed
PYTHON ?= $(shell command -v python3.11 || command -v python3)
# ape takes the compiler from PATH, and asks for no other.
export PATH := $(BIN):$(PATH)
export PYTHONPATH := $(CURDIR)
JOBS ?= 2
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test test-nodes test-deep test-defences test-mutants gas bench lint lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@echo "Installing the pinned packages into $(VENV): about a minute, this once."
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 is needed; $(PYTHON) is older. Say which: make PYTHON=..."; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## replay 56 real days of Bitcoin and write build/demo/report.html  (ARGS="--days 7")
	@ape run demo $(ARGS)

test: $(READY) ## run the tests: no node, no network, under 12 minutes
	@echo "Running the tests, $(JOBS) at a time."
	@python -m pytest -n $(JOBS) --dist worksteal --ignore tests/nodes tests $(ARGS)

$(NODES): tests/nodes/package.json
	@echo "Installing the nodes that the tests talk to."
	@npm install --prefix tests/nodes --no-package-lock --no-audit --no-fund --silent
	@touch $@

test-nodes: $(READY) $(NODES) ## run the tests that need a real EVM node (installs it: needs node and npm)
	@python -m pytest tests/nodes $(ARGS)

test-deep: $(READY) ## run the property tests with far more steps
	@echo "Running the deep campaigns, $(JOBS) at a time."
	@python -m pytest -n $(JOBS) --dist worksteal --hypothesis-profile deep tests/property $(ARGS)

test-defences: $(READY) ## break every defence and see its test fail
	@python -m tests.defences $(ARGS)

test-mutants: $(READY) ## mutate the contracts and see their tests fail
	@python -m tests.mutants $(ARGS)

gas: $(READY) ## measure whole transactions against the golden file and the targets
	@python -m scripts.gas $(ARGS)

bench: $(READY) ## measure time and memory
	@python -m scripts.bench $(ARGS)

lint: $(READY) ## check style, types, and the contracts' warnings and sizes
	@ruff check .
	@ruff format --check .
	@mypy
	@python -m scripts.lint_contracts $(ARGS)

lock: ## pin the newest versions that requirements.in allows (needs uv)
	uv pip compile requirements.in --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links -o requirements.lock

clean: ## remove what the targets made, the virtual environment included
	rm -rf $(VENV) tests/nodes/node_modules .build .cache build .mypy_cache .ruff_cache .pytest_cache .hypothesis
