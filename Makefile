# Set-up, run and proofs. `make run` and `make test` do all set-up by themselves; the second time they are quick.
PYTHON ?= python3
VENV := .venv
SIDE_BY_SIDE := --numprocesses auto --dist loadfile  # a process for each core, a file to each
PY := $(VENV)/bin/python
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test test-all bench pictures lint generated clean

run: $(VENV)/.stamp-run
	$(PY) -m app.demonstration

test: $(VENV)/.stamp-test
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest -q -m "not slow" $(SIDE_BY_SIDE)

test-all: $(VENV)/.stamp-test
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest -q -m slow $(SIDE_BY_SIDE)

bench: $(VENV)/.stamp-bench
	$(PY) -m tests.benchmarks

pictures: $(VENV)/.stamp-run
	QT_QPA_PLATFORM=offscreen $(PY) -m app.portraits resources/pictures

lint: $(VENV)/.stamp-test
	$(PY) -m ruff check .

generated: $(VENV)/.stamp-test
	$(PY) -m tests.refresh_generated

# Each stamp is younger than the list of requirements that it stands for.
$(VENV)/.stamp-venv:
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.stamp-run: $(VENV)/.stamp-venv pyproject.toml
	@sh resources/system_libraries.sh
	$(PY) -m pip install -q --disable-pip-version-check -e .
	@touch $@

$(VENV)/.stamp-test: $(VENV)/.stamp-run
	$(PY) -m pip install -q --disable-pip-version-check -e '.[test]'
	@touch $@

$(VENV)/.stamp-bench: $(VENV)/.stamp-test
	$(PY) -m pip install -q --disable-pip-version-check -e '.[bench]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
