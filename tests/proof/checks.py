"""Runs a flow with faults and judges it by every invariant; a failure shows its trace."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from traceback import format_tb
from typing import Final, TypeVar

from tests.crashes import Crash
from tests.proof.extent import FULL
from tests.proof.faults import Fault, kinds_at
from tests.proof.figures import FOLDER, record
from tests.proof.flows import FLOWS
from tests.proof.invariants import INVARIANTS, Invariant
from tests.proof.simulation import Simulation

Plan = tuple[Fault, ...]


def calls_of(of: Simulation, flow: str) -> list[str]:
    """The calls of a flow without faults, after which every invariant holds."""
    failure, calls = judge(of, flow, ())
    assert failure is None, failure
    return calls


def faults_of(calls: Sequence[str]) -> list[Fault]:
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
                return _described(of, flow, f"{invariant.__name__}: {error}"), calls
    except (Crash, Exception) as error:  # noqa: BLE001 — the trace is worth more than where it was raised
        where = format_tb(error.__traceback__)[-1].strip()
        return _described(of, flow, f"{error!r}; cause {error.__cause__!r}\n    {where}"), []
    return None, calls


def _described(of: Simulation, flow: str, broken: str) -> str:
    calls = of.injector.calls
    faults = [f"{each.kind} at call {each.call}, {calls[each.call]}" for each in of.injector.injected]
    return f"{flow}: {', '.join(faults) or 'no fault'}\n    {broken}"


MOST_SHOWN: Final = 10


def report(failures: list[str]) -> str:
    """The failures for pytest."""
    more = f"\n… and {len(failures) - MOST_SHOWN} more" if len(failures) > MOST_SHOWN else ""
    return "\n".join(failures[:MOST_SHOWN]) + more


Item = TypeVar("Item")


def fewest(items: tuple[Item, ...], fails: Callable[[tuple[Item, ...]], bool]) -> tuple[Item, ...]:
    """Leaves out each item without which the run still fails."""
    for item in items:
        fewer = tuple(each for each in items if each is not item)
        if fails(fewer):
            items = fewer
    return items


def chosen(plans: Sequence[Item], most: int) -> Sequence[Item]:
    """In a full proof all plans, otherwise so many of them at most; the same each time."""
    return plans if FULL or len(plans) <= most else Random(0).sample(plans, most)


def record_work(of: Simulation, done: Mapping[str, float], piece: str) -> None:
    """Stores what a test has checked, as figures that are the sums of all pieces."""
    figures = {**done, "simulated calls": of.injector.counted, "seconds of one processor": of.seconds}
    for what, figure in figures.items() if FULL else ():
        folder = FOLDER / f"{what}, in pieces"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / piece).write_text(str(figure))
        # Pieces come from several processes. The last one has the sum of all.
        record("simulation", what, sum(float(each.read_text()) for each in folder.iterdir()))
