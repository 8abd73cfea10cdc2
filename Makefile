.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
JOBS ?= 2
TESTS ?=
SEED ?= 1
FAULT ?=
STEPS ?= 100000
WORKERS ?= 2
BIN := .venv/bin
export UV_SYSTEM_CERTS ?= 1
# A program whose sources are compiled anew at each start needs three times as long to be ready.
unexport PYTHONDONTWRITEBYTECODE
MEMBERS := libs/contracts libs/common services/identity services/providers services/booking services/payments services/notifications services/analytics sandbox deploy/local deploy/observability

include deploy/local/stack.mk
include deploy/compose/compose.mk
include deploy/k8s/k8s.mk
include deploy/observability/observability.mk

.PHONY: help setup lock test test-deep check check-types check-others faults simulate bench
help: ## what each target does
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'
	@echo 'settings: STACK=containers (up, down, reset, status, logs) STACK_FLAGS="--port-base 1000" JOBS=4 (test) PYTHON=python3.12 (setup)'

setup: .venv/.installed ## the virtual environment, exactly as requirements.lock says

.venv/.installed: requirements.lock pyproject.toml $(addsuffix /pyproject.toml,$(MEMBERS))
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --require-hashes --no-deps -r <(sed -n '/^uv==/,/^[^ ]*==/{/^uv==/p;/^    --hash/p;}' requirements.lock | sed '/--hash/{$$!b};$$s/ *\\$$//')
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(addprefix -e ,$(MEMBERS))
	@touch $@

lock: setup ## resolve the dependencies again and write requirements.lock
	@$(BIN)/uv lock --upgrade --quiet
	@$(BIN)/uv export --quiet --format requirements-txt --no-emit-workspace --no-emit-project --all-groups --no-header --no-annotate -o requirements.lock

test: setup ## every test, on real PostgreSQL, Kafka and HAProxy (TESTS="services/booking" for a part)
	@$(BIN)/pytest -n $(JOBS) --dist loadgroup $(TESTS)

test-deep: setup ## what is too long for `make test`: long random walks, planted mistakes, a burst of 10,000 webhooks, then `make simulate` (well over an hour)
	@$(BIN)/pytest -n $(JOBS) --dist loadgroup -m deep $(or $(TESTS),services tests/simulation tests/integration tests/faults/test_short.py tests/security/test_fuzzing.py)
	@$(MAKE) --no-print-directory simulate

check: setup ## format, lint, security, types, import rules, the image and the containers
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target check-types check-others

check-types: # half of the time, on a processor of its own
	@$(BIN)/mypy .

check-others:
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive libs services sandbox deploy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml

faults: setup ## every fault under load on a stack of its own, then the judge (SEED=7 FAULT="kill:kafka rolling"; one to two hours)
	@mkdir -p .local && $(BIN)/python -m tests.faults --seed $(SEED) $(if $(FAULT),--fault $(FAULT)) --json .local/faults-$(SEED).json
	@$(if $(FAULT),,TEST_FAULTS=1 $(BIN)/pytest tests/faults/test_power_loss.py tests/faults/test_rebuild.py tests/security/test_rotation*.py)

bench: setup ## the measures of bench/, each as a ratio within one run (3 minutes)
	@$(BIN)/python -m bench

simulate: setup ## the booking and payment saga, 100,000 steps of everything going wrong (SEED=7 STEPS=2000; about 45 minutes)
	@$(BIN)/python -m tests.simulation --seed $(SEED) --steps $(STEPS) --workers $(WORKERS)
