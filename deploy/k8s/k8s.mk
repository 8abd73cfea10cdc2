# K8S_VALIDATE: a command that reads manifests from its standard input and fails on an invalid one; without it the
# overlays are only rendered. KUSTOMIZE renders a folder.
KUSTOMIZE ?= kubectl kustomize
K8S_VALIDATE ?=
K8S_OVERLAYS := $(sort $(wildcard deploy/k8s/overlays/*))
K8S_RENDERED := .local/k8s

.PHONY: k8s-check
k8s-check: ## render every Kubernetes overlay, and validate it with the command K8S_VALIDATE
	@if ! command -v $(firstword $(KUSTOMIZE)) >/dev/null; then echo "k8s-check: skipped: $(firstword $(KUSTOMIZE)) is not installed"; exit 0; fi; \
	mkdir -p $(K8S_RENDERED); \
	for overlay in $(K8S_OVERLAYS); do \
		rendered=$(K8S_RENDERED)/$${overlay##*/}.yaml; \
		$(KUSTOMIZE) $$overlay > $$rendered || exit 1; \
		echo "k8s-check: $$overlay renders $$(grep -c '^kind:' $$rendered) objects"; \
		if [ -n "$(K8S_VALIDATE)" ]; then $(K8S_VALIDATE) < $$rendered || exit 1; fi; \
	done; \
	if [ -z "$(K8S_VALIDATE)" ]; then echo "k8s-check: schemas not checked: K8S_VALIDATE names no command"; fi
