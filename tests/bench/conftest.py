"""Benchmarks share the end-to-end tests' stack. They print; they assert only that what they measure happened.

When all of them have run, the table of ratios is printed once more and written to docs/benchmarks.md.
"""

import os
import platform
from pathlib import Path

import pytest

from infra.packaging import ROOT
from tests.bench import quoted
from tests.bench.report import Report
from tests.browser.conftest import chromium
from tests.e2e.conftest import stack

__all__ = ["chromium", "stack"]

_REPORT = pytest.StashKey[Report]()
_DOCUMENT = ROOT / "docs" / "benchmarks.md"
_README = ROOT / "README.md"
_BENCHES = len(list(Path(__file__).parent.glob("test_*.py")))


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_REPORT] = Report()


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Where ratios go."""
    return request.config.stash[_REPORT]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    report = config.stash[_REPORT]
    terminalreporter.write_line(report.table())
    passed = terminalreporter.stats.get("passed", [])
    if len({test.nodeid.partition("::")[0] for test in passed}) == _BENCHES:
        document = report.document(_machine())
        _DOCUMENT.write_text(document)
        _README.write_text(quoted.written(_README.read_text(), document))
        terminalreporter.write_line(f"written to {_DOCUMENT.relative_to(ROOT)}, and its figures to README.md")


def _machine() -> str:
    cpu = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            cpu = line.partition(": ")[2]
            break
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
