# The stack on this machine. STACK=native runs processes (deploy/local), STACK=containers runs docker-compose.yml.
# PROGRAM=booking-api, LINES=200 and FOLLOW=1 shape `make logs`; STACK_FLAGS="--port-base 1000" moves every port, and that
# is remembered until `make reset` or another --port-base. PROFILES=observability adds Prometheus, Alertmanager, Grafana and
# the collector to the containers.
STACK ?= native
ifeq ($(filter $(STACK),native containers),)
$(error STACK is native or containers, not $(STACK))
endif
STACK_FLAGS ?=
PROFILES ?=
PROGRAM ?=
LINES ?= 20
FOLLOW ?=
LOCALSTACK = $(BIN)/python -m localstack
COMPOSE = $(if $(shell docker compose version 2>/dev/null),docker compose,docker-compose)
EVERYTHING = $(COMPOSE) --profile observability
NEEDS_ENGINE = $(COMPOSE) ps > /dev/null 2>&1 || { echo "STACK=containers needs a running Docker engine with Compose; plain make $@ needs none" >&2; exit 2; }

VERIFY_FLAGS ?=
DEMO_FLAGS ?=
RECONCILE_FLAGS ?=

.PHONY: up down reset status logs verify audit reconcile demo

ifeq ($(STACK),native)
up: setup ## start PostgreSQL, Kafka, the services and the gateway, and wait until they are ready
	@$(LOCALSTACK) up $(STACK_FLAGS)

down: setup ## stop everything
	@$(LOCALSTACK) down $(STACK_FLAGS)

reset: setup ## stop everything and remove all data
	@$(LOCALSTACK) reset $(STACK_FLAGS)

status: setup ## what runs, since when, and whether it is ready
	@$(LOCALSTACK) status $(STACK_FLAGS)

demo: setup ## a business day through the gateway: 220 bookings in 4 cities, checked in the end (DEMO_FLAGS="--seed 7")
	@$(LOCALSTACK) demo $(DEMO_FLAGS) $(STACK_FLAGS)

verify: setup ## judge the running stack: I1-I9 from its databases, Kafka and the sandbox (VERIFY_FLAGS=--json)
	@$(LOCALSTACK) verify $(VERIFY_FLAGS) $(STACK_FLAGS)

audit: setup ## walk the audit chain of every service and compare it with the heads kept in Kafka
	@$(LOCALSTACK) audit $(STACK_FLAGS)

reconcile: setup ## search MercadoPago now, compare its reports with the books, print what differs (RECONCILE_FLAGS="--from 2026-11-20 --json")
	@$(LOCALSTACK) reconcile $(STACK_FLAGS) -- $(RECONCILE_FLAGS)

logs: setup ## the last lines of the logs (PROGRAM=booking-api LINES=200 FOLLOW=1)
	@$(LOCALSTACK) logs $(PROGRAM) -n $(LINES) $(if $(FOLLOW),-f) $(STACK_FLAGS)
else
up:
	@$(NEEDS_ENGINE)
	@$(BIN)/python -m deploy.images.build
	@$(if $(filter observability,$(PROFILES)),$(BIN)/python -m observability dashboards && $(BIN)/python -m observability containers)
	@$(if $(filter observability,$(PROFILES)),OTLP_ENDPOINT=http://collector:4318/v1/traces) $(COMPOSE) $(addprefix --profile ,$(PROFILES)) up --detach

down:
	@$(NEEDS_ENGINE)
	@$(EVERYTHING) down

reset:
	@$(NEEDS_ENGINE)
	@$(EVERYTHING) down --volumes

status:
	@$(NEEDS_ENGINE)
	@$(EVERYTHING) ps

logs:
	@$(NEEDS_ENGINE)
	@$(EVERYTHING) logs --tail $(LINES) $(if $(FOLLOW),--follow) $(PROGRAM)

demo verify audit reconcile:
	@echo "make $@ drives the native stack: STACK=native make $@" >&2; exit 2
endif
