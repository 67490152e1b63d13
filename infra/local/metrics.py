"""Puts the metrics of log lines into the emulator's CloudWatch, as CloudWatch itself does on AWS.

After each time it also writes the current hour's row, which `record_metrics` does once an hour.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib.core.groups import slices
from infra.local.background import in_thread

# The emulator evaluates all alarms each time.
_EVERY_SECONDS = 10.0
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
_MOST_METRICS, _MOST_VALUES = 1_000, 150
_MINUTE_MS = 60_000

Datum = dict[str, Any]


class LineMetrics:
    """The metrics of log lines (chalicelib/core/metrics.py), collected until they are put."""

    def __init__(self) -> None:
        # (namespace, metric, unit, minute in ms since 1970) → values.
        self._values: dict[tuple[str, str, str, int], list[float]] = {}

    def add(self, line: str) -> None:
        """Adds a line's metrics, if it has any."""
        if '"_aws"' not in line:
            return
        try:
            fields = json.loads(line)
            directives = fields["_aws"]["CloudWatchMetrics"]
            minute = int(fields["_aws"]["Timestamp"]) // _MINUTE_MS * _MINUTE_MS
            found = [
                ((each["Namespace"], metric["Name"], metric["Unit"], minute), float(fields[metric["Name"]]))
                for each in directives
                for metric in each["Metrics"]
            ]
        except (ValueError, TypeError, KeyError):
            return  # truncated, or not one of our lines
        for key, value in found:
            self._values.setdefault(key, []).append(value)

    def take(self) -> dict[str, list[Datum]]:
        """Removes and returns the collected metrics by namespace, in the form of PutMetricData."""
        taken, self._values = self._values, {}
        found: dict[str, list[Datum]] = {}
        for (namespace, name, unit, minute), values in taken.items():
            for part in slices(values, _MOST_VALUES):
                datum = {"MetricName": name, "Unit": unit, "Timestamp": minute / 1000, "Values": part}
                found.setdefault(namespace, []).append(datum)
        return found


async def publish(
    metrics: LineMetrics,
    *,
    put: Callable[[str, Sequence[Datum]], None] | None = None,
    record: Callable[[], None] | None = None,
    pause: float = _EVERY_SECONDS,
) -> None:
    """Puts the collected metrics every few seconds, for ever. Those that the emulator does not accept are lost."""
    while True:
        await asyncio.sleep(pause)
        taken = metrics.take()
        if not taken:
            continue
        try:
            for namespace, data in taken.items():
                await in_thread(put or _put, namespace, data)
            await in_thread(record or _record)
        except (BotoCoreError, ClientError, PynamoDBException) as error:
            print(f"the hour's figures are not up to date: {error}", file=sys.stderr, flush=True)


def _put(namespace: str, data: Sequence[Datum]) -> None:
    # The emulator does not support compressed requests.
    client = boto3.client("cloudwatch", config=Config(disable_request_compression=True))
    for some in slices(data, _MOST_METRICS):
        client.put_metric_data(Namespace=namespace, MetricData=some)


def _record() -> None:
    # Imported here because the application reads its settings from the environment, which the stack sets at its
    # start.
    from chalicelib.core.clock import now  # noqa: PLC0415
    from chalicelib.monitoring import hourly  # noqa: PLC0415

    hourly.record(now())
