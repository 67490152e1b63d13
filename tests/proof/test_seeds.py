"""Random runs: the steps of several flows interleaved, with random faults; SEEDS sets how many.

A failure names its seed and the fewest faults with which the run still fails.
"""

from collections.abc import Callable
from functools import partial
from random import Random

from tests.proof.checks import Plan, judge, report
from tests.proof.extent import SEEDS
from tests.proof.faults import KINDS, Fault
from tests.proof.flows import FLOWS
from tests.proof.simulation import Simulation
from tests.proof.steps import step

Step = Callable[[Simulation], object]

FEWEST_SEEDS = 20
# The way of an order; a run goes a part of it.
WAY = ("confirmed", "assigned", "delivering", "arriving")
# Runs make 20 to 100 calls. A fault after the last one does not happen.
MOST_CALLS = 90
MOST_FAULTS = 3


def test_random_histories_break_no_guarantee(prepared: Callable[[str], Simulation]) -> None:
    of = prepared("reconnection")
    failures = []
    for seed in range(max(SEEDS, FEWEST_SEEDS)):
        act, plan = _history(Random(seed)), _faults(Random(seed))
        if judge(of, f"seed {seed}", plan, act=act)[0]:
            fewest = _shrunk(of, act, plan)
            failures.append(judge(of, f"seed {seed}", fewest, act=act)[0] or f"seed {seed} fails sometimes")
    assert not failures, report(failures)


def test_a_failing_plan_is_shrunk_to_the_faults_that_it_needs() -> None:
    plan = tuple(Fault(call, "throttle") for call in range(5))
    assert _fewest(plan, lambda some: Fault(3, "throttle") in some) == (Fault(3, "throttle"),)


def _history(dice: Random) -> Callable[[Simulation], None]:
    """Interleaves an order's way, a new order, edits, and an office that leaves and comes back."""
    way: list[Step] = [partial(step, status=status) for status in WAY[: dice.randint(1, len(WAY))]]
    visit: list[Step] = [_leave, FLOWS["reconnection"].overtake, _come_back]
    flows: list[list[Step]] = [way, visit, [FLOWS["order creation"].act]]
    flows = [flow[:] for flow in dice.sample(flows, dice.randint(2, 3))]
    steps: list[Step] = []
    while flows:
        flow = dice.choice(flows)
        steps.append(flow.pop(0))
        if dice.random() < 0.5:
            steps.append(Simulation.settle)
        flows = [each for each in flows if each]

    def act(of: Simulation) -> None:
        for each in steps:
            each(of)

    return act


def _leave(of: Simulation) -> None:
    of.gateway.disconnect([of.outside.clients["office"].connection_id])


def _come_back(of: Simulation) -> None:
    of.connect_again(of.outside.clients["office"])


def _faults(dice: Random) -> Plan:
    calls = sorted(dice.sample(range(MOST_CALLS), dice.randint(1, MOST_FAULTS)))
    return tuple(Fault(call, dice.choice(KINDS)) for call in calls)


def _shrunk(of: Simulation, act: Callable[[Simulation], None], plan: Plan) -> Plan:
    return _fewest(plan, lambda some: judge(of, "shorter", some, act=act)[0] is not None)


def _fewest(plan: Plan, fails: Callable[[Plan], bool]) -> Plan:
    """Leaves out each fault without which the run still fails."""
    for fault in plan:
        fewer = tuple(each for each in plan if each != fault)
        if fails(fewer):
            plan = fewer
    return plan
