"""Every fault at every call of every main flow; `make test` runs a sample."""

from collections.abc import Callable

import pytest

from tests.proof.checks import calls_of, chosen, judge, report
from tests.proof.faults import DEATHS, KINDS, Fault
from tests.proof.flows import FLOWS
from tests.proof.simulation import Simulation


@pytest.mark.parametrize("flow", FLOWS)
def test_one_fault_at_any_call_breaks_no_guarantee(flow: str, prepared: Callable[[str], Simulation]) -> None:
    of = prepared(flow)
    calls = range(len(calls_of(of, flow)))
    deaths = [(Fault(call, kind),) for call in calls for kind in DEATHS]
    others = [(Fault(call, kind),) for call in calls for kind in KINDS if kind not in DEATHS]
    plans = [*chosen(deaths, 12), *chosen(others, 12)]
    failures = [failure for plan in plans if (failure := judge(of, flow, plan)[0])]
    assert not failures, report(failures)
