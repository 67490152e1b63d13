"""Prints a day's metrics by hour: `make figures [STAGE=…] [DAY=2026-11-24]`."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date
from typing import Any

from chalicelib.core.clock import now
from chalicelib.models.system_metric import SystemMetric
from chalicelib.monitoring import hourly
from chalicelib.monitoring.figures import Figures
from infra.ops.stage import arguments, run

_NONE = "-"
# Title and width of each column after the hour.
_COLUMNS = (
    *(("connections", 11), ("sent", 6), ("failed", 6), ("opened", 7), ("reconnects", 10), ("refused", 7)),
    *(("median min", 10), ("msg/s", 8), ("posts/s", 8), ("errors", 6)),
    *(("fan-out", 8), ("ms", 7), ("slowest", 7)),
)


def of_day(day: date) -> Iterator[SystemMetric]:
    """The rows of a day, UTC."""
    span = SystemMetric.at.between(f"{day}T00:00Z", f"{day}T23:00Z")
    yield from SystemMetric.query(hourly.METRIC, span)


def table(rows: Sequence[SystemMetric]) -> Iterator[str]:
    """The lines to print: a row for each hour, then the largest lag of each stream."""
    yield _line("hour", [title for title, _ in _COLUMNS])
    for row in rows:
        counts = [f"{value or 0:.0f}" for value in (row.connections, row.sent, row.failed)]
        figures = hourly.figures_of(row)
        yield _line(row.at, counts + (_cells(figures) if figures else [_NONE] * (len(_COLUMNS) - len(counts))))
    lags = {row.at: figures.stream_lag_ms for row in rows if (figures := hourly.figures_of(row))}
    streams = sorted({name for found in lags.values() for name in found})
    if streams:
        yield ""
        yield _streams("ms behind at most", streams, streams)
        for hour, found in lags.items():
            yield _streams(hour, streams, [str(found.get(name, _NONE)) for name in streams])


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = arguments("infra.ops.figures", "Show a day's figures by the hour.")
    parser.add_argument("--day", type=_day, default=None, help="2026-11-24, UTC; default: today")

    def command(requested: Any) -> None:
        today = now().astimezone(UTC).date()
        day = requested.day or today
        if day == today:
            # Writes the current hour's row so far, as the schedule does each hour.
            hourly.record(now())
        print("\n".join(table(list(of_day(day)))))

    return run(command, parser, argv)


def _cells(figures: Figures) -> list[str]:
    seconds = figures.connection_seconds
    return [
        *(str(count) for count in (figures.connected, figures.reconnected, figures.refused)),
        _NONE if seconds is None else f"{seconds / 60:.1f}",
        *(f"{figures.per_second(count):.2f}" for count in (figures.messages, figures.posts)),
        str(figures.errors),
        *(_number(value) for value in (figures.fan_out_size, figures.fan_out_ms, figures.fan_out_slowest_ms)),
    ]


def _number(value: float | None) -> str:
    return _NONE if value is None else f"{value:.1f}"


def _line(hour: str, cells: Sequence[str]) -> str:
    pairs = zip(cells, _COLUMNS, strict=True)
    return f"{hour:<18} {' '.join(f'{cell:>{width}}' for cell, (_, width) in pairs)}"


def _streams(first: str, streams: Sequence[str], cells: Sequence[str]) -> str:
    pairs = zip(cells, streams, strict=True)
    return f"{first:<18} {' '.join(f'{cell:>{max(len(name), 6)}}' for cell, name in pairs)}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"a day is like 2026-11-24, not {text}") from error


if __name__ == "__main__":
    sys.exit(main())
