"""Benchmarks share the end-to-end tests' stack. They print; they assert only that what they measure happened.

Each test that passes replaces its rows in docs/benchmarks.csv; README.md quotes some of them.
"""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.packaging import ROOT
from tests.bench import quoted
from tests.bench.report import Report, Row, merged, parsed, written
from tests.browser.conftest import chromium
from tests.e2e.conftest import stack

__all__ = ["chromium", "stack"]

_ROWS = pytest.StashKey[list[Row]]()
_FIGURES = ROOT / "docs" / "benchmarks.csv"
_README = ROOT / "README.md"
_HERE = "tests/bench/"


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_ROWS] = []


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
