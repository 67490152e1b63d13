"""How long a warm `make run` takes until it is ready."""

import statistics
import time
from pathlib import Path

from tests.bench.report import Report
from tests.e2e.stack import LocalStack

_ROUNDS = 3


def test_warm_make_run_until_ready(tmp_path: Path, report: Report) -> None:
    seconds = []
    for n in range(_ROUNDS):
        started = time.perf_counter()
        stack = LocalStack.start(tmp_path / str(n))
        seconds.append(time.perf_counter() - started)
        stack.stop()
    median = statistics.median(seconds)
    report.note("warm start of make run until stack.json is written", f"median {median:.1f} s, wanted ≤ 10 s")
