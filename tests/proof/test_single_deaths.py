"""Every fault at every call of every main flow."""

from collections.abc import Callable

import pytest

from tests.proof.checks import calls_of, judge, report
from tests.proof.faults import KINDS, Fault
from tests.proof.flows import FLOWS
from tests.proof.simulation import Simulation


@pytest.mark.parametrize("flow", FLOWS)
def test_one_fault_at_any_call_breaks_no_guarantee(flow: str, prepared: Callable[[str], Simulation]) -> None:
    of = prepared(flow)
    plans = [(Fault(call, kind),) for call in range(len(calls_of(of, flow))) for kind in KINDS]
    failures = [failure for plan in plans if (failure := judge(of, flow, plan)[0])]
    print(len(plans), len(failures))
    assert not failures, report(failures)
