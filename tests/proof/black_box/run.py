"""Runs the black box: a stack, its people, the faults of a plan, and the auditor."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from infra.packaging import ROOT
from tests.proof.black_box.chaos import Chaos
from tests.proof.black_box.journal import Journal
from tests.proof.black_box.network import Network
from tests.proof.black_box.plan import Plan
from tests.proof.black_box.stack import running_chaos_stack
from tests.proof.black_box.workload import Workload


class Result(Struct, frozen=True):
    """findings: the auditor's output; None if it found nothing. counts: faults and messages. calm: seconds from
    the last fault until everything was delivered.
    """

    findings: str | None
    counts: Mapping[str, int]
    calm: float


def run(plan: Plan, folder: Path) -> Result:
    """Runs a plan; folder: for the stack's files and the journal."""
    journal = Journal(folder / "journal")
    with (
        Network(random.Random(plan.seed)) as network,
        running_chaos_stack(folder, network) as stack,
    ):
        workload = Workload(stack.info(network.clients_port), journal, plan.seed)
        workload.start()
        Chaos(plan, stack, network).run()
        began = time.monotonic()
        workload.stop()
        calm = time.monotonic() - began
        counts = network.proxy.counts + network.cutter.counts + Counter({"kills": stack.kills})
    journal.close()
    return Result(_audit(journal.folder), {**counts, **_lines(journal.folder)}, calm)


def _audit(journal: Path) -> str | None:
    """What the auditor, a separate process, finds; None if it finds nothing."""
    module = "tests.proof.black_box.auditor"
    done = subprocess.run(
        [sys.executable, "-m", module, str(journal)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return None if done.returncode == 0 else done.stdout + done.stderr


def _lines(journal: Path) -> Counter[str]:
    """How many lines of each kind the journal has."""
    kinds: Counter[str] = Counter()
    for path in journal.glob("*.jsonl"):
        with path.open() as lines:
            kinds.update(line.partition('"kind": "')[2].partition('"')[0] for line in lines)
    return kinds
