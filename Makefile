# Everything a developer runs. Needs Python 3.11+ and a package registry; makes the rest itself.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
UV := $(or $(shell command -v uv 2>/dev/null),$(BIN)/uv)
READY := $(VENV)/.ready

# Kept bytecode: without it each process of a start compiles two thousand modules again (27 s instead of 10).
unexport PYTHONDONTWRITEBYTECODE

# Settings that let tools import the project without a database.
TOOL_ENV := DATABASE_URL=postgresql:///none AVENANT_SECRET_KEY=only-for-tools-that-import-the-settings-x DJANGO_SETTINGS_MODULE=avenant.config.settings

.PHONY: run test test-spark check bench sbom audit format openapi clean

$(READY): pyproject.toml uv.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(UV) || $(BIN)/python -m pip install --quiet "uv>=0.9"
	UV_PROJECT_ENVIRONMENT=$(VENV) $(UV) sync --quiet --frozen --inexact --extra server --extra psi
	touch $(READY)

run: $(READY)  ## the platform with its demonstration world, on http://localhost:8000 (make run PORT=8001)
	$(BIN)/avenant start --demo --port $(PORT)

test: $(READY)  ## the whole suite, browser journeys included; make test PG=16 runs it on PostgreSQL 16
	$(BIN)/python -m tests.support.browser
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-spark: $(READY)  ## the collector's expressions on a local Spark (needs Java): the same figures as DuckDB
	UV_PROJECT_ENVIRONMENT=$(VENV) $(UV) sync --quiet --frozen --inexact --extra spark
	AVENANT_SPARK=1 $(BIN)/python -m pytest tests/collect/test_spark.py -q

check: $(READY)  ## style, types, layers, templates, migrations, API
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(TOOL_ENV) $(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint src --extension html --lint --quiet
	$(TOOL_ENV) $(BIN)/python -W ignore::RuntimeWarning -m django makemigrations --check --dry-run
	$(TOOL_ENV) $(BIN)/python -m django write_openapi openapi.json --check

bench: $(READY)  ## measures beside their bars; the figures kept in docs/reference/performance.md
	$(BIN)/python -m bench --save

sbom: $(READY)  ## the software bill of materials of what is locked (CycloneDX 1.5), in var/sbom.cdx.json
	mkdir -p var
	$(UV) export --quiet --frozen --no-dev --extra server --extra psi --extra pdf --format cyclonedx1.5 --output-file var/sbom.cdx.json

audit: $(READY)  ## known vulnerabilities of what is locked, where the registry tells them; else "not checked"
	$(BIN)/python -m tests.support.audit $(UV)

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

openapi: $(READY)  ## the API's description, committed and compared
	$(TOOL_ENV) $(BIN)/python -m django write_openapi openapi.json

clean:
	rm -rf var
