# Every target makes the environment that it needs: uv where it is there, else venv and pip.
PYTHON ?= python3
VENV ?= .venv
FRAMEWORKS ?= .venv-frameworks
BIN = $(VENV)/bin
export PYTHONDONTWRITEBYTECODE =

.PHONY: help env demo test check format sim-long reliability test-frameworks bench bench-tui screenshots clean

help:
	@echo "make demo              rent from the embedded cloud, train, bring the model home"
	@echo "make test              the tests (a few minutes)"
	@echo "make check             format, lint, types, import walls, tests"
	@echo "make sim-long          a million simulated runs in a hostile world"
	@echo "make bench             upload beside tar over ssh and rsync; the dataset check beside a plain walk"
	@echo "make bench-tui         the screens against their budgets, beside a bare Textual app"
	@echo "make screenshots       the pictures of the README, drawn by the program itself"
	@echo "make test-frameworks   real training with the heavy frameworks"

env: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml constraints.txt tools/environment.sh
	@sh tools/environment.sh "$(PYTHON)" "$(VENV)"
	@touch $@

demo: env
	@$(BIN)/unitrainer-tui demo

test: env
	@$(BIN)/python -m pytest -n 2 -m "not frameworks and not sim_long"

check: env
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

format: env
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# UNITRAINER_HISTORIES, UNITRAINER_SEED and UNITRAINER_PROCESSES say how many, from which seed, on how many cores.
sim-long: env
	@$(BIN)/python -m pytest -q -n 2 -m sim_long tests/sim >&2
	@$(BIN)/python -m tests.sim.long

# UNITRAINER_TEST_TORCH_PYTHON names an interpreter that has it all; without it one is made.
test-frameworks: env
	@[ -n "$$UNITRAINER_TEST_TORCH_PYTHON" ] || sh tools/frameworks.sh "$(PYTHON)" "$(FRAMEWORKS)"
	@UNITRAINER_TEST_TORCH_PYTHON="$${UNITRAINER_TEST_TORCH_PYTHON:-$(CURDIR)/$(FRAMEWORKS)/bin/python}" \
		$(BIN)/python -m pytest -m frameworks

# SIM names a file with what `make sim-long` printed.
reliability: env
	@$(BIN)/python tools/reliability.py --sim "$${SIM:-sim-long.json}"

screenshots: env
	@$(BIN)/python docs/screenshots.py

bench-tui: env
	@$(BIN)/python bench/tui.py

bench: env
	@$(BIN)/python bench/upload.py
	@$(BIN)/python bench/dataset_check.py

clean:
	rm -rf $(VENV)
