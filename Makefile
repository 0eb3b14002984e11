# Everything a developer types. The work itself is in config/local/ and scripts/.

.DEFAULT_GOAL := help
.PHONY: help run test check bench routing chaos screenshots develop test-requirements translations format clean

PYTHON_IN_VENV := .venv/bin/python

# The settings want one; nothing that these do is signed for anybody.
check test bench screenshots: export SECRET_KEY ?= for-tests-only

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-19s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Install and start everything; PORT=8000 HOST=127.0.0.1, Ctrl-C stops it
	@scripts/python -m config.local.install run
	@exec $(PYTHON_IN_VENV) -m config.local

test: develop test-requirements ## Every test: unit, real processes, real browser, real local model
	@scripts/test_js
	$(PYTHON_IN_VENV) -m pytest

check: develop ## Linter, formatter, types
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

bench: develop test-requirements ## The benchmarks of the server, of its event streams, of the page; prints tables
	@$(PYTHON_IN_VENV) -m benchmarks
	@$(PYTHON_IN_VENV) -m benchmarks.doors
	@exec $(PYTHON_IN_VENV) -m benchmarks.page

routing: develop ## How often routing is right, as in docs/routing.md
	@exec $(PYTHON_IN_VENV) -m tests.routing.confusion

chaos: develop test-requirements ## Break things for SECONDS=60 (SEED=…) and count what was lost
	@exec $(PYTHON_IN_VENV) -m tests.chaos --seconds $(or $(SECONDS),60) $(if $(SEED),--seed $(SEED))

translations: develop ## Collect every sentence into locale/, and compile what is translated
	$(PYTHON_IN_VENV) -m scripts.translations $(LANGUAGE)

screenshots: develop test-requirements ## The pictures of docs/pictures.md; STATES="welcome streaming" for some
	@exec $(PYTHON_IN_VENV) -m scripts.screenshots $(STATES)

format: develop ## Let ruff put the files in order
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

develop: ## Install what running, tests and checks need into .venv
	@scripts/python -m config.local.install develop

test-requirements: ## Browser, servers and clients for the tests, where they can be installed
	@scripts/test_requirements

clean: ## Remove the virtual environments and caches; conversations in var/ stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
	rm -rf tests/clients/.venv tests/clients/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
