# KUSTOMIZE renders a folder. K8S_VALIDATE: a command that reads manifests from its standard input and fails on a wrong
# one; without it schemas are not checked.
KUSTOMIZE ?= kubectl kustomize
K8S_VALIDATE ?=

.PHONY: k8s-check k8s-generate
k8s-check: setup ## render every Kubernetes overlay, one for each vertical too, and check it; schemas with K8S_VALIDATE="<command>"
	@$(BIN)/python -m deploy.k8s.tools check --kustomize "$(KUSTOMIZE)" --validate "$(K8S_VALIDATE)"

k8s-generate: setup ## write the topics, users and scalers that follow from the code
	@$(BIN)/python -m deploy.k8s.tools generate
