# Weinao 微脑. `make help` lists what there is to run.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help demo serve test test-long test-spark check bench lock clean

help:            ## what there is to run
	@grep -hE '^[a-z-]+: .*##|^[a-z-]+:  +##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

demo: $(VENV)/.run   ## make a synthetic town, run the whole way, serve GraphQL (ARGS='--people 2000 --no-serve')
	@$(BIN)/weinao demo $(ARGS)

serve: $(VENV)/.run  ## serve GraphQL over what is loaded (ARGS='--port 8000')
	@$(BIN)/weinao serve $(ARGS)

# Compiled files are kept even where the environment says otherwise: the tests start many programs. In which order and by
# whom files are run is told in tests/conftest.py.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore tests/spark

test: $(VENV)/.dev   ## run the tests (ARGS='-k address')
	@$(PYTEST) -m 'not long' $(ARGS)

test-long: $(VENV)/.dev  ## kill and restart programs and databases, and whole runs besides
	@$(PYTEST) -m long $(ARGS)

test-spark: $(VENV)/.spark  ## the same scores on Spark as on DuckDB (needs Java 17)
	@$(BIN)/python -m pytest tests/spark $(ARGS)

check: $(VENV)/.dev  ## lint, types, import contracts, compose and Dockerfile lint, generated docs
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	@$(BIN)/hadolint deploy/Dockerfile
	@$(BIN)/python -m cli.docs --check

bench: $(VENV)/.dev  ## measure all of it: generation, loading, resolving, the graph, GraphQL, tags, search
	@$(BIN)/python -m benchmarks $(ARGS)

lock:                ## write the lock files anew from pyproject.toml (needs uv on the PATH)
	uv pip compile pyproject.toml --extra build -o requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate -q
	uv pip compile pyproject.toml --extra build --extra dev --extra train -o requirements-dev.lock --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate -q -c requirements.lock
	uv pip compile pyproject.toml --extra build --extra spark -o requirements-spark.lock --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate -q -c requirements.lock

clean:               ## remove the environment and the caches; data in .weinao stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Weinao needs Python 3.11 or newer; call: make PYTHON=/path/to/python3.11 …") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)

# hatchling comes with the lock, so that nothing is fetched outside it.
$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing the locked environment into $(VENV) (about two minutes, once) …"
	@$(PIP) install -q --require-hashes -r requirements.lock
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "installing the development tools into $(VENV) …"
	@$(PIP) install -q --require-hashes -r requirements-dev.lock
	@touch $@

# PySpark comes as a source distribution; what builds it is in the lock too.
$(VENV)/.spark: requirements-spark.lock $(VENV)/.dev
	@echo "installing Spark into $(VENV) (about two minutes, once) …"
	@$(PIP) install -q --no-build-isolation --require-hashes -r requirements-spark.lock
	@touch $@
