# surveykit. `make help` lists what can be made; every target installs what it needs into .venv first.
# Needs python3 (3.11 or newer, with venv) and make, nothing else.

PYTHON  ?= python3
VENV    ?= .venv
# Job control of pytest: JOBS=0 runs in one process.
JOBS    ?= 0
# MARKERS=all runs everything that can run here; MARKERS="rlang" runs only what needs R.
MARKERS ?= core
# Folders for `make oracle` and `make report`.
PACK    ?= ../shared/reference/oracle
STUDIES ?= $(wildcard analyses/*/study.yaml)
# Further arguments for pytest: make test ARGS="tests/engine -x".
ARGS    ?=

BIN       := $(VENV)/bin
INSTALLED := $(VENV)/.installed
CORE      := not (browser or node or office or rlang or slow)
SELECTED   = $(if $(filter all,$(MARKERS)),,-m "$(if $(filter core,$(MARKERS)),$(CORE),$(MARKERS))")
PARALLEL   = $(if $(filter 0,$(JOBS)),,-n $(JOBS))

.DEFAULT_GOAL := help
.PHONY: help install report test all-tests lint format types bench oracle docs ci clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-10s %s\n", $$1, $$2 }'

install: $(INSTALLED) ## surveykit and its tools in .venv, at the versions of constraints.txt

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "surveykit needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "python3 cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

report: $(INSTALLED) ## build every study in analyses/ into its page of tables, figures and claims
	@test -n "$(STUDIES)" || echo "make report: analyses/ holds no study yet (no analyses/*/study.yaml), so there is nothing to build."
	@for study in $(STUDIES); do \
		folder=$$(dirname "$$study"); echo "== surveykit build $$folder"; \
		$(BIN)/surveykit build "$$folder" --root . || exit 1; \
	done

test: $(INSTALLED) ## the tests that need nothing but Python; MARKERS=all adds those with R, a browser, node, LibreOffice
	$(BIN)/python -m pytest $(SELECTED) $(PARALLEL) $(ARGS)

all-tests: ## every test; what a missing program makes impossible is skipped with its reason
	@$(MAKE) --no-print-directory test MARKERS=all

lint: $(INSTALLED) ## style and common mistakes (ruff), formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(INSTALLED) ## write code in the house format, and the stub of the public face again
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .
	$(BIN)/python -m tests.public_face

types: $(INSTALLED) ## strict type check (mypy)
	$(BIN)/mypy

bench: $(INSTALLED) ## speed and memory beside the peers, in one run (writes benchmarks/RESULTS.md)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,bench]'
	$(BIN)/python -m benchmarks $(ARGS)

oracle: $(INSTALLED) ## judge surveykit against recorded numbers of R survey: make oracle PACK=folder
	@test -d "$(PACK)" || { echo "make oracle: no folder '$(PACK)'. Name one: make oracle PACK=folder" >&2; exit 1; }
	@mkdir -p out
	$(BIN)/python -m tests.oracles --pack "$(PACK)" --json out/oracle.json

docs: $(INSTALLED) ## the documentation and the reference of every public name, as pages in out/docs
	$(BIN)/python docs/build.py

ci: all-tests report lint types ## what CI holds every change to

clean: ## remove what was made (not .venv)
	rm -rf out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis analyses/*/out
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
