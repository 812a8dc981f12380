# openYibao: `make demo`, then `make serve`. Needs Python 3.11 or newer and make; nothing else has to run.

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(shell command -v $(name) 2>/dev/null)))
RUN := .venv/bin/python
export DEMO ?= 1

.PHONY: setup demo serve stop test check fix bench lock messages clean

setup: .venv/.dev ## the environment with all tools

.venv/.pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed: make PYTHON=…'; exit 1; }
	@$(PYTHON) -m venv .venv || { echo 'Python lacks its venv module (Debian: apt install python3-venv)'; exit 1; }
	@.venv/bin/pip install -qq --disable-pip-version-check uv || true
	@touch $@

# $(call install,file): what the file pins, by hash. By uv, then by uv with the system's certificates (behind a proxy),
# then by pip, which is ten times slower and says why if it fails too.
uv = .venv/bin/uv pip install -q --compile-bytecode --python $(RUN) --require-hashes -r
install = $(uv) $(1) 2>.venv/uv.log || $(uv) $(1) --system-certs 2>>.venv/uv.log || \
	.venv/bin/pip install -qq --disable-pip-version-check --require-hashes -r $(1)

.venv/.runtime: requirements.txt | .venv/.pip
	@$(call install,requirements.txt)
	@touch $@

.venv/.dev: requirements.txt requirements-dev.txt | .venv/.pip
	@$(call install,requirements-dev.txt)
	@touch .venv/.runtime $@

demo: .venv/.runtime ## the main job on the demo city, told step by step
	@$(RUN) manage.py migrate -v 0
	@$(RUN) manage.py demo

serve: .venv/.runtime ## web server, worker and schedule; Ctrl-C stops them
	@$(RUN) manage.py migrate -v 0
	@$(RUN) manage.py load_schedules
	@$(RUN) -m config.embedded.serve

stop: ## what serves and the embedded servers; data stay
	@if [ -x $(RUN) ]; then $(RUN) -m config.embedded stop; fi

test: .venv/.dev
	@sh .ci/browser.sh
	@.venv/bin/pytest -q -n 2 --dist worksteal

check: .venv/.dev
	@.venv/bin/ruff format --check -q .
	@.venv/bin/ruff check -q .
	@[ -z "$$(find templates -name "*.html" 2>/dev/null)" ] || .venv/bin/djlint templates --check --lint --quiet
	@.venv/bin/mypy --no-error-summary
	@.venv/bin/lint-imports --no-logo
	@$(RUN) manage.py makemigrations --check --dry-run
	@$(RUN) manage.py spectacular --validate --fail-on-warn --file /dev/null
	@sh .ci/deploy-check.sh

fix: .venv/.dev
	@.venv/bin/ruff check --fix -q . || true
	@.venv/bin/ruff format -q .
	@.venv/bin/djlint templates --reformat --quiet || true

# What the measurements compare with lives in an environment of its own, which the product never sees.
.venv/.bench: requirements-bench.txt | .venv/.dev
	@$(PYTHON) -m venv .venv/bench
	@$(subst $(RUN),.venv/bench/bin/python,$(uv)) $< 2>.venv/uv.log || \
	  $(subst $(RUN),.venv/bench/bin/python,$(uv)) $< --system-certs 2>>.venv/uv.log || \
	  .venv/bench/bin/pip install -qq --disable-pip-version-check --require-hashes -r $<
	@touch $@

bench: .venv/.bench ## one JSON line per measurement; ONLY=prefix
	@$(RUN) -m benchmarks $(ONLY)

lock: .venv/.dev ## pin anew what the .in files ask for
	@for name in requirements requirements-dev requirements-bench; do .venv/bin/uv pip compile -q --universal --fork-strategy fewest \
	  --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links $(UPGRADE) \
	  -c requirements.txt $$name.in -o $$name.txt; done

messages: ## compile the catalogue after a change (needs gettext)
	@msgfmt -o locale/zh_Hans/LC_MESSAGES/django.mo locale/zh_Hans/LC_MESSAGES/django.po

clean: ## what serves, the embedded servers with their data, and the environment
	@if [ -x $(RUN) ]; then $(RUN) -m config.embedded clean; fi
	@rm -rf .venv .run .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis staticfiles
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
