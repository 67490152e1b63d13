"""Measured figures are in docs/benchmarks.md alone; README quotes what `make bench` writes there."""

import re

from chalicelib.figures import METRICS_ASKED_FOR
from infra.packaging import ROOT
from tests.bench.quoted import sentences, written

README = (ROOT / "README.md").read_text()
DOCS = {path.stem: path.read_text() for path in (ROOT / "docs").glob("*.md")}
BENCHMARKS = DOCS["benchmarks"]
# What the page has measured: `39.1 a second`, `244 ms`. Round numbers may be settings.
MEASURED = set(re.findall(r"\b\d[\d.,]* a second|\b\d{2,}[1-9] ms", BENCHMARKS))


def test_the_readme_quotes_what_make_bench_wrote() -> None:
    assert sentences(BENCHMARKS) in README
    assert written(README, BENCHMARKS) == README


def test_no_other_document_repeats_a_measured_figure() -> None:
    others = {name: text for name, text in DOCS.items() if name != "benchmarks"}
    repeated = {name: found for name, text in others.items() if (found := {f for f in MEASURED if f in text})}
    assert repeated == {}


def test_a_month_of_100_000_connections_costs_the_same_everywhere() -> None:
    [counted] = re.findall(r"^\| 100,000 \|.* (\$[0-9,.]+) \|$", DOCS["cost"], re.MULTILINE)
    assert f"100,000 connections cost {counted} a month" in DOCS["scale"]


def test_the_price_of_reading_the_hours_metrics_is_that_of_the_metrics_that_are_read() -> None:
    a_month = METRICS_ASKED_FOR * 24 * 30
    # $0.01 a thousand.
    assert f"{METRICS_ASKED_FOR} metrics an hour, ${a_month / 1000 * 0.01:.2f}" in DOCS["cost"]
