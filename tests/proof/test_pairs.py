"""Every pair of deaths in a run: the second one at any call after the first, so also while that is repaired.

`make test` runs a sample.
"""

from collections.abc import Callable, Sequence

import pytest

from tests.proof.checks import calls_of, chosen, faults_of, judge, record_work, report
from tests.proof.extent import FULL
from tests.proof.faults import DEATHS, Fault
from tests.proof.simulation import Simulation

# So that several processes share the pairs of a flow.
PARTS = 8 if FULL else 1


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("flow", ["status change", "delivery confirmation"])
def test_two_deaths_break_no_guarantee(flow: str, part: int, prepared: Callable[[str], Simulation]) -> None:
    of = prepared(flow)
    failures, pairs = [], 0
    for first in chosen(_deaths(calls_of(of, flow)), 6)[part::PARTS]:
        # The calls that follow the first death are those of the repair.
        failure, calls = judge(of, flow, (first,))
        assert failure is None, failure
        for second in chosen([death for death in _deaths(calls) if death.call > first.call], 2):
            pairs += 1
            if failure := judge(of, flow, (first, second))[0]:
                failures.append(failure)
    record_work(of, {f"pairs of deaths, {flow}": pairs}, f"pairs, {flow}, {part}")
    assert not failures, report(failures)


def _deaths(calls: Sequence[str]) -> list[Fault]:
    return [fault for fault in faults_of(calls) if fault.kind in DEATHS]
