"""Without faults, every flow holds every guarantee."""

from collections.abc import Callable

import pytest

from tests.proof.checks import calls_of
from tests.proof.flows import FLOWS
from tests.proof.simulation import Simulation


@pytest.mark.parametrize("flow", FLOWS)
def test_a_flow_makes_the_same_calls_each_time(flow: str, prepared: Callable[[str], Simulation]) -> None:
    of = prepared(flow)
    assert calls_of(of, flow) == calls_of(of, flow)
