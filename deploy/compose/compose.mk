# The secrets of docker-compose.yml: generated once; made again when a vertical is added, the old ones kept.

.env: deploy/local/src/localstack/containers.py $(wildcard verticals/*/vertical.yaml) | setup
	@$(BIN)/python -m localstack.containers env

ifneq ($(STACK),native)
up: .env
endif

.PHONY: images stand-ins compose-test
images: setup ## build every image and look into each; skipped where no Docker engine answers
	@$(BIN)/python -m tests.images images

stand-ins: setup ## make what docker-compose.yml takes from a registry of Debian's packages, where none can be reached (root)
	@$(BIN)/python -m tests.images stand-ins $(PROFILES)

compose-test: setup ## tests/integration on the containers of docker-compose.yml, through testcontainers (TESTS="tests/integration/test_road.py")
	@$(BIN)/python -m tests.images compose-test $(TESTS)
