"""Runs a flow with faults and judges it by every invariant; a failure shows its trace."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from tests.proof.extent import SEEDS
from tests.proof.faults import Fault, kinds_at
from tests.proof.flows import FLOWS
from tests.proof.invariants import INVARIANTS, Invariant
from tests.proof.simulation import Simulation

Plan = tuple[Fault, ...]


def calls_of(of: Simulation, flow: str) -> list[str]:
    """The calls of a flow without faults, after which every invariant holds."""
    failure, calls = judge(of, flow, ())
    assert failure is None, failure
    return calls


def faults_of(calls: list[str]) -> list[Fault]:
    """Every fault at every call that may meet it."""
    return [Fault(number, kind) for number, call in enumerate(calls) for kind in kinds_at(call)]


def judge(
    of: Simulation, flow: str, plan: Plan, *only: Invariant, act: Callable[[Simulation], None] | None = None
) -> tuple[str | None, list[str]]:
    """The first broken invariant with its trace, or None; and the calls of the run.

    only: these invariants. act: instead of the flow's own.
    """
    try:
        calls = of.run(act or FLOWS[flow].act, plan)
        for invariant in only or INVARIANTS:
            try:
                invariant(of)
            except AssertionError as error:
                return _described(of, flow, plan, f"{invariant.__name__}: {error}"), calls
    except AssertionError as error:
        return _described(of, flow, plan, f"{type(error).__name__}: {error!r}; cause {error.__cause__!r}"), []
    return None, calls


def _described(of: Simulation, flow: str, plan: Plan, broken: str) -> str:
    calls = of.injector.calls
    faults = [f"{each.kind} at call {each.call}, {calls[each.call]}" for each in plan if each.call < len(calls)]
    return f"{flow}: {', '.join(faults) or 'no fault'}\n    {broken}"


def chosen(plans: Sequence[Plan], most: int) -> Sequence[Plan]:
    """At most so many of the plans, or SEEDS if that is more; the same each time."""
    most = max(most, SEEDS)
    return plans if len(plans) <= most else Random(0).sample(plans, most)


MOST_SHOWN: Final = 10


def report(failures: list[str]) -> str:
    """The failures for pytest."""
    more = f"\n… and {len(failures) - MOST_SHOWN} more" if len(failures) > MOST_SHOWN else ""
    return "\n".join(failures[:MOST_SHOWN]) + more
