# From a clean clone: a C compiler and Python 3.11 or later are all that is needed; pip brings the rest.

PYTHON ?= python3
VENV ?= .venv
VENV_DEMO ?= .venv-demo
VENV_BENCH ?= .venv-bench
TESTS ?= tests
ARGS ?=
# Benchmarks on one core, so that nobody's second thread counts for him.
ONE_CORE ?= $(shell command -v taskset >/dev/null && echo taskset -c 0)

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PYTHON
export PIP_DISABLE_PIP_VERSION_CHECK := 1

NATIVE := $(shell find _native -path _native/fuzz -prune -o \( -name '*.h' -o -name '*.py' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.pxi' \) -print)
BUILT_FROM := pyproject.toml setup.py $(NATIVE)
SOURCES := $(wildcard src/lambdarrow/*.py src/lambdarrow/*/*.py)
HEADERS := $(patsubst _native/%,%,$(wildcard _native/kernels/*.h _native/engine/*.h _native/engine/ops/*.h))

.PHONY: help demo test lint bench asan fuzz clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST)

# --- demo -------------------------------------------------------------------------------------------

$(VENV_DEMO)/installed: $(BUILT_FROM) $(SOURCES)
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or later: make PYTHON=...")'
	$(PYTHON) -m venv --clear $(VENV_DEMO)
	$(VENV_DEMO)/bin/python -m pip install -q '.[cli]'
	touch $@

demo: $(VENV_DEMO)/installed  ## install into a fresh venv and convert the shipped events to demo/clicks.parquet
	mkdir -p demo
	@# Status 1 says that something failed to decode, and the examples hold one poison record.
	$(VENV_DEMO)/bin/lambdarrow convert examples/clicks.json examples/clicks.ndjson -o demo/clicks.parquet \
	    --payload examples/click.schema.json --flatten --failures demo/failures.ndjson || test $$? -eq 1
	$(VENV_DEMO)/bin/python examples/head.py demo/clicks.parquet 5 sequence_number approximate_arrival_timestamp \
	    user_id event_type price
	@# A dozen records say nothing about speed.
	$(VENV_DEMO)/bin/lambdarrow synth kinesis --records 8000 >demo/synthetic.json
	$(VENV_DEMO)/bin/lambdarrow convert demo/synthetic.json -o demo/synthetic.parquet \
	    --payload examples/click.schema.json --flatten

# --- test and lint ----------------------------------------------------------------------------------

# Editable, so that the tests find the test-only modules that LAMBDARROW_PROBE builds beside the core.
$(VENV)/installed: $(BUILT_FROM)
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or later: make PYTHON=...")'
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	LAMBDARROW_PROBE=1 $(VENV)/bin/python -m pip install -q -e '.[test,dev]'
	touch $@

test: $(VENV)/installed  ## run the tests, on every set of kernels; TESTS=tests/doors ARGS='-x' to choose
	$(VENV)/bin/python -m pytest $(TESTS) $(ARGS)
ifeq ($(TESTS),tests)
	LAMBDARROW_DISABLE_CPU=avx2 $(VENV)/bin/python -m pytest -q tests/engine tests/sources $(ARGS)
endif

lint: $(VENV)/installed  ## ruff, cython-lint, mypy and pyright on user code, and the compilers' warnings on each header by itself
	$(VENV)/bin/ruff check .
	PATH=$(abspath $(VENV))/bin:$$PATH cython-lint --max-line-length 120 _native/*.pyx _native/*.pxd _native/*.pxi
	$(VENV)/bin/python -m mypy --strict src/lambdarrow/events tests/typing/user_code.py
	@# It runs on node, which not every platform has a wheel of.
	if $(VENV)/bin/python -m pyright --version >/dev/null 2>&1; then \
	    $(VENV)/bin/python -m pyright --pythonpath $(VENV)/bin/python tests/typing/user_code.py; \
	else echo "skipped: pyright, which does not start here"; fi
	@# Each header first, so that it must include what it uses; then the engine, which defines what the ops
	@# declare for one another. Of the static functions each includer leaves some unused.
	@found=; \
	for compiler in gcc clang; do \
	    command -v $$compiler >/dev/null || { echo "skipped: warnings of $$compiler, which is not installed"; continue; }; \
	    found=1; \
	    for header in $(HEADERS); do \
	        printf '#include "%s"\n#include "engine/check.h"\n' $$header | \
	        $$compiler -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Werror -Wno-unused-function -fsyntax-only \
	            -I_native -Ibuild/generated -x c - || { echo "$$compiler: $$header" >&2; exit 1; }; \
	    done; \
	done; \
	test -n "$$found" || { echo "no C compiler to ask" >&2; exit 1; }

# --- bench, asan, fuzz ------------------------------------------------------------------------------

$(VENV_BENCH)/installed: $(BUILT_FROM) $(SOURCES)
	$(PYTHON) -m venv --clear $(VENV_BENCH)
	$(VENV_BENCH)/bin/python -m pip install -q '.[bench]'
	touch $@

bench: $(VENV_BENCH)/installed  ## speed beside the peers, cold start, memory; ends in a table of ratios
	mkdir -p build
	$(ONE_CORE) $(VENV_BENCH)/bin/python -m pytest benchmarks -q --benchmark-json=build/benchmarks.json
	$(ONE_CORE) $(VENV_BENCH)/bin/python benchmarks/cold_start.py
	$(ONE_CORE) $(VENV_BENCH)/bin/python benchmarks/memory.py
	$(VENV_BENCH)/bin/python benchmarks/report.py build/benchmarks.json

asan:  ## the tests under AddressSanitizer and UBSan
	bash _native/fuzz/asan.sh

fuzz:  ## fuzz the kernels and the engine for a minute
	bash _native/fuzz/run.sh

clean:  ## remove all that the targets above made
	rm -rf $(VENV) $(VENV_DEMO) $(VENV_BENCH) build dist demo src/*.egg-info src/lambdarrow/*.so
	rm -rf .pytest_cache .ruff_cache .mypy_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
