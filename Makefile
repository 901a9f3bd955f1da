# Everything a person or the CI types. Every target sets up .venv by itself when that is needed;
# Python 3.11 and make are all that must be there before (and git, to have got this far).

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
REQUIREMENTS := .venv/requirements.stamp
READY := .venv/ready.stamp

# make lab and make dashboard open the office's ledger where there is one, else the demo's, which is
# made when it is not there. The address is absolute: notebooks run in their own folder.
LEDGER := $(if $(wildcard data/workbench.db),data,demo)/workbench.db
ifeq ($(WORKBENCH_LEDGER),)
  OPENED := $(LEDGER)
  lab dashboard: export WORKBENCH_LEDGER := sqlite:///$(CURDIR)/$(LEDGER)
endif

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast check bench fuzz lab dashboard notebooks browser lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## make .venv with the locked libraries and the workbench in it

# Nothing is taken out of .venv here: another program may be running from it. Libraries that left
# the lock go with `rm -rf .venv`.
$(REQUIREMENTS): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv \
		|| { echo "Python cannot make virtual environments (Debian: apt-get install python3-venv)"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile \
		--require-hashes --no-deps -r requirements.txt
	@# Byte code for all processors at once; some libraries carry files that are templates and do
	@# not compile, which is why the status is not looked at.
	@$(BIN)/python -m compileall -qq -j 0 .venv/lib > /dev/null || true
	@touch $@

$(READY): $(REQUIREMENTS) pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation --editable .
	@# Commands and kernels start some tenth sooner where Python may not keep byte code itself.
	@$(BIN)/python -m compileall -q workbench
	@touch $@

demo: $(READY) ## the whole product on an invented portfolio, in demo/; says what to open
	$(BIN)/workbench demo demo

test: $(READY) ## every test, in the browser and on PostgreSQL too
	@# Away from CI a machine without a browser skips those tests, and says so; CI never does.
	.ci/browser || test -z "$$CI"
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 15

test-fast: $(READY) ## rules and properties only: under a minute
	WORKBENCH_PROPERTIES=fast $(BIN)/pytest -q --numprocesses 2 \
		tests/unit tests/properties tests/loaders \
		-m "not (browser or postgres or ledger or faults or notebooks or slow)" \
		--ignore tests/unit/runs --ignore tests/unit/widgets --ignore tests/unit/documents \
		--ignore tests/unit/demo --ignore-glob 'tests/unit/test_repository*'

check: $(READY) ## what must hold before a commit: lint, format, types, layers, repository and docs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/unit/test_repository*.py

bench: $(READY) ## the benchmarks, each with its ratios side by side
	@for file in benchmarks/[!_]*.py; do echo "== $$file"; $(BIN)/python -m benchmarks.$$(basename $$file .py) || exit 1; done

fuzz: $(READY) ## damaged bank files by the ten thousand, for the night (FILES=20000 a reader)
	$(BIN)/python -m tests.loaders.fuzz --files $(or $(FILES),20000)

# Voilà is only safe standalone: as an extension inside Lab it runs a visitor's code. JupyterLab
# speaks French until its user chooses otherwise (Settings, Language).
lab: $(READY) $(OPENED) ## JupyterLab on the notebooks, at the home page
	$(BIN)/jupyter lab --allow-root \
		--ServerApp.jpserver_extensions='{"voila.server_extension": False}' \
		--LabApp.app_settings_dir=$(CURDIR)/templates/jupyterlab \
		--LabApp.default_url=/lab/tree/start.ipynb notebooks

dashboard: $(READY) $(OPENED) ## the debtor dashboard in the browser
	$(BIN)/workbench dashboard

demo/workbench.db: | $(READY)
	$(BIN)/workbench demo demo

notebooks: $(READY) ## the month-end notebook executed anew on the demo, as it is committed
	$(BIN)/python -m tests.notebooks.update

browser: ## find Chromium for the browser tests, or install Debian's
	.ci/browser

lock: ## requirements.txt anew from pyproject.toml (needs uv; UPGRADE=1 takes newer versions)
	uv pip compile pyproject.toml --all-extras --generate-hashes --python-version 3.11 \
		--no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet \
		$(if $(UPGRADE),--upgrade) --output-file requirements.txt
