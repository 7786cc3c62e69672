# Meterbook's commands. `make help` lists them; each goes through `make setup`, which is instant once done.

PYTHON ?= python3
SEED ?= $(or $(METERBOOK_TEST_SEED),20250309)
BIN := .venv/bin
READY := .venv/.ready
PYTEST := $(BIN)/python -m pytest -n 2

# A clone that was moved to another folder takes its old paths along in .venv: make it afresh.
ifeq (,$(shell grep -sF '$(CURDIR)/.venv' .venv/pyvenv.cfg))
.PHONY: $(READY)
endif

.DEFAULT_GOAL := help
.NOTPARALLEL:

.PHONY: help
help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

.PHONY: setup
setup: $(READY) ## make .venv from the lock (PYTHON=python3.13)
	@:

$(READY): requirements/uv.txt requirements/dev.txt pyproject.toml tools/setup.sh
	@PYTHON='$(PYTHON)' tools/setup.sh

.PHONY: test
test: lint types ## all that must hold: style, types, rooms, tests
	@METERBOOK_TEST_SEED=$(SEED) $(PYTEST) $(ARGS)

.PHONY: test-fast
test-fast: $(READY) ## tests without the long counts, to the first failure
	@METERBOOK_TEST_SEED=$(SEED) $(PYTEST) -m 'not full' --exitfirst --quiet $(ARGS)

.PHONY: test-full
test-full: $(READY) ## every count in full; goes on where it stopped (SEED=…)
	@METERBOOK_TEST_FULL=1 METERBOOK_TEST_SEED=$(SEED) $(PYTEST) $(ARGS)

.PHONY: lint
lint: $(READY) ## style, spelling, file guards and the walls between the rooms
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/lint-imports --no-logo
	@if git rev-parse --git-dir >/dev/null 2>&1; \
	then SKIP=ruff,ruff-format,mypy PRE_COMMIT_HOME=.venv/pre-commit $(BIN)/pre-commit run --all-files; \
	else echo 'Not a git checkout: the file guards (spelling, sizes, keys) are left out.'; fi

.PHONY: types
types: $(READY) ## the strict type check
	@$(BIN)/mypy

.PHONY: docs
docs: $(READY) ## check the documentation: links, commands and examples
	@$(PYTEST) --quiet src $$(find tests -name 'test_documentation*.py') $(ARGS)

.PHONY: bench
bench: $(READY) ## figures beside their floors (ARGS="household --check")
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: demo
demo: $(READY) ## four practice members, thirteen months, in a minute
	@$(BIN)/meterbook demo $(ARGS)

.PHONY: check
check: test ## what the build server runs (the same as test)

.PHONY: lock
lock: $(READY) ## write the locks anew (UPGRADE=1 for newer versions)
	@UPGRADE='$(UPGRADE)' tools/lock.sh

.PHONY: clean
clean: ## remove .venv, caches, finished counts and built files
	rm -rf .venv .bench .test-full build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
