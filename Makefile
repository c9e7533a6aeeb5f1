# make lab    set up and open the workbook           make lab LAB_ARGS="--no-browser --port 8899"
# make test   set up, then every test and notebook   make test TEST_ARGS="-x -k books" TEST_JOBS=1
# make check  set up, then in under a minute: style, spelling, who imports whom, the quick unit tests
# make site   set up, then the chapters as a site  make site SITE_ARGS="--no-run"
# make slides   set up, then a lecture a chapter          make student   set up, then what a class gets
# Python 3.11, 3.12 or 3.13 is all that has to be there. PYTHON=/path/to/python chooses one, TORCH_INDEX=https://… the
# package index to get PyTorch's CPU build from. Without make, `python start.py` does the same.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
LAB_ARGS ?=
TEST_ARGS ?=
SLIDES_ARGS ?=
SITE_ARGS ?=
TEST_JOBS ?= 2
# For `make bench`: names, as in `make bench BENCH="umap word2vec"`; all of them take some hours.
BENCH ?=
NOTEBOOKS := $(wildcard notebooks/*.ipynb)

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export TEST_JOBS
export TORCH_INDEX

.PHONY: setup lab check test site slides student bench notebooks images lock clean

setup:
	@$(PYTHON) start.py setup

lab:
	@$(PYTHON) start.py lab $(LAB_ARGS)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n $(TEST_JOBS) --dist loadfile -m "not browser and not slow" tests $(TEST_ARGS)

test:
	@$(PYTHON) start.py test $(TEST_ARGS)

# The chapters as a site in build/site; they run for the pages of their widgets, unless those are there and current.
site: setup
	$(BIN)/python -m embedviz.publish.site $(SITE_ARGS)

bench: setup
	$(BIN)/python -m pip install --quiet jupyter-scatter==1.0.1
	@$(BIN)/embedviz bench $(BENCH)

# Run the chapters again and keep their outputs, as they are committed.
notebooks: setup
	$(BIN)/python tests/execute_notebooks.py $(NOTEBOOKS)

# The notebooks for a class, without solutions, in build/student; `embedviz collect` checks what comes back.
student: setup
	$(BIN)/embedviz student build/student

# The screenshots of the README, taken again (needs Chromium).
images: site slides
	$(BIN)/python tests/make_images.py

# A lecture a chapter: build/slides/<chapter>.html, to be opened by double click, and .pdf (needs Chromium; else
# SLIDES_ARGS=--no-pdf). The chapters run for the pages of their widgets, unless those are there and current, or
# SLIDES_ARGS=--no-run. SLIDES_ARGS=--handout also prints what the speaker says.
slides: setup
	$(BIN)/python -m embedviz.publish.slides $(SLIDES_ARGS)

# The locks made anew, after a change of pyproject.toml; NEW=1 takes the newest versions.
lock: setup
	$(BIN)/python -m pip install --quiet uv
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tests/make_lock.py

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
