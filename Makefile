# Everything runs in .venv, which the first target that needs it makes.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO := demo
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help demo test check cover fmt golden readme gallery bench fuzz clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

$(READY): pyproject.toml constraints.txt
	@echo "Setting up $(VENV) (a few minutes, most of it PyTorch)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	@touch $(READY)

demo: $(READY)  ## analyze, draw, compile and train LeNet-5 on real digits (about 2 minutes)
	@mkdir -p $(DEMO)
	$(BIN)/archspec analyze specs/lenet5.arch
	$(BIN)/archspec explain lenet5 C3.params
	$(BIN)/archspec check specs/lenet5.arch
	$(BIN)/archspec render specs/lenet5.arch -o $(DEMO)/lenet5.svg
	$(BIN)/archspec render specs/lenet5.arch -o $(DEMO)/lenet5.png
	$(BIN)/archspec compile specs/lenet5.arch -o $(DEMO)/lenet5.py
	$(BIN)/archspec train specs/lenet5.arch --out $(DEMO)/run-$$(date +%Y%m%d-%H%M%S) $(EPOCHS)
	@echo
	@echo "Picture: $(DEMO)/lenet5.svg, $(DEMO)/lenet5.png   source: $(DEMO)/lenet5.py"
	@echo "Weights, curves and tables of the training: the run folder named above"

test: check  ## set up and run every check

check: $(READY)  ## the whole gate, quickest first
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .
	$(BIN)/codespell
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 -m "not torch" -p tests.plugins.no_torch
	$(BIN)/python -m pytest -n 2 -m torch

# The tests that are about these two rooms; what only others reach there is not tested.
cover: $(READY)  ## every line and branch of ops/ and analysis/ is tested (about 2 minutes)
	$(BIN)/python -m pytest -n 2 -m "not torch" -p tests.plugins.no_torch \
	  tests/ops tests/analysis tests/graph tests/schema tests/diagnostics tests/cli/test_zoo.py \
	  --cov=archspec.ops --cov=archspec.analysis --cov-branch \
	  --cov-report=term-missing:skip-covered --cov-fail-under=100

fmt: $(READY)  ## format the code and mend what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

golden: $(READY)  ## write the golden files anew; read the difference before you commit it
	$(BIN)/python -m pytest -q --update-goldens tests
	@git --no-pager diff --stat -- tests

readme: $(READY)  ## write the table of the zoo and the pages of the operators anew
	$(BIN)/python tools/zoo_readme.py README.md README.ko.md
	$(BIN)/python tools/operator_pages.py

gallery: $(READY)  ## draw every network of the zoo anew, into docs/gallery
	$(BIN)/python tools/make_gallery.py

bench: $(READY)  ## measure against what people use today; writes bench/results.json
	$(BIN)/python bench/run.py

fuzz: $(READY)  ## feed 21,000 broken specs to the front (about 10 minutes); what fails is kept
	$(BIN)/python tools/fuzz.py

clean:  ## remove what was made, the environment too; training runs stay
	rm -rf $(VENV) $(DEMO) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache bench/results.json
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
