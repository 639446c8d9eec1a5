# Steelyard: set-up, checks and runs. `make help` lists the words. Needs Python 3.11 or newer; PYTHON=… chooses one.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_WORDS := install -qq --disable-pip-version-check --require-hashes
PIP_INSTALL := $(BIN)/python -m pip $(PIP_WORDS)
PEERS := .venv-peers
PEERS_PINS := tests/bench/peers/requirements.txt
# Benchmarks run where the peers are, once `make peers` has put them there.
BENCH_PYTHON := $(if $(wildcard $(PEERS)/.installed),$(PEERS),$(VENV))/bin/python
CHECKS := lint format types imports tests

.PHONY: help run test browser promtool systemd referees bench peers campaign services fuzz docs lock $(CHECKS:%=check-%)
.DELETE_ON_ERROR:

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: $(VENV)/.installed ## the demo: no key, no network; ARGS="--seconds 60" is passed on
	@$(BIN)/python run_bot.py demo $(ARGS)

test: $(VENV)/.installed-dev ## everything CI runs: lint, format, types, import contracts, tests
	@failed=""; \
	for check in $(CHECKS); do \
	  echo "== $$check"; \
	  $(MAKE) --no-print-directory check-$$check || failed="$$failed $$check"; \
	done; \
	if [ -n "$$failed" ]; then echo "FAILED:$$failed (repeat one with: make check-<name>)" >&2; exit 1; fi; \
	echo "all checks passed"

check-lint: $(VENV)/.installed-dev
	@$(BIN)/ruff check --output-format concise .

check-format: $(VENV)/.installed-dev
	@$(BIN)/ruff format --check --output-format concise . || { echo "mend it with: $(BIN)/ruff format <file>" >&2; exit 1; }

check-types: $(VENV)/.installed-dev
	@$(BIN)/mypy

check-imports: $(VENV)/.installed-dev
	@words=$$($(BIN)/lint-imports 2>&1) || { echo "$$words"; exit 1; }

check-tests: $(VENV)/.installed-dev browser promtool systemd referees
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist worksteal $(if $(filter true,$(CI)),--randomly-seed=1) $(ARGS)

browser: # the report's page is looked at in Chromium; where it is missing and we may install it, that is done here
	@command -v chromium >/dev/null || { \
	  echo "installing chromium, in which the report's page is tested"; \
	  { apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; } >/dev/null 2>&1 || \
	  echo "chromium is missing and could not be installed: the tests that look at the report's page will fail (as root: apt-get install chromium)" >&2; }

promtool: # alert rules are tried with Prometheus' own tool, unpacked and not installed: its package would start a server
	@command -v promtool >/dev/null || test -x .venv-promtool/usr/bin/promtool || { \
	  echo "fetching promtool, with which alert rules are tested"; \
	  { apt-get update -qq; mkdir -p .venv-promtool && cd .venv-promtool && apt-get download -qq prometheus && dpkg -x prometheus_*.deb . && \
	    rm prometheus_*.deb; } >/dev/null 2>&1 || \
	  echo "promtool is missing and could not be fetched: the tests of alert rules will fail (as root: apt-get install prometheus)" >&2; }

systemd: # units are checked by systemd's own tool
	@command -v systemd-analyze >/dev/null || { apt-get update -qq && apt-get install -qq -y --no-install-recommends systemd; } >/dev/null 2>&1 || \
	  echo "systemd-analyze is missing: the tests of units will fail (as root: apt-get install systemd)" >&2

# The official clients, each in an environment of its own, which trade on our exchange in the tests.
referees: .venv-referee/.installed .venv-sdk/.installed

.venv-referee/.installed: tests/referee/requirements.txt $(VENV)/.installed
	@echo "installing the official client that judges our wire"
	@$(BIN)/python -m venv .venv-referee
	@.venv-referee/bin/python -m pip $(PIP_WORDS) -r requirements.txt -r tests/referee/requirements.txt || { $(INSTALL_FAILED); }
	@touch $@

