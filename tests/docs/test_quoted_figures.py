"""Measured figures are in docs/benchmarks.csv alone; README quotes what `make bench` writes there."""

import re
from typing import Final

from chalicelib.monitoring.figures import METRICS_ASKED_FOR
from infra.packaging import ROOT
from tests.bench.quoted import sentences, written
from tests.bench.report import Row, merged, parsed

README: Final = (ROOT / "README.md").read_text()
DOCS: Final = {path.stem: path.read_text() for path in (ROOT / "docs").glob("*.md")}
FIGURES: Final = parsed((ROOT / "docs" / "benchmarks.csv").read_text())
# `39.1 a second`, `244 ms`. Round numbers may be settings.
MEASURED: Final = {
    figure
    for row in FIGURES
    for figure in re.findall(r"\b\d[\d.,]* a second|\b\d{2,}[1-9] ms", f"{row.measured} {row.against}")
}


def test_the_readme_quotes_the_results_of_make_bench() -> None:
    assert sentences(FIGURES) in README
    assert written(README, FIGURES) == README


def test_no_other_document_repeats_a_measured_figure() -> None:
    repeated = {name: found for name, text in DOCS.items() if (found := {f for f in MEASURED if f in text})}
    assert repeated == {}
    assert len(MEASURED) > 20


def test_every_figure_names_an_existing_test_or_its_predecessor() -> None:
    for name in {row.test for row in FIGURES if not row.test.startswith("before ")}:
        file, _, test = name.partition("::")
        assert f"def {test.partition('[')[0]}(" in (ROOT / "tests" / "bench" / file).read_text(), name


def test_a_test_that_measured_replaces_its_rows_and_no_others() -> None:
    def row(test: str, measured: str) -> Row:
        return Row("speed", measured, "", "", "", "", "2026-11-30", "2 cores", test)

    stored = [row("a", "1 ms"), row("a", "2 ms"), row("b", "3 ms")]
    assert merged(stored, [row("c", "4 ms"), row("a", "5 ms")]) == [
        row("a", "5 ms"),
        row("b", "3 ms"),
        row("c", "4 ms"),
    ]


def test_a_month_of_100_000_connections_costs_the_same_everywhere() -> None:
    [counted] = re.findall(r"^\| 100,000 \|.* (\$[0-9,.]+) \|$", DOCS["cost"], re.MULTILINE)
    assert f"100,000 connections cost {counted} a month" in DOCS["scale"]


def test_the_price_of_reading_the_hours_metrics_is_that_of_the_metrics_that_are_read() -> None:
    a_month = METRICS_ASKED_FOR * 24 * 30
    # $0.01 a thousand.
    assert f"{METRICS_ASKED_FOR} metrics an hour, ${a_month / 1000 * 0.01:.2f}" in DOCS["cost"]
