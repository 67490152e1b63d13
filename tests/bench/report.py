"""Measured figures: rows of docs/benchmarks.csv, with a ratio where there is a reference."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import NamedTuple


class Row(NamedTuple):
    """reached: `yes` or `no` where a ratio is wanted. test: which measured it, with its parameters."""

    what: str
    measured: str
    against: str
    ratio: str
    wanted: str
    reached: str
    date: str
    machine: str
    test: str


@dataclass
class Report:
    """Where one test writes its figures. rows: those of all tests."""

    test: str
    date: str
    machine: str
    rows: list[Row] = field(default_factory=list)

    def at_least(self, what: str, measured: str, against: str, ratio: float, wanted: float) -> None:
        """A ratio that should be this high."""
        self._add(what, measured, against, ratio, f"≥ {wanted:g}", "yes" if ratio >= wanted else "no")

    def at_most(self, what: str, measured: str, against: str, ratio: float, wanted: float) -> None:
        """A ratio that should be this low."""
        self._add(what, measured, against, ratio, f"≤ {wanted:g}", "yes" if ratio <= wanted else "no")

    def note(self, what: str, measured: str, against: str = "", ratio: float | None = None) -> None:
        """Something measured that has no ratio to reach."""
        self._add(what, measured, against, ratio)

    def _add(
        self, what: str, measured: str, against: str, ratio: float | None, wanted: str = "", reached: str = ""
    ) -> None:
        times = "" if ratio is None else f"{ratio:.2f}"
        print(f"\n{what}: {measured}; {against}; ratio {times}, wanted {wanted}")
        row = Row(what, measured, against, times, wanted, reached, self.date, self.machine, self.test)
        self.rows.append(row)


def parsed(text: str) -> list[Row]:
    """The rows of the file."""
    _, *rows = csv.reader(text.splitlines())
    return [Row(*cells) for cells in rows]


def written(rows: Iterable[Row]) -> str:
    """The file."""
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows([Row._fields, *rows])
    return out.getvalue()


def merged(stored: Sequence[Row], measured: Sequence[Row]) -> list[Row]:
    """The stored rows, with those of each test that measured anew replaced where its first one was."""
    tests = {row.test for row in measured}
    order = list(dict.fromkeys(row.test for row in [*stored, *measured]))
    current = [*(row for row in stored if row.test not in tests), *measured]
    return sorted(current, key=lambda row: order.index(row.test))
