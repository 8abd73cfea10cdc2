# What the programs count, shown. OBSERVE_FLAGS="--watch 60" scrapes a minute first (for `make demo` beside it), --json is
# for programs. `observe` answers 3 where nothing is missed and something is unknown: no failure of make's.
OBSERVE_FLAGS ?=

.PHONY: dashboards observe
dashboards: setup ## Grafana's dashboards as JSON in .local/dashboards, one for each vertical among them
	@$(BIN)/python -m dashboards write

observe: setup ## the service levels of the running stack, by a Prometheus of its own (OBSERVE_FLAGS="--watch 60 --json")
	@$(BIN)/python -m dashboards observe $(OBSERVE_FLAGS) $(STACK_FLAGS) || [ $$? -eq 3 ]
