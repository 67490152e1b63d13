"""A simulation for each flow."""

import logging
from collections.abc import Callable, Iterator

import pytest

from tests.factories import Business
from tests.proof.faults import Injector
from tests.proof.flows import prepare
from tests.proof.simulation import Simulation
from tests.world import World

Prepared = Callable[[str], Simulation]


@pytest.fixture
def prepared(world: World, gas: Business, restaurant: Business) -> Iterator[Prepared]:
    """A simulation in which a flow, by its name, can be run."""
    injector = Injector()

    # A run's hundred lines cost a twentieth of its time, and none is read.
    logging.disable()
    with injector.listening():
        yield lambda flow: prepare(world, injector, flow, gas, restaurant)
    logging.disable(logging.NOTSET)
