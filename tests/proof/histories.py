"""Random histories: the flows of one business prepared together, and their steps interleaved."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, Final

from tests.proof.flows import FLOWS
from tests.proof.simulation import Simulation
from tests.proof.steps import step

Step = tuple[str, Callable[[Simulation], object]]

# They need another provider, or another business.
_ALONE: Final = ("provider without keys", "guest's order")
# Both change the sessions of the same user.
_SESSIONS: Final = ("reconnection", "sign-in")
_MOST_FLOWS: Final = 4
# The way of an order after its confirmation; a run goes a part of it.
_WAY: Final = ("assigned", "delivering", "arriving")


@dataclass(frozen=True)
class Prepared:
    """Flows of one stored state. facts: of each, by its name."""

    of: Simulation
    facts: dict[str, dict[str, Any]]

    def history(self, dice: Random) -> tuple[Step, ...]:
        """Some of the flows, other users' requests, and an office that leaves and comes back."""
        chains: list[list[Step]] = [self._chain(name, dice) for name in self.facts]
        chains += [[(f"other: {name}", partial(self._overtake, name))] for name in self.facts]
        chains.append([("leave", _leave), ("come back", _come_back)])
        chains = dice.sample(chains, dice.randint(2, 4))
        steps: list[Step] = []
        while chains:
            chain = dice.choice(chains)
            steps.append(chain.pop(0))
            if dice.random() < 0.5:
                steps.append(("settle", Simulation.settle))
            chains = [each for each in chains if each]
        return tuple(steps)

    def act(self, steps: tuple[Step, ...]) -> Callable[[Simulation], None]:
        """Takes the steps. The overtaking request is one of the flows', chosen by the number of the call."""

        names = list(self.facts)

        def act(of: Simulation) -> None:
            of.injector.overtaker = lambda: self._overtake(names[len(of.injector.calls) % len(names)], of)
            for _, take in steps:
                take(of)

        return act

    def _overtake(self, name: str, of: Simulation) -> None:
        overtake = self._step(name, name, FLOWS[name].overtake)[1]
        of.injector.let_pass(lambda: overtake(of))

    def _chain(self, name: str, dice: Random) -> list[Step]:
        chain = [self._step(name, name, FLOWS[name].act)]
        if name == "status change":
            way = _WAY[: dice.randint(0, len(_WAY))]
            chain += [self._step(status, name, partial(step, status=status)) for status in way]
        return chain

    def _step(self, shown: str, name: str, take: Callable[[Simulation], object]) -> Step:
        def with_its_facts(of: Simulation) -> None:
            before, of.facts = of.facts, self.facts[name]
            try:
                take(of)
            finally:
                of.facts = before

        return shown, with_its_facts


def prepare(of: Simulation, dice: Random) -> Prepared:
    """Some flows of the gas business, prepared one after the other."""
    names = [name for name in FLOWS if name not in _ALONE]
    names.remove(dice.choice(_SESSIONS))
    facts: dict[str, dict[str, Any]] = {}
    for name in dice.sample(names, _MOST_FLOWS):
        facts[name] = of.facts = {}
        FLOWS[name].prepare(of)
    of.facts = {}
    of.save()
    return Prepared(of, facts)


def _leave(of: Simulation) -> None:
    of.gateway.disconnect([of.outside.clients["office"].connection_id])


def _come_back(of: Simulation) -> None:
    of.connect_again(of.outside.clients["office"])
