# make screen            screen the shipped sample films
# make screen FILM=path  screen any film; OUT=folder says where the results go (default: results)
# make test              lint, types and tests
# make lint              lint and types only
# make cmake-lists       write the lists of the files that the Slicer extension packages
# make clean             remove the environments and everything that was built

PYTHON ?= python3
FILM ?=
SAMPLES = $(wildcard Resources/SampleData/*.png)
OUT ?= results

PIP = -m pip --disable-pip-version-check --quiet

.PHONY: help screen test lint cmake-lists clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# //p' Makefile

screen: .venv/installed
	.venv/bin/osteoscreen screen $(if $(FILM),'$(FILM)',$(SAMPLES)) --out '$(OUT)'

## Two processes with one thread each; the tests of a file stay together, because they share what is slow to set up.
test: lint
	OMP_NUM_THREADS=1 .venv-dev/bin/python -m pytest -n 2 --dist loadfile

lint: .venv-dev/installed
	.venv-dev/bin/ruff check .
	.venv-dev/bin/ruff format --check .
	.venv-dev/bin/mypy

cmake-lists:
	@'$(PYTHON)' Testing/packaging/cmake_lists.py

.venv/installed: pyproject.toml setup.py
	@echo 'Installing OsteoScreen into .venv; this takes some minutes the first time.'
	@$(call make_environment,.venv)
	@.venv/bin/python $(PIP) install --no-compile --editable .
	@touch $@

.venv-dev/installed: pyproject.toml setup.py
	@echo 'Installing OsteoScreen and what its tests need into .venv-dev; this takes some minutes the first time.'
	@$(call make_environment,.venv-dev)
	@.venv-dev/bin/python $(PIP) install --editable '.[dev]'
	@touch $@

clean:
	rm -rf .venv .venv-dev build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
	find OsteoScreenLib training Testing -name __pycache__ -type d -prune -exec rm -rf {} +

## Makes an environment where none works yet, and says what is missing in words instead of a traceback.
define make_environment
	if $(1)/bin/python $(PIP) --version >/dev/null 2>&1; then exit 0; fi; \
	'$(PYTHON)' -c 'pass' 2>/dev/null \
		|| { echo '$(PYTHON) does not run: install Python 3.10 or newer, or name it with PYTHON=path.' >&2; exit 2; }; \
	'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
		|| { echo "OsteoScreen needs Python 3.10 or newer, not $$('$(PYTHON)' -V 2>&1): name one with PYTHON=path." >&2; exit 2; }; \
	'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo 'Python cannot make environments here: on Debian and Ubuntu run apt-get install python3-venv.' >&2; exit 2; }; \
	'$(PYTHON)' -m venv --clear $(1)
endef
