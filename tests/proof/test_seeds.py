"""Random runs: the steps of several flows interleaved, with random faults; SEEDS sets how many.

A failure names its seed, and the fewest steps and faults with which the run still fails.
"""

from random import Random

import pytest

from tests.factories import Business
from tests.proof import histories
from tests.proof.checks import Plan, fewest, judge, record_work, report
from tests.proof.extent import FULL, SEEDS
from tests.proof.faults import Fault, Injector
from tests.proof.histories import Prepared, Step
from tests.proof.simulation import Simulation
from tests.world import World

# Each part prepares other flows together, and takes every so-manieth seed.
PARTS = 20 if FULL else 2
FEWEST_SEEDS = 20
MOST_FAULTS = 3
# A step makes 20 to 80 calls. A fault after the last call does not happen.
CALLS_PER_STEP = 25


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(PARTS))
def test_random_histories_break_no_guarantee(
    part: int, world: World, gas: Business, restaurant: Business, injector: Injector
) -> None:
    of = Simulation(world, injector, gas, restaurant)
    prepared = histories.prepare(of, Random(part))
    seeds = range(part, max(SEEDS, FEWEST_SEEDS), PARTS)
    failures = [failure for seed in seeds if (failure := _failure(prepared, seed))]
    record_work(of, {"random histories": len(seeds)}, f"seeds {part}")
    assert not failures, report(failures)


def test_a_failing_plan_is_shrunk_to_the_faults_that_it_needs() -> None:
    plan = tuple(Fault(call, "throttle") for call in range(5))
    assert fewest(plan, lambda some: Fault(3, "throttle") in some) == (Fault(3, "throttle"),)


def _failure(prepared: Prepared, seed: int) -> str | None:
    """The shortest failure of a seed."""
    dice = Random(seed)
    steps = prepared.history(dice)
    plan = _faults(dice, CALLS_PER_STEP * len(steps))
    if _judged(prepared, seed, steps, plan) is None:
        return None
    plan = fewest(plan, lambda fewer: _judged(prepared, seed, steps, fewer) is not None)
    steps = fewest(steps, lambda fewer: _judged(prepared, seed, fewer, plan) is not None)
    return _judged(prepared, seed, steps, plan) or f"seed {seed} fails sometimes"


def _judged(prepared: Prepared, seed: int, steps: tuple[Step, ...], plan: Plan) -> str | None:
    name = f"seed {seed} ({', '.join(shown for shown, _ in steps)})"
    return judge(prepared.of, name, plan, act=prepared.act(steps))[0]


def _faults(dice: Random, calls: int) -> Plan:
    numbers = sorted(dice.sample(range(calls), dice.randint(1, MOST_FAULTS)))
    return tuple(Fault(call, f"any {dice.randrange(1000)}") for call in numbers)
