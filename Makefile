# The two commands are `make demo` and `make test`; both set up what they need first.
NEW_ENOUGH := 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(or $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$p -c $(NEW_ENOUGH) 2>/dev/null && echo $$p && break; done),false)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Debian and Ubuntu keep a part of Python in a package of its own.
DEBIAN_VENV = $(shell $(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
APT_GET = $(shell test "$$(id -u)" = 0 || echo sudo -n) apt-get --quiet=2

.PHONY: setup setup-train demo test lint lock clean

setup: $(STAMP)

$(STAMP): pyproject.toml requirements.lock requirements-build.lock
	@$(PYTHON) -c $(NEW_ENOUGH) || \
	  { echo "Backtalk needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Setting up $(VENV), once." >&2
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(APT_GET) --yes install $(DEBIAN_VENV) >&2 || \
	  { $(APT_GET) update && $(APT_GET) --yes install $(DEBIAN_VENV); } >&2 || true
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || \
	  { rm -rf $(VENV); echo "Python has no venv module: apt-get install $(DEBIAN_VENV)" >&2; exit 1; }
	@$(PIP) --require-hashes --requirement requirements-build.lock
	@$(PIP) --require-hashes --no-build-isolation --requirement requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# What benchmarks/asr.py and `python -m models.training` need besides; the tests of both skip without.
setup-train: setup
	@$(PIP) --no-build-isolation --editable '.[train]'

demo: setup
	@$(BIN)/backtalk demo --out out/demo.wav

test: setup lint
	@sh tests/apt.sh
	@$(BIN)/python -m pytest

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# requirements-build.lock is what builds a dependency that comes as source (srt, which vosk needs).
COMPILE = uv pip compile --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --quiet
lock:
	$(COMPILE) --extra dev pyproject.toml --output-file requirements.lock
	printf 'setuptools\nwheel\n' | $(COMPILE) - --output-file requirements-build.lock

clean:
	rm -rf $(VENV) build dist out
