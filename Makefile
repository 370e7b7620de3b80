PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help install demo serve test check bench shots trace clean

help:            ## what can be done here
	@grep -E '^[a-z0-9.-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 18

$(BIN)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(BIN)/.installed-test: requirements-test.lock $(BIN)/.installed
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-test.lock
	@touch $@

install: $(BIN)/.installed  ## the product and what it needs, into .venv

demo: $(BIN)/.installed  ## a real term played and served; ARGS="--fresh" starts over
	$(BIN)/campus demo $(ARGS)

serve: $(BIN)/.installed  ## serve what is kept in ./var
	$(BIN)/campus serve $(ARGS)

check: $(BIN)/.installed-test  ## format, lint, types, import contracts, house rules
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy -p domain -p projections -p infra -p api -p dashboards
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_house.py

test: check  ## everything, on embedded PostgreSQL and headless Chromium
	sh .ci/chromium
	$(BIN)/python -m pytest $(ARGS)

bench: $(BIN)/.installed-test  ## ratios within one run, into var/bench.json
	sh .ci/wrk
	$(BIN)/python -m tests.bench.log
	$(BIN)/python -m tests.bench.projector
	$(BIN)/python -m tests.bench.http

show-1.4: $(BIN)/.installed-test  ## the log under contention, kills and lost replies
	$(BIN)/python -m tests.faults.show_1_4

show-1.8: $(BIN)/.installed-test  ## 3,000 generated requests against the OpenAPI description
	$(BIN)/python -m tests.faults.fuzz

show-1.10: $(BIN)/.installed-test  ## a projector that stands still, a table that cannot fold
	sh .ci/chromium
	$(BIN)/python -m tests.faults.show_1_10

show-2.4: $(BIN)/.installed-test  ## 20,000 workflows: nobody approves their own, no step is left out
	$(BIN)/python -m tests.faults.show_2_4

show-3.1: $(BIN)/.installed-test  ## a sealed log tampered with in every way; two verifiers that must agree
	$(BIN)/python -m tests.faults.show_3_1

show-3.2: $(BIN)/.installed-test  ## proofs of every size to 300, and of a million events
	$(BIN)/python -m tests.faults.show_3_2

show-3.3: $(BIN)/.installed-test  ## a million events sealed and verified; commands beside the sealer
	$(BIN)/python -m tests.faults.show_3_3

show-3.4: $(BIN)/.installed-test  ## 1,000 people erased: no trace anywhere, and no backup brings them back
	$(BIN)/python -m tests.faults.show_3_4

show-3.5: $(BIN)/.installed-test  ## every figure is the sum of its rows, now and at 20 past positions; the past at a million events
	$(BIN)/python -m tests.faults.show_3_5 $(ARGS)

show-3.6: $(BIN)/.installed-test  ## what if by the rules in force is the live figures; 24 and 72 hours are an independent SQL
	$(BIN)/python -m tests.faults.show_3_6 $(ARGS)

show-3.7: $(BIN)/.installed-test  ## OCEL files validated, loaded in PM4Py (in an environment of its own), and counted
	$(BIN)/python -m tests.faults.show_3_7 $(ARGS)

show-3.8: $(BIN)/.installed-test  ## the sealer killed at every step, and several at once
	$(BIN)/python -m tests.faults.show_3_8

shots: $(BIN)/.installed-test  ## screenshots of every page, into var/shots
	sh .ci/chromium
	$(BIN)/python -m tests.browser.shots

trace: $(BIN)/.installed-test  ## every duty, its commands, and the tests that tell of them
	$(BIN)/python -m tests.trace

lock:            ## renew the locks (needs uv on the PATH)
	uv pip compile -q pyproject.toml --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements.lock
	uv pip compile -q pyproject.toml --extra test --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements-test.lock
	uv pip compile -q tests/mining/requirements.in --generate-hashes --no-emit-index-url --no-header --no-annotate -o tests/mining/requirements.lock

clean:           ## the virtual environment and caches; never ./var
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
