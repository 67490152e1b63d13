"""A simulation for each flow."""

import logging
from collections.abc import Callable, Iterator

import pytest

from tests.factories import Business
from tests.proof.faults import Injector
from tests.proof.flows import FLOWS, business_of
from tests.proof.simulation import Simulation
from tests.world import World

Prepared = Callable[[str], Simulation]


@pytest.fixture
def prepared(world: World, gas: Business, restaurant: Business) -> Iterator[Prepared]:
    """A simulation in which a flow, by its name, can be run."""
    injector = Injector()

    def prepare(name: str) -> Simulation:
        of = Simulation(world, injector, *business_of(name, gas, restaurant))
        flow = FLOWS[name]
        injector.overtaker = lambda: flow.overtake(of)
        flow.prepare(of)
        of.save()
        return of

    # A run's hundred lines cost a twentieth of its time, and none is read.
    logging.disable()
    with injector.listening():
        yield prepare
    logging.disable(logging.NOTSET)
