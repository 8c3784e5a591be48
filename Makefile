# The commands of this repository. Each needs nothing set up by hand; `make` alone lists them.

# What the jars are made of. Directories are listed with the files, so that a removed file counts as a change.
sources := $(shell find . \( -name target -o -name node_modules -o -name .git \) -prune \
             -o \( -path '*/src/main' -o -path '*/src/main/*' -o -name pom.xml -o -path './.mvn/*' \) -print)
built := dist/target/.built

.DEFAULT_GOAL := help
.PHONY: help run build test bench format clean
.DELETE_ON_ERROR:

help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(built) ## Builds what has changed and starts the engine in this terminal; ARGS="--port 9000" goes to gtctl up
	@exec ./gtctl up $(ARGS)

build: $(built) ## Builds the product into dist/target/lib, without running tests
	@echo "built: ./gtctl runs it"

$(built): $(sources)
	@scripts/build $@

test: ## Installs what the tests need, then builds, checks and tests everything
	@scripts/test

bench: ## Measures the relay against direct calls and nginx
	@ops/bench/run $(ARGS)

format: ## Formats all Java sources
	@./mvnw -B -q spotless:apply

clean: ## Removes everything that was built
	@find . \( -name node_modules -o -name .git -o -name src \) -prune -o -name target -type d -prune -exec rm -rf {} +
