"""The metrics of an hour, aggregated by CloudWatch.

The local stack sends the metrics of its log lines to the emulator's CloudWatch, so this works there, too.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct

from chalicelib.core import aws
from chalicelib.core.clock import hour_of
from chalicelib.core.settings import settings

_HOUR: Final = timedelta(hours=1)


class Figures(Struct, omit_defaults=True):
    """The metrics of an hour, which may not be over. A field is absent if nothing was measured.

    seconds: how much of the hour was measured, counted by the sweep's runs, one a minute.
    connections: the most that were open at once. connected: how many were opened; reconnected: how many of those
    by clients that had lost one; refused: how many were not opened. messages: from clients. posts: to clients,
    each of one or more events of a batch. errors: failures on our side: messages and handshakes, posts, unreadable
    records and rows. connection_seconds: the median duration of the connections that ended. fan_out_size:
    connections per batch of events, the mean; fan_out_ms: from reading the subscribers to the last post, the
    median; fan_out_slowest_ms: the slowest batch. stream_lag_ms: by table, the largest lag: the age of a batch's
    newest change when it was handled.
    """

    seconds: float
    connections: int = 0
    connected: int = 0
    reconnected: int = 0
    refused: int = 0
    messages: int = 0
    posts: int = 0
    errors: int = 0
    connection_seconds: float | None = None
    fan_out_size: float | None = None
    fan_out_ms: float | None = None
    fan_out_slowest_ms: float | None = None
    stream_lag_ms: dict[str, int] = {}

    def per_second(self, count: int) -> float:
        """The rate of a count, over the seconds that are covered."""
        return round(count / max(self.seconds, 1), 3)


# Field → the metrics that are summed for it, and CloudWatch's statistic. Each metric of a request costs money.
_SOURCES: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    # Not a field: `seconds` is computed from it.
    "minutes": (("Connections",), "SampleCount"),
    "connections": (("Connections",), "Maximum"),
    "connected": (("Connected",), "Sum"),
    "reconnected": (("Reconnected",), "Sum"),
    "refused": (("ConnectionsRefused",), "Sum"),
    "messages": (("Messages",), "Sum"),
    "posts": (("FanOutSent",), "Sum"),
    "errors": (("SocketFailures", "FanOutFailed", "RecordsSetAside", "RowsUnreadable"), "Sum"),
    "connection_seconds": (("ConnectionSeconds",), "p50"),
    "fan_out_size": (("FanOutSent",), "Average"),
    "fan_out_ms": (("FanOutMs",), "p50"),
    "fan_out_slowest_ms": (("FanOutMs",), "Maximum"),
}
METRICS_ASKED_FOR: Final = sum(len(metrics) for metrics, _ in _SOURCES.values())
_COUNTS: Final = {"connections", *(name for name, (_, statistic) in _SOURCES.items() if statistic == "Sum")}


def metrics_of_hours(now: datetime) -> dict[str, Figures]:
    """The metrics of the last hour and of the current one so far, by hour; without hours that have none. Raises
    botocore's errors.
    """
    present = now.replace(minute=0, second=0, microsecond=0)
    answer = aws.client("cloudwatch").get_metric_data(
        MetricDataQueries=_queries(), StartTime=present - _HOUR, EndTime=now
    )
    found: dict[str, dict[str, float]] = {}
    for result in answer["MetricDataResults"]:
        field = result["Id"].rpartition("_")[0]
        for at, value in zip(result["Timestamps"], result["Values"], strict=True):
            values = found.setdefault(hour_of(at), {})
            values[field] = values.get(field, 0) + value
    gone = {hour_of(present): (now - present).total_seconds()}
    return {hour: _figures(values, gone.get(hour, _HOUR.total_seconds())) for hour, values in found.items()}


def _figures(values: dict[str, float], seconds: float) -> Figures:
    """seconds: that have passed of the hour."""
    minutes = values.pop("minutes", None)
    measured = seconds if minutes is None else min(seconds, 60 * minutes)
    return Figures(measured, **{name: _rounded(name, value) for name, value in values.items()})


def _queries() -> list[dict[str, Any]]:
    return [
        {
            "Id": f"{field}_{n}",
            "MetricStat": {
                "Metric": {"Namespace": f"luckygas-{settings().stage}", "MetricName": metric},
                "Period": int(_HOUR.total_seconds()),
                "Stat": statistic,
            },
        }
        for field, (metrics, statistic) in _SOURCES.items()
        for n, metric in enumerate(metrics)
    ]


def _rounded(name: str, value: float) -> Any:
    return round(value) if name in _COUNTS else round(value, 1)
