"""What benchmarks found, as a table of ratios."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

_HEAD = ("what", "measured", "against", "ratio", "wanted", "")


@dataclass(frozen=True)
class _Row:
    what: str
    measured: str
    against: str
    ratio: str
    wanted: str
    reached: bool | None


@dataclass
class Report:
    """Rows in the order of the benchmarks, and what else each said."""

    rows: list[_Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)

    def at_least(self, what: str, measured: str, against: str, ratio: float, wanted: float) -> None:
        """A ratio that should be this high."""
        self._add(_Row(what, measured, against, f"{ratio:.2f}", f"≥ {wanted:g}", ratio >= wanted))

    def at_most(self, what: str, measured: str, against: str, ratio: float, wanted: float) -> None:
        """A ratio that should be this low."""
        self._add(_Row(what, measured, against, f"{ratio:.2f}", f"≤ {wanted:g}", ratio <= wanted))

    def note(self, text: str) -> None:
        """Something measured that has no figure to reach."""
        print(f"\n{text}")
        self.notes.append(text)

    def section(self, title: str, text: str) -> None:
        """A part of the page of its own, in Markdown."""
        print(f"\n{text}")
        self.sections.append(f"## {title}\n\n{text}\n")

    def table(self) -> str:
        """Markdown; the last column says whether the figure was reached."""
        lines = [f"| {' | '.join(_HEAD)} |", "|---|---|---|---|---|---|"]
        for row in self.rows:
            mark = {True: "✓", False: "not reached", None: ""}[row.reached]
            lines.append(f"| {row.what} | {row.measured} | {row.against} | {row.ratio} | {row.wanted} | {mark} |")
        return "\n".join(lines)

    def document(self, machine: str) -> str:
        """The page docs/benchmarks.md."""
        notes = "\n".join(f"- {each}" for each in self.notes)
        sections = "".join(f"\n{each}" for each in self.sections)
        return (
            "# Benchmarks\n\n"
            f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {machine}. Each figure is a ratio to a "
            "reference\nmeasured in the same run, in turns; milliseconds say how fast this machine was. What was "
            "not reached is\nexplained in [decisions](decisions/README.md).\n\n"
            f"{self.table()}\n\n## Measured besides\n\n{notes}\n{sections}"
        )

    def _add(self, row: _Row) -> None:
        print(f"\n{row.what}: {row.measured}; {row.against}; ratio {row.ratio}, wanted {row.wanted}")
        self.rows.append(row)
