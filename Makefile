# Everything a person or the CI runs. `make help` lists it. Needs Python 3.11 to 3.13 and make; the rest comes by itself.

BIN := .venv/bin
RUN := .venv/requirements.lock.ready
DEV := .venv/requirements-dev.lock.ready

# Much of a test run is waiting for servers: two processes take little more than half the time. `-n 0`: in one.
PROCESSES := 2

.DEFAULT_GOAL := help
.PHONY: help venv lock test check check-k8s check-images check-upgrade sbom audit telemetry fmt up down demo demo-smoke chaos bench

help:  ## list what there is
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(RUN)  ## start everything and watch the five stories; Ctrl-C ends it and leaves nothing running
	@$(BIN)/python -m tools.demo $(ARGS)

demo-smoke: $(RUN)  ## the same without a person: fails when an expected flag is missing or a process dies
	@$(BIN)/python -m tools.demo --smoke $(ARGS)

test: $(DEV)  ## the whole suite, against real servers (ARGS="-k ping_pong" for a part)
	@$(BIN)/python -m pytest -n $(PROCESSES) $(ARGS)

check: $(DEV)  ## format, lint, types, imports, generated files
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tools.schemas --check
	@$(BIN)/python -m tools.supply licences --check
	@$(BIN)/python -m tools.telemetry --check

check-k8s: $(DEV)  ## what is deployed to Kubernetes, without a cluster (docs/kubernetes.md)
	@$(BIN)/python -m tools.kubernetes check $(ARGS)

check-images: $(DEV)  ## build every service's image and let it do its work, read-only and as nobody (Linux, root)
	@$(BIN)/python -m tests.images $(ARGS)

check-upgrade: $(DEV)  ## the last release and this one beside each other, and the way back, under load
	@$(BIN)/python -m tests.upgrade $(ARGS)

sbom: $(DEV)  ## what we ship that others wrote, as CycloneDX, into .state/sbom
	@mkdir -p .state/sbom
	@for lock in requirements deploy/docker/requirements-services; do \
		$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON \
			--output-file .state/sbom/$$(basename $$lock).cdx.json $$lock.lock && \
		echo ".state/sbom/$$(basename $$lock).cdx.json" || exit 1; done

audit: $(DEV)  ## known weaknesses of it; says so when the data cannot be reached
	@$(BIN)/python -m tools.supply audit

telemetry: $(DEV)  ## put the tables of docs/telemetry.md and the dashboard right
	@$(BIN)/python -m tools.telemetry

fmt: $(DEV)  ## put the format right, and what else can be put right by itself
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

up: $(RUN)  ## Kafka and Valkey in the background, for development
	@$(BIN)/python -m tools.stack up $(ARGS)

down: $(RUN)  ## stop them (ARGS=--erase: and delete their data)
	@$(BIN)/python -m tools.stack down $(ARGS)

chaos: $(DEV)  ## kill, freeze, wipe and fill, and count what is lost (ROUNDS=3 SEED=7 ONLY=redis-flushed)
	@$(BIN)/python -m tests.chaos $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SEED),--seed $(SEED)) \
		$(if $(ONLY),--only $(ONLY)) $(ARGS)

bench: $(RUN)  ## speed beside other engines, latencies, costs against length and number (docs/performance.md)
	@$(BIN)/python -m benchmarks $(ARGS)

venv: $(DEV)  ## the virtual environment .venv, with all that the other targets need

# pip-compile looks up what is newest: --upgrade only by ARGS=--upgrade. No index address gets into the locks.
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

lock: $(DEV)  ## pin the .in files anew into the .lock files (ARGS=--upgrade for newer versions)
	@$(COMPILE) $(ARGS) --output-file requirements.lock requirements.in
	@$(COMPILE) $(ARGS) --output-file requirements-dev.lock requirements-dev.in
	@$(COMPILE) $(ARGS) --output-file requirements-k8s.lock requirements-k8s.in
	@$(COMPILE) $(ARGS) --output-file benchmarks/requirements-peers.lock benchmarks/requirements-peers.in
	@$(COMPILE) $(ARGS) --output-file deploy/docker/requirements-services.lock deploy/docker/requirements-services.in

$(RUN): requirements.lock tools/bootstrap.sh
	@tools/bootstrap.sh requirements.lock

# The dev lock holds the other one: whoever develops need not install twice.
$(DEV): requirements-dev.lock tools/bootstrap.sh
	@tools/bootstrap.sh requirements-dev.lock
	@touch $(RUN)
