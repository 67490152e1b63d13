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
def injector() -> Iterator[Injector]:
    """Counts the calls of all clients, and injects faults."""
    # A run's hundred lines cost a twentieth of its time, and none is read.
    logging.disable()
    with Injector().listening() as listening:
        yield listening
    logging.disable(logging.NOTSET)


@pytest.fixture
def prepared(world: World, gas: Business, restaurant: Business, injector: Injector) -> Prepared:
    """A simulation in which a flow, by its name, can be run."""
    return lambda flow: prepare(world, injector, flow, gas, restaurant)
