# `make help` lists the commands. PYTHON names the interpreter a new environment is made from.
PYTHON ?= python3
VENV ?= .venv
ifeq ($(OS),Windows_NT)
BIN = $(VENV)/Scripts
else
BIN = $(VENV)/bin
endif

.PHONY: help demo test quick bench lab check-outputs lint clean

help:  ## list the commands
	@grep -E '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 16

demo: $(VENV)/ready-run  ## run the suite on the demo company and print where the report is
	@$(BIN)/crm-analysis report

test: $(VENV)/ready-test  ## everything: code, notebooks, real data, Spark, browser
	@$(BIN)/python -m tests.needs
	$(BIN)/python -m pytest -n 2 --dist loadgroup
	$(BIN)/python -m pytest --nbval notebooks -p no:cacheprovider -n 2 --dist loadfile

quick: $(VENV)/ready-test  ## the everyday loop: one case of each test that takes no server and less than a second
	$(BIN)/python -m pytest -m "not slow and not browser and not spark and not postgres" --one-case -n 2

bench: $(VENV)/ready-test  ## speed and memory beside named peers, in one run
	$(BIN)/python -m benchmarks suite
	$(BIN)/python -m benchmarks customers
	$(BIN)/python -m benchmarks scoring
	$(BIN)/python -m benchmarks switching

lab: export JUPYTER_APP_LAUNCHER_PATH = docs/lab/launcher
lab: $(VENV)/ready-run  ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab --LabApp.app_settings_dir=docs/lab notebooks/start.ipynb

check-outputs: $(VENV)/ready-test  ## store the outputs of the notebooks' check cells anew (look at the difference!)
	$(BIN)/python -m tests.notebooks.refresh

lint: $(VENV)/ready-test  ## style
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

clean:  ## remove the environment and what was generated
	rm -rf $(VENV) reports/demo reports/.runs build *.egg-info

$(VENV)/ready-run: pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint requirements.lock --editable .
	@touch $@

$(VENV)/ready-test: pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint requirements.lock --editable ".[completejourney,databases,postgres,spark,dev]"
	@touch $@ $(VENV)/ready-run
