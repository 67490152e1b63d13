"""The cost of a replay of few events from a short, a long and a very long log.

It is counted in DynamoDB's billed units, calls and rows read: the emulator reads a whole partition for each query,
so its time does not show DynamoDB's, which seeks by key.
"""

import json
import os
import subprocess
import sys
from typing import Any

from infra.packaging import ROOT
from tests.bench.report import Report
from tests.e2e.stack import LocalStack

_LENGTHS = (100, 10_000, 100_000)
_MISSED = 50

_MEASURE = """
import json, sys
from tests.bench.test_replay import measure
json.dump(measure(), sys.stdout)
"""


def test_replay_of_50_missed_events(stack: LocalStack, report: Report) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE],
        cwd=ROOT,
        env={**os.environ, **stack.environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    costs: dict[str, list[int]] = json.loads(done.stdout)
    shortest = costs[str(_LENGTHS[0])][1]
    for length, (calls, rows) in costs.items():
        report.note(
            f"replay of {_MISSED} missed from a log of {length}",
            f"{calls} call, {rows} rows read",
            ratio=rows / shortest,
        )


def measure() -> dict[int, tuple[int, int]]:
    """Calls and rows read per length of the log; in a process of its own, with the stack's settings."""
    from chalicelib.core import aws
    from chalicelib.models.channel_log import ChannelLog
    from chalicelib.realtime import log
    from chalicelib.realtime.events import Event
    from chalicelib.realtime.replay import replay

    rows_read: list[int] = []

    def note(parsed: dict[str, Any], **_: Any) -> None:
        rows_read.append(parsed.get("ScannedCount", 1))

    costs = {}
    for length in _LENGTHS:
        tenant = f"bench-{length}"
        sample = Event(
            id="e",
            type="changed",
            tenant_id=tenant,
            channels=("orders",),
            data={"filler": "x" * 400},
            timestamp="2026-11-22T04:00:00.000Z",
        )
        log.append([sample])
        first = ChannelLog.get(f"{tenant}#orders", 1)
        with ChannelLog.batch_write() as batch:
            for number in range(2, length + 1):
                row = ChannelLog(
                    first.channel_key,
                    number,
                    epoch=first.epoch,
                    event=first.event,
                    expires_at=first.expires_at,
                )
                batch.save(row)
        rows_read.clear()
        aws.client("dynamodb").meta.events.register("after-call", note)
        found = replay(tenant, "orders", length - _MISSED, first.epoch)
        aws.client("dynamodb").meta.events.unregister("after-call", note)
        assert found.recovered
        assert len(found.events) == _MISSED
        costs[length] = len(rows_read), sum(rows_read)
    return costs
