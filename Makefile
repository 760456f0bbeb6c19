# make demo    install, then run the whole road on this machine: feeds to inboxes
# make test    install, then lint, types and tests
# make help    the rest

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help install demo look test test-desk coverage lint types bench bench-news bench-sources bench-delivery bench-subscribers bench-feedback bench-morning bench-cpu soak soak-serve fuzz mutants migration lock wheel clean

help:  ## show what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

install: $(READY)  ## make .venv from requirements.lock, every download checked by its hash

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: $(READY)  ## collect, rank, render and send a sample newsroom's morning mail
	$(BIN)/digest demo

look: $(READY)  ## the same, but the morning's draft waits on the desk for you, with the caught mails beside it
	$(BIN)/digest demo --serve

test: $(READY) lint types  ## lint, types and every test
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile -m "not timed"
	$(BIN)/pytest -m timed

test-desk: $(READY)  ## only the desk's tests: an editor's morning in Chromium
	$(BIN)/pytest tests/web tests/flow/test_hand.py

coverage: $(READY)  ## the pure modules' own tests under coverage with branches: 95 % of each, or it fails
	$(BIN)/python -m tests.coverage_floor

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

bench-news: $(READY)  ## measure clusters and ranking on labelled news: DATA=, SCORE=, OUT=out
	OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/bench/bench_news.py --data $(DATA) --score $(SCORE) --out $(or $(OUT),out)

bench-delivery: $(READY)  ## sending measured against smtp-source, nodemailer and PostgreSQL (half an hour)
	$(BIN)/python -m tests.bench.bench_delivery $(BENCH)

bench-subscribers: $(READY)  ## a million readers brought in, planned, and leaving 50 at a time (five minutes)
	$(BIN)/python -m tests.bench.bench_subscribers $(BENCH)

bench-cpu: $(READY)  ## what a mail costs of CPU beside an older commit: OLD=COMMIT (ten minutes)
	$(BIN)/python -m tests.bench.cpu_a_mail --old $(OLD) $(BENCH)

bench-morning: $(READY)  ## 100,000 readers at five providers, one of which turns against us (three minutes)
	$(BIN)/python -m tests.bench.bench_morning $(BENCH)

bench-feedback: $(READY)  ## bounces, complaints and automatic replies read, beside flufl.bounce: DATA=../shared/data (ten seconds)
	$(BIN)/python -m tests.bench.bench_feedback --data "$(DATA)"

bench-sources: $(READY)  ## feeds read, small cases, a day of news, 2,000 feeds collected: DATA=../shared/data SCORE=../shared/score
	$(BIN)/python -m tests.bench.bench_sources --data "$(DATA)" --score "$(SCORE)"

bench: bench-news bench-delivery bench-subscribers bench-feedback bench-morning  ## all five, one after the other (DATA= and SCORE= as for bench-news)

soak: $(READY)  ## senders killed 200 times in the midst of 20,000 mails, on both databases and through Postfix; then counted
	$(BIN)/python -m tests.bench.soak $(SOAK)

soak-serve: $(READY)  ## two months of `digest serve` by a driven clock, its desk open; then its database locked (15 minutes)
	$(BIN)/python -m tests.bench.soak_serve $(SOAK_SERVE)

fuzz: $(READY)  ## ten minutes of bytes against relays' answers, feeds, pages, lists and settings: FUZZ="--minutes 10 --target wire"
	$(BIN)/python -m tests.fuzz $(FUZZ)

mutants: $(READY)  ## small faults put into the code, one at a time: do the tests notice? (40 minutes at most)
	$(BIN)/python -m tests.mutants $(MUTANTS)

migration: $(READY)  ## write the next migration, of what the tables lack: SAYS="a colour for an edition"
	$(BIN)/python -m digest.store.migrations.new "$(SAYS)"

wheel: $(READY)  ## build the wheel into dist/
	rm -rf dist
	$(BIN)/python -m build --wheel --no-isolation --outdir dist .

lock:  ## resolve the dependencies again (needs uv); hashes, no addresses
	uv pip compile pyproject.toml --universal --all-extras --group dev --python-version 3.11 --upgrade \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock

clean:  ## remove what the targets made
	rm -rf $(VENV) dist demo-run out
