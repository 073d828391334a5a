# Needs python3 (3.11 or newer), pip and make. Everything else is installed into .venv, once, by the first target that
# needs it. Another interpreter: make PYTHON=python3.13 test. (Recipes start with a tab.)
PYTHON ?= python3
STAGE ?= dev
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help run test lint types check bench retrain package demo clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*##  *\(.*\)/  make \1	\2/p' Makefile | expand -t 18

run: $(READY)  ## the whole system on this machine: http://127.0.0.1:8000 (PORT, AWS_PORT, SMTP_PORT, CITY, SLA_SCALE)
	@exec $(BIN)/python -m local

demo: $(READY)  ## a compressed day: 1,000 reports (REPORTS) into the queues of the running system (PORT), else 500 on one of its own
	@$(BIN)/python -m local.demo $(if $(REPORTS),--reports $(REPORTS))

test: $(READY)  ## all tests (TANGGAP_SKIP_PACKAGE=1 leaves out those that build the package)
	@$(BIN)/python -m pytest -q

lint: $(READY)  ## format and rules
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --check .; exit 1; }
	@$(BIN)/ruff check --quiet .

types: $(READY)  ## mypy, strict
	@$(BIN)/mypy --no-error-summary

check: lint types test  ## lint, types and tests: what .ci/run does

bench: $(READY)  ## the measurements, each beside its floor
	@$(BIN)/python -m bench

retrain: $(READY)  ## the suggestion learns anew and says how good it is (CORRECTIONS=decisions.jsonl)
	@$(BIN)/python -m scripts.train_suggestion $(if $(CORRECTIONS),--corrections $(CORRECTIONS))

package: $(READY)  ## what is deployed, into build/package (STAGE=dev or prod)
	@$(BIN)/python -m scripts.package --stage $(STAGE)

clean:  ## take away what the targets above have made
	@rm -rf .venv build .chalice/deployments .mypy_cache .ruff_cache .pytest_cache .hypothesis

# pip is asked for by chalice as well; where python3 comes without ensurepip, the pip beside it fills the venv
$(READY): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit("Tanggap needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	@echo "installing what is needed into .venv (once; about a minute)"
	@$(PYTHON) -m venv .venv 2>/dev/null || { $(PYTHON) -m venv --clear --without-pip .venv && \
		$(PYTHON) -m pip --python $(BIN)/python install --quiet 'pip<26.3'; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(READY)
