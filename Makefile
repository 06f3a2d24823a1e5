# Everything goes through .venv; a target makes what it needs.
BIN := .venv/bin
HOME_FOLDER := $(or $(ONRECORD_HOME),data)

.PHONY: run install test test-fast faults check docs bench eval lock audit sbom clean

run: .venv/installed $(HOME_FOLDER)/samples-added
	@$(BIN)/onrecord serve

install: .venv/installed

test: .venv/installed-dev
	@sh scripts/find.sh chromium
	@sh scripts/find.sh postgresql
	@sh scripts/find.sh strace
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest

# For the edit loop: without a browser, a server, or what takes long.
test-fast: .venv/installed-dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow and not faults"

# The faults On Record is put through, into docs/reliability.md: hours. SHORT=1 runs a small version and writes nothing.
faults: .venv/installed-dev build/tools/installed
	@sh scripts/find.sh chromium
	@sh scripts/find.sh nginx
	@sh scripts/find.sh strace
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.faults $(if $(SHORT),--short)

check: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python scripts/generate_docs.py --check

docs: .venv/installed
	$(BIN)/python scripts/generate_docs.py

# How fast it is, into docs/benchmarks.md. SHORT=1 runs a small version, writes nothing, and fails only if a trial
# cannot be run: no time decides whether a change is right.
bench: .venv/installed-dev
	$(BIN)/python -m benchmarks $(if $(SHORT),--short || [ $$? -eq 1 ])

# The floors lie a little below what was measured: they tell when the search became worse.
eval: .venv/installed
	ONRECORD_HOME=build/eval $(BIN)/onrecord evaluate tests/data/samples-questions.jsonl --articles samples \
		--system hybrid --system dense --system bm25 --fail-under answer-recall-relevant@10=0.95 \
		--fail-under answer-mrr-relevant@10=0.78 --fail-under recall@10=0.95
	$(BIN)/python -m benchmarks.answers

# The locks anew from pyproject.toml; UPGRADE=1 takes the newest versions that fit.
lock: build/tools/installed
	build/tools/bin/python -m scripts.lock $(if $(UPGRADE),--upgrade)

# Known vulnerabilities of what is locked, but for those in audit-exceptions.toml. OSV=all.zip reads a copy of OSV's
# database instead of asking a package index.
audit: build/tools/installed
	build/tools/bin/python -m scripts.audit $(if $(OSV),--osv $(OSV))

# All that is installed, and the models' weights, as CycloneDX: build/sbom.json.
sbom: .venv/installed build/tools/installed
	$(BIN)/python -m scripts.sbom build/tools/bin/cyclonedx-py build/sbom.json

clean:
	rm -rf .venv build *.egg-info

.venv/installed: pyproject.toml requirements.lock
	@sh scripts/make-venv.sh .venv
	@sh scripts/install.sh $(BIN)/python requirements.lock
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	@sh scripts/install.sh $(BIN)/python requirements-dev.lock
	@touch $@

build/tools/installed: requirements-tools.lock
	@sh scripts/make-venv.sh build/tools
	build/tools/bin/python -m pip install --quiet --require-hashes --no-deps -r requirements-tools.lock
	@touch $@

$(HOME_FOLDER)/samples-added: | .venv/installed
	@echo "Adding the sample articles to $(HOME_FOLDER)/ …"
	$(BIN)/onrecord add samples
	@touch $@
