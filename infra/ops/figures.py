"""A day's hourly figures: `make figures STAGE=… DAY=2026-11-24`."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from chalicelib import hourly
from chalicelib.models.system_metric import SystemMetric
from infra.ops.stage import arguments, run


def of_day(day: date) -> Iterator[SystemMetric]:
    """The rows of a day, UTC."""
    span = SystemMetric.at.between(f"{day}T00:00Z", f"{day}T23:00Z")
    yield from SystemMetric.query(hourly.METRIC, span)


def main(given: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = arguments("infra.ops.figures", "Show a day's hourly figures.")
    parser.add_argument("--day", type=_day, required=True, help="2026-11-24, UTC")

    def command(wanted: Any) -> None:
        print(f"{'hour':<18} {'connections':>11} {'sent':>6} {'failed':>6}")
        for row in of_day(wanted.day):
            print(f"{row.at:<18} {row.connections or 0:>11.0f} {row.sent or 0:>6.0f} {row.failed or 0:>6.0f}")

    return run(command, parser, given)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"a day is like 2026-11-24, not {text}") from error


if __name__ == "__main__":
    sys.exit(main())
