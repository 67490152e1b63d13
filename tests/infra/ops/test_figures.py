"""A day's metrics, as the command prints them."""

from datetime import timedelta

import pytest

from chalicelib.core.clock import from_wire, hour_of, now
from chalicelib.monitoring import hourly
from chalicelib.monitoring.figures import Figures
from chalicelib.monitoring.stream_health import record_followed
from infra.ops.figures import main

DAY = "2026-11-24"
BUSY = Figures(
    3600.0,
    connections=31,
    connected=40,
    reconnected=6,
    refused=2,
    messages=7200,
    posts=1800,
    errors=3,
    connection_seconds=630.0,
    fan_out_size=4.5,
    fan_out_ms=41.0,
    fan_out_slowest_ms=900.0,
)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[list[str]]:
    """The words of each line."""
    assert main(list(arguments)) == 0
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_each_hour_has_a_line_and_each_stream_a_column(stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    for hour, measured in ((7, {}), (8, {f"{DAY}T08:00Z": BUSY})):
        moment = from_wire(f"{DAY}T{hour:02}:30:00Z")
        record_followed("orders", moment - timedelta(seconds=hour), moment)
        hourly.record(moment, count=lambda: 30, measure=lambda _, found=measured: found)  # type: ignore[misc]
    lines = shown(capsys, "--stage", stage, "--day", DAY)
    assert lines[1] == [f"{DAY}T07:00Z", "30", "0", "0", *["-"] * 10]
    assert lines[2] == [
        *(f"{DAY}T08:00Z", "30", "0", "0", "40", "6", "2", "10.5", "2.00", "0.50", "3"),
        *("4.5", "41.0", "900.0"),
    ]
    assert lines[3:] == [[], ["ms", "behind", "at", "most", "orders"], [f"{DAY}T08:00Z", "8000"]]


def test_today_shows_the_present_hour_as_far_as_it_has_gone(
    stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shown(capsys, "--stage", stage, "--day", "")
    assert [line[0] for line in lines[1:]] == [hour_of(now())]


def test_another_day_is_only_read(stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(shown(capsys, "--stage", stage, "--day", DAY)) == 1
    assert len(shown(capsys, "--stage", stage, "--day", now().date().isoformat())) == 2


def test_an_invalid_day_is_refused(stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--stage", stage, "--day", "yesterday"])
    assert "a day is like 2026-11-24" in capsys.readouterr().err
