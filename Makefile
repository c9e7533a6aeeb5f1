# make lab    set up and open the workbook           make lab LAB_ARGS="--no-browser --port 8899"
# make test   set up, then every test and notebook   make test TEST_ARGS="-x -k books" TEST_JOBS=1
# make check  set up, then in under a minute: style, who imports whom, the quick unit tests
# Python 3.11 or newer is all that has to be there. PYTHON=/path/to/python chooses another one than python3.11,
# PIP_ARGS="--extra-index-url https://…" adds options to pip install.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP_ARGS ?=
LAB_ARGS ?=
TEST_ARGS ?=
TEST_JOBS ?= 2
NOTEBOOKS := $(wildcard notebooks/*.ipynb)

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: setup lab check test bench notebooks images clean

setup: $(READY)
	@$(BIN)/embedviz fetch

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "embedviz needs Python 3.11 or newer; $(PYTHON) is not. Try: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(PIP_ARGS) -r requirements.lock
	$(BIN)/python -m pip install $(PIP_ARGS) --no-deps -e .
	@touch $(READY)

lab: setup
	$(BIN)/jupyter lab $(LAB_ARGS) notebooks

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n $(TEST_JOBS) -m "not browser and not slow" tests $(TEST_ARGS)

test: setup
	$(BIN)/python -m pytest -n $(TEST_JOBS) --dist loadfile --nbval-lax --nbval-sanitize-with tests/nbval_sanitize.cfg $(TEST_ARGS)

bench: setup
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) jupyter-scatter==1.0.1
	@for script in tests/benchmarks/bench_*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

# Run the chapters again and keep their outputs, as they are committed.
notebooks: setup
	$(BIN)/python tests/execute_notebooks.py $(NOTEBOOKS)

# The screenshots of the README, taken again (needs Chromium).
images: setup
	$(BIN)/python tests/make_images.py

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
