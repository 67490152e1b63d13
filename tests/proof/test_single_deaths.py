"""Every fault at every call of every main flow; `make test` runs a sample."""

from collections.abc import Callable

import pytest

from tests.proof.checks import calls_of, chosen, faults_of, judge, record_work, report
from tests.proof.extent import FULL
from tests.proof.faults import DEATHS
from tests.proof.flows import FLOWS
from tests.proof.simulation import Simulation

# So that several processes share the faults of a flow.
PARTS = 4 if FULL else 1


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("flow", FLOWS)
def test_one_fault_at_any_call_breaks_no_guarantee(
    flow: str, part: int, prepared: Callable[[str], Simulation]
) -> None:
    of = prepared(flow)
    faults = faults_of(calls_of(of, flow))
    deaths = [(fault,) for fault in faults if fault.kind in DEATHS]
    others = [(fault,) for fault in faults if fault.kind not in DEATHS]
    plans = [*chosen(deaths, 6), *chosen(others, 10)][part::PARTS]
    failures = [failure for plan in plans if (failure := judge(of, flow, plan)[0])]
    record_work(of, {f"single faults, {flow}": len(plans)}, f"{flow}, {part}")
    assert not failures, report(failures)
