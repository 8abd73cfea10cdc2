# What the programs count, shown. OBSERVE_FLAGS="--watch 60" scrapes a minute first (for `make demo` beside it), --json is
# for programs. `observe` answers 3 where nothing is missed and something is unknown: no failure of make's.
OBSERVE_FLAGS ?=

.PHONY: dashboards observe observability-check observability-generate
dashboards: setup ## Grafana's dashboards as JSON in .local/dashboards, one for each vertical among them
	@$(BIN)/python -m observability dashboards

observe: setup ## the service levels of the running stack, by a Prometheus of its own (OBSERVE_FLAGS="--watch 60 --json")
	@$(BIN)/python -m observability observe $(OBSERVE_FLAGS) $(STACK_FLAGS) || [ $$? -eq 3 ]

observability-generate: setup ## write the recording rules of the objectives
	@$(BIN)/python -m observability generate

# promtool comes with Debian's package prometheus, amtool with prometheus-alertmanager, otelcol from the collector's releases.
OTELCOL ?= otelcol-contrib
OBSERVABILITY := deploy/observability
ROUTES := $(OBSERVABILITY)/alertmanager/routes.txt

observability-check: setup ## rules, alerts and their tests by promtool, alert routes by amtool, the collector by itself
	@if ! command -v promtool >/dev/null; then echo "observability-check: rules skipped: promtool is not installed (Debian: prometheus)"; exit 0; fi; \
	promtool check config $(OBSERVABILITY)/prometheus/prometheus.yml && \
	promtool test rules $(wildcard $(OBSERVABILITY)/prometheus/tests/*.yml)
	@if ! command -v amtool >/dev/null; then echo "observability-check: routes skipped: amtool is not installed (Debian: prometheus-alertmanager)"; exit 0; fi; \
	amtool check-config $(OBSERVABILITY)/alertmanager/alertmanager.yml && \
	grep -v '^#' $(ROUTES) | while read -r receiver labels; do \
		amtool config routes test --config.file $(OBSERVABILITY)/alertmanager/alertmanager.yml --verify.receivers=$$receiver $$labels >/dev/null 2>&1 \
			|| { echo "observability-check: not to $$receiver: $$labels"; exit 1; }; \
	done && echo "observability-check: $$(grep -vc '^#' $(ROUTES)) routes lead where they should"
	@if ! command -v $(OTELCOL) >/dev/null; then echo "observability-check: collector skipped: $(OTELCOL) is not installed"; exit 0; fi; \
	$(BIN)/python -m observability containers && \
	OTEL_SCRAPE=.local/compose/observability/scrape.yml $(OTELCOL) validate --config=$(OBSERVABILITY)/otel/collector.yml \
		&& echo "observability-check: the collector takes its configuration"
