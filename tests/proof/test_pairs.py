"""Two deaths in one run: the second may come while the first is being repaired; `make test` runs a sample."""

from collections.abc import Callable
from itertools import combinations

import pytest

from tests.proof.checks import calls_of, chosen, judge, report
from tests.proof.faults import DEATHS, Fault
from tests.proof.simulation import Simulation

# The calls of a repeated invocation follow those of the flow.
MOST_REPEATED = 12


@pytest.mark.parametrize("flow", ["status change", "delivery confirmation"])
def test_two_deaths_break_no_guarantee(flow: str, prepared: Callable[[str], Simulation]) -> None:
    of = prepared(flow)
    calls = range(len(calls_of(of, flow)) + MOST_REPEATED)
    deaths = [Fault(call, kind) for call in calls for kind in DEATHS]
    pairs = [pair for pair in combinations(deaths, 2) if pair[0].call != pair[1].call]
    failures = [failure for pair in chosen(list(pairs), 15) if (failure := judge(of, flow, pair)[0])]
    assert not failures, report(failures)
