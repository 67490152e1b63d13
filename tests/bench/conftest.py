"""Each file of benchmarks has its own stack and browser, because data and used-up limits of one would affect the
next. Benchmarks print their results, and assert only that the measured events happened.

Each test that passes replaces its rows in docs/benchmarks.csv; README.md quotes some of them.
"""

import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import playwright.sync_api as driver
import pytest

from infra.packaging import ROOT
from tests.bench import quoted
from tests.bench.report import Report, Row, merged, parsed, written
from tests.browser.browser import launched
from tests.e2e.stack import LocalStack, running_stack

_ROWS = pytest.StashKey[list[Row]]()
_FIGURES = ROOT / "docs" / "benchmarks.csv"
_README = ROOT / "README.md"
_HERE = "tests/bench/"


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_ROWS] = []


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[driver.Browser]:
    """Ended with its file: Playwright keeps an event loop running, beside which no other can run."""
    with launched() as running:
        yield running


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Where figures go."""
    test = request.node.nodeid.removeprefix(_HERE)
    return Report(test, f"{datetime.now(UTC):%Y-%m-%d}", _machine(), request.config.stash[_ROWS])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    passed = {test.nodeid.removeprefix(_HERE) for test in terminalreporter.stats.get("passed", [])}
    if rows := [row for row in config.stash[_ROWS] if row.test in passed]:
        figures = merged(parsed(_FIGURES.read_text()), rows)
        _FIGURES.write_text(written(figures))
        _README.write_text(quoted.written(_README.read_text(), figures))
        terminalreporter.write_line(f"{len(rows)} rows written to {_FIGURES.relative_to(ROOT)}")


def _machine() -> str:
    cpu = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            cpu = line.partition(": ")[2]
            break
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
