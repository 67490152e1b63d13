"""Runs the black box: a stack, its people, the faults of a plan, and the auditor."""

import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from infra.packaging import ROOT
from tests.proof.black_box.chaos import Chaos
from tests.proof.black_box.journal import Journal
from tests.proof.black_box.network import Network
from tests.proof.black_box.plan import Plan
from tests.proof.black_box.stack import ChaosStack, running_chaos_stack
from tests.proof.black_box.workload import Workload

_AUDITOR: Final = "tests.proof.black_box.auditor"

Figures = dict[str, float]


def run(plan: Plan, folder: Path) -> Figures:
    """Runs a plan; folder: for the stack's files and the journal. Returns the faults and what the auditor counted.

    Raises AssertionError with the plan, the journal's folder and the auditor's findings.
    """
    print(plan)  # noqa: T201 — for a run that ends without a verdict
    journal = Journal(folder / "journal")
    with Network(random.Random(plan.seed)) as network, running_chaos_stack(folder, network) as stack:
        workload = Workload(stack.info(network.clients_port), journal, plan.seed)
        workload.start()
        try:
            Chaos(plan, stack, network).run()
        finally:
            ended = time.monotonic()
            workload.stop()
        figures: Figures = {"seconds after the last fault": time.monotonic() - ended, **_faults(stack, network)}
    journal.close()
    # A gigabyte: each process of a function had unpacked the code.
    shutil.rmtree(folder / "stack" / "tmp", ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", _AUDITOR, str(journal.folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{plan}\n\njournal: {journal.folder}\n\n{done.stdout}{done.stderr}"
    return figures | json.loads(done.stdout.rpartition("; figures ")[2])


def _faults(stack: ChaosStack, network: Network) -> Figures:
    """How often each fault happened."""
    return {"processes killed": stack.kills, **network.proxy.counts, **network.cutter.counts}
