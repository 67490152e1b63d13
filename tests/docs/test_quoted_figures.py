"""A figure that stands in two documents is the same in both, and is measured or counted by a script."""

import re

from chalicelib.monitoring.figures import METRICS_ASKED_FOR
from infra.packaging import ROOT
from tests.bench.quoted import sentences, texts_a_second, thousand_at_once, written

README = (ROOT / "README.md").read_text()
DOCS = {path.stem: path.read_text() for path in (ROOT / "docs").glob("*.md")}
BENCHMARKS = DOCS["benchmarks"]


def test_the_readme_quotes_what_make_bench_wrote() -> None:
    assert sentences(BENCHMARKS) in README
    assert written(README, BENCHMARKS) == README


def test_the_speed_of_texts_and_of_an_audience_are_those_of_the_benchmarks() -> None:
    for name in ("scale", "operations"):
        assert re.findall(r"([0-9.]+) (?:texts )?a second \(\[measured\]", DOCS[name]) == [
            texts_a_second(BENCHMARKS)
        ]
    assert f"1,000 listeners a function, {thousand_at_once(BENCHMARKS)} ([measured]" in DOCS["scale"]


def test_a_month_of_100_000_connections_costs_the_same_everywhere() -> None:
    [counted] = re.findall(r"^\| 100,000 \|.* (\$[0-9,.]+) \|$", DOCS["cost"], re.MULTILINE)
    assert f"100,000 connections cost {counted} a month" in DOCS["scale"]


def test_the_price_of_reading_the_hours_metrics_is_that_of_the_metrics_that_are_read() -> None:
    a_month = METRICS_ASKED_FOR * 24 * 30
    # $0.01 a thousand.
    assert f"{METRICS_ASKED_FOR} metrics an hour, ${a_month / 1000 * 0.01:.2f}" in DOCS["cost"]