.venv-sdk/.installed: tests/referee/requirements-sdk.txt $(VENV)/.installed
	@echo "installing the official SDK that judges our wire"
	@$(BIN)/python -m venv .venv-sdk
	@.venv-sdk/bin/python -m pip $(PIP_WORDS) -r tests/referee/requirements-sdk.txt || { $(INSTALL_FAILED); }
	@touch $@

bench: $(VENV)/.installed-dev ## benchmarks; compares with the peers that `make peers` installed
	@$(BENCH_PYTHON) tests/bench/run.py $(ARGS)

peers: $(PEERS)/.installed ## the other projects that `make bench` compares with, in an environment of their own (.venv-peers)

campaign: $(VENV)/.installed-dev ## many seeds with the auditor watching
	@$(BIN)/python tests/campaign/run.py $(ARGS)

services: $(VENV)/.installed-dev ## the systemd units under a systemd of their own, thrown away afterwards; as root, about a minute
	@$(BIN)/python tests/campaign/services.py

fuzz: $(VENV)/.installed-dev ## a million inputs to everything that reads what others wrote
	@$(BIN)/python tests/fuzz/run.py $(ARGS)

docs: $(VENV)/.installed-dev ## draw docs/generated and the README's outputs again from the code
	@$(BIN)/python -m tests.house.draw
	@$(BIN)/python -m tests.house.readme

lock: $(VENV)/.installed-dev ## write requirements*.txt again from requirements*.in (needs pip-tools in PATH)
	@pip-compile --quiet --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --strip-extras -o requirements.txt requirements.in
	@pip-compile --quiet --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --strip-extras -o requirements-dev.txt requirements-dev.in
	@pip-compile --quiet --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --strip-extras -o $(PEERS_PINS) $(PEERS_PINS:.txt=.in)
	@for pins in tests/referee/requirements tests/referee/requirements-sdk tests/fuzz/requirements; do \
	  pip-compile --quiet --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --strip-extras -o $$pins.txt $$pins.in; done

# The stamps are touched only after an install went through, so one that was interrupted is done again.

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Steelyard needs Python 3.11 or newer, but '$(PYTHON)' is: $$($(PYTHON) --version 2>&1 | head -n 1)." >&2; \
	  echo "Name another one, for example: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { \
	  rm -rf $(VENV); \
	  echo "could not make $(VENV). On Debian and Ubuntu install the package python3-venv, then run make again." >&2; exit 1; }

$(VENV)/.installed: requirements.txt | $(BIN)/python
	@echo "installing what the bot needs"
	@$(PIP_INSTALL) -r requirements.txt || { $(INSTALL_FAILED); }
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "installing what the checks need"
	@$(PIP_INSTALL) -r requirements.txt -r requirements-dev.txt || { $(INSTALL_FAILED); }
	@touch $@

# Three of the peers install their own tests as a package called `tests`, which would hide ours.
$(PEERS)/.installed: $(PEERS_PINS) tests/bench/peers/yardstick.c $(VENV)/.installed
	@echo "installing the peers, a gigabyte or so"
	@$(BIN)/python -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip $(PIP_WORDS) -r $(PEERS_PINS) || { $(INSTALL_FAILED); }
	@rm -rf $(PEERS)/lib/python3.*/site-packages/tests
	@set -- $$($(PEERS)/bin/python -c 'from sysconfig import get_path; print(get_path("include"), get_path("platlib"))'); \
	  cc -O2 -shared -fPIC -I"$$1" tests/bench/peers/yardstick.c -o "$$2/steelyard_yardstick.so" \
	  || echo "no C compiler (cc) with Python's headers: the yardstick of matching stays away" >&2
	@touch $@

define INSTALL_FAILED
echo "pip could not install the pinned packages (its words are above). Is a package index reachable (pip config list)?" >&2; \
echo "A hash that does not match means that a file is not the one we checked: do not go round it. Then run make again; rm -rf $(VENV) starts afresh." >&2; exit 1
endef
