# The secrets of docker-compose.yml: generated once; made again when a vertical is added, the old ones kept.

.env: deploy/local/src/localstack/containers.py $(wildcard verticals/*/vertical.yaml) | setup
	@$(BIN)/python -m localstack.containers env

ifneq ($(STACK),native)
up: .env
endif
