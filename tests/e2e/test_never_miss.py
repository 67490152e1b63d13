"""Clients that reconnect at random lose nothing. `make bench` runs the same with 50 clients and 1,000 changes."""

from tests.e2e import soak
from tests.e2e.stack import LocalStack


def test_clients_that_reconnect_lose_no_events(stack: LocalStack) -> None:
    result = soak.run(stack, clients=10, orders=20, seed=7)
    assert result.reconnects > 0
    assert (result.lost, result.duplicated, result.out_of_order, result.reloads) == (0, 0, 0, 0)
