"""Random runs: the steps of several flows interleaved, with random faults; SEEDS sets how many.

A failure names its seed, and the fewest steps and faults with which the run still fails; SEED=17 runs one alone.
"""

import os
from random import Random

import pytest

from tests.factories import Business
from tests.proof import histories
from tests.proof.checks import Plan, fewest, judge, record_work, report
from tests.proof.extent import SEEDS
from tests.proof.faults import Fault, Injector
from tests.proof.histories import Prepared, Step
from tests.proof.simulation import Simulation
from tests.world import World

# The seeds of a group have the same flows, prepared together.
GROUPS = 20
# Of the subset: ten seeds of each.
FEW_GROUPS = 2
SEED = os.environ.get("SEED")
RUN = [int(SEED)] if SEED else range(SEEDS) or [n for n in range(10 * GROUPS) if n % GROUPS < FEW_GROUPS]
MOST_FAULTS = 3
# A step makes 20 to 80 calls. A fault after the last call does not happen.
CALLS_PER_STEP = 25


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("group", sorted({seed % GROUPS for seed in RUN}))
def test_random_histories_break_no_guarantee(
    group: int, world: World, gas: Business, restaurant: Business, injector: Injector
) -> None:
    of = Simulation(world, injector, gas, restaurant)
    prepared = histories.prepare(of, Random(group))
    seeds = [seed for seed in RUN if seed % GROUPS == group]
    failures = [failure for seed in seeds if (failure := _failure(prepared, seed))]
    record_work(of, {"random histories": len(seeds)}, f"seeds {group}")
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
    failure = _judged(prepared, seed, steps, plan) or f"seed {seed} fails sometimes"
    return f"{failure}\n    SEED={seed} .venv/bin/pytest -n0 tests/proof/test_seeds.py"


def _judged(prepared: Prepared, seed: int, steps: tuple[Step, ...], plan: Plan) -> str | None:
    name = f"seed {seed} ({', '.join(shown for shown, _ in steps)})"
    return judge(prepared.of, name, plan, act=prepared.act(steps))[0]


def _faults(dice: Random, calls: int) -> Plan:
    numbers = sorted(dice.sample(range(calls), dice.randint(1, MOST_FAULTS)))
    return tuple(Fault(call, f"any {dice.randrange(1000)}") for call in numbers)
