# Two commands set everything up on a machine with only Python (3.11 or newer) and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PAGE := hatch_build.py $(shell find web -type f -not -path '*/node_modules/*')  # what the web page is made of

.PHONY: demo test check lint types layers docs pictures soak bench plots requirements clean

demo: $(VENV)/.main  ## the whole job on bundled recordings
	$(BIN)/ai-conspects demo

test: $(VENV)/.dev check docs  ## everything that must hold
	$(BIN)/pytest -n 2 --dist loadscope --no-loadscope-reorder  # a module stays on one worker: its stack starts once

check: lint types layers

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

layers: $(VENV)/.dev
	$(BIN)/lint-imports

docs: $(VENV)/.dev  ## the site, its links checked, in site/; with npm at hand its diagrams are drawn
	test -e $(VENV)/mermaid.min.js || $(BIN)/python docs/hooks/mermaid.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict  # not --quiet: it hides the warnings from --strict as well

pictures: $(VENV)/.dev  ## the documentation's pictures anew, of the screenshots that the tests of the page make
	$(BIN)/pytest -q -n 0 tests/page/test_looks.py tests/page/test_journeys.py
	$(BIN)/python -m tests.page.pictures

MINUTES ?= 10
soak: $(VENV)/.dev  ## clients at work while parts are killed at random; SEED=n to do the same again
	$(BIN)/python -m tests.faults.soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

KEPT := submit overhead events decoding analysis throughput api search_scale chat search page  # as JSON, for the plots
TOLD := speech relationships relevance chunking page_tasks
SIZE_events := --clients 10 100 300 1000 --events 600
SIZE_chat := --every 10
SIZE_search := --languages ru,en --every 3 --first 2
SIZE_search_scale := --chunks 10000 100000
bench: $(KEPT:%=bench-%) $(TOLD:%=bench-%) plots  ## all, in about half an hour; `make -k bench` goes on after one that fails

bench-%: $(VENV)/.dev  ## one; SIZE="…" for other sizes
	$(BIN)/python -m bench.$* $(or $(SIZE),$(SIZE_$*)) $(if $(filter $*,$(KEPT)),--json docs/benchmarks/$*.json)

plots: $(VENV)/.dev  ## the plots and tables of docs/benchmarks, from what the benches kept
	$(BIN)/python -m bench.plots

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed"'
	$(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing (Debian, Ubuntu: apt install python3-venv)"; exit 1; }

$(VENV)/.main: requirements/main.txt pyproject.toml $(PAGE) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/main.txt
	$(BIN)/python -m pip install --quiet --no-deps -e .
	touch $@

$(VENV)/.dev: requirements/dev.txt requirements/tools.txt pyproject.toml $(PAGE) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	$(BIN)/python -m tests.deploy.helm
	touch $@ $(VENV)/.main

CPU := whisper onnx speakers embeddings otel
requirements:  ## pin again what pyproject.toml asks for (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet -o requirements/dev.txt
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet -c requirements/dev.txt -o requirements/main.txt
	uv pip compile pyproject.toml $(CPU:%=--extra %) --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet -c requirements/dev.txt -o requirements/image-cpu.txt
	uv pip compile pyproject.toml $(CPU:%=--extra %) --extra gpu --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet -c requirements/image-cpu.txt -o requirements/image-gpu.txt
	printf 'hatchling\nnodejs-wheel-binaries\n' | uv pip compile - --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet -c requirements/dev.txt -o requirements/build.txt

clean:
	rm -rf $(VENV)
