"""Cases that fail if a read of connections, subscriptions or the log is only eventually consistent."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import now
from chalicelib.core.errors import NotFound
from chalicelib.models.connection import Connection, Subscription
from chalicelib.realtime import connections, log, pace, subscriptions
from chalicelib.realtime.broadcast import publish
from chalicelib.realtime.events import Event
from tests import factories
from tests.factories import Business
from tests.journeys.test_order_to_everyone import new_order, step
from tests.realtime.faulty_gateway import FaultyGateway
from tests.stale_reads import stale_reads
from tests.world import World


@pytest.fixture
def behind(world: World, gas: Business) -> Iterator[World]:
    """All functions, on a DynamoDB whose eventually consistent reads are one write behind."""
    with stale_reads():
        yield world


def event(business: Business, number: int, channel: str = "orders") -> Event:
    return Event(
        id=f"e{number}",
        type="changed",
        tenant_id=business.tenant.id,
        channels=(channel,),
        data={"number": number},
        timestamp="2026-11-22T04:00:00.000Z",
    )


def received(world: World, connection_id: str) -> list[int]:
    return [message["data"]["number"] for message in world.received(connection_id, "changed")]


def subscribe(world: World, connection_id: str, channel: str, **values: Any) -> dict[str, Any]:
    world.send(connection_id, {"type": "subscribe", "channel": channel, **values})
    answer: dict[str, Any] = world.received(connection_id)[-1]
    return answer


def test_a_read_that_is_not_consistent_does_not_see_the_last_write(behind: World, gas: Business) -> None:
    """Tests the fake, on which the other tests rely."""
    row = factories.customer(gas.tenant, name="before")
    row.update([type(row).name.set("after")])
    key = (row.tenant_id, row.id)
    assert type(row).get(*key).name == "before"
    assert [found.name for found in type(row).batch_get([key])] == ["before"]
    assert type(row).get(*key, consistent_read=True).name == "after"
    row.delete()
    assert type(row).get(*key).name == "after"


def test_a_client_that_subscribes_just_before_an_event_receives_it(behind: World, gas: Business) -> None:
    office = behind.connect(gas.staff)
    subscribe(behind, office, f"driver:{gas.driver.id}")
    publish([event(gas, 1, f"driver:{gas.driver.id}")])
    assert received(behind, office) == [1]


def test_a_client_that_connects_just_before_an_event_receives_it(behind: World, gas: Business) -> None:
    office = behind.connect(gas.staff)
    publish([event(gas, 1)])
    assert received(behind, office) == [1]


def test_a_replay_holds_an_event_that_was_logged_just_before(behind: World, gas: Business) -> None:
    publish([event(gas, 1)])
    publish([event(gas, 2)])
    office = behind.connect(gas.staff)
    answer = subscribe(behind, office, "orders", since=0)
    assert (answer["recovered"], answer["cursor"]) == (True, 2)
    assert received(behind, office) == [1, 2]


def test_a_client_that_has_everything_gets_recovered_true_however_new_the_last_event_is(
    behind: World, gas: Business
) -> None:
    for number in (1, 2):
        publish([event(gas, number)])
    answer = subscribe(behind, behind.connect(gas.staff), "orders", since=2)
    assert (answer["recovered"], answer["cursor"]) == (True, 2)


def test_an_event_just_after_another_has_the_next_number_without_another_try(behind: World, gas: Business) -> None:
    pauses: list[float] = []
    for number in (1, 2, 3):
        [stamped] = log.append([event(gas, number)], pause=pauses.append)
        assert stamped.cursors == {"orders": number}
        # Repeated at once: its function has died.
        assert log.append([event(gas, number)], pause=pauses.append) == [stamped]
    assert pauses == []


def test_a_driver_who_subscribes_just_before_losing_an_order_is_unsubscribed(behind: World, gas: Business) -> None:
    order = new_order(behind, gas)
    step(behind, gas, order["id"], "confirmed")
    step(behind, gas, order["id"], "assigned")
    behind.deliver()
    driver = behind.connect(gas.driver_user)
    assert subscribe(behind, driver, f"order:{order['id']}")["type"] == "subscribed"
    body = {"driver_id": gas.drivers[1][1].id, "notify": False}
    behind.api.post(f"/v1/orders/{order['id']}/assign", body, as_=gas.staff)
    behind.deliver()
    assert len(behind.received(driver, "unsubscribed")) == 1


def test_a_driver_who_connects_just_before_an_old_loss_is_read_stays_subscribed(
    behind: World, gas: Business
) -> None:
    order = new_order(behind, gas)
    step(behind, gas, order["id"], "confirmed")
    step(behind, gas, order["id"], "assigned")
    channel = f"order:{order['id']}"
    driver = behind.connect(gas.driver_user)
    # The write that stored the connection stays the last one of its table.
    row = Connection.get(driver, consistent_read=True)
    connections.subscription(row, channel).save()
    connections.subscription(row, "system").save()
    subscriptions.end_for_driver(gas.tenant.id, channel, gas.driver.id, gateway=FaultyGateway())
    watched = Subscription.query(f"{gas.tenant.id}#{channel}", consistent_read=True)
    assert [found.connection_id for found in watched] == [driver]


def test_a_client_that_leaves_just_after_connecting_leaves_no_rows(behind: World, gas: Business) -> None:
    office = behind.connect(gas.staff)
    behind.disconnect(office)
    assert list(Connection.scan(consistent_read=True)) == []
    assert list(Subscription.scan(consistent_read=True)) == []


def test_a_connection_that_was_just_forgotten_is_not_known(behind: World, gas: Business) -> None:
    row = Connection.get(behind.connect(gas.staff), consistent_read=True)
    connections.delete([row.connection_id])
    assert pace.touch(row.connection_id, now()) is None
    with pytest.raises(NotFound):
        subscriptions.subscribe(row, "orders", 0, None)


def test_an_old_record_welcomes_a_connection_that_is_open_and_no_other(behind: World, gas: Business) -> None:
    later = now() + timedelta(minutes=5)
    here = Connection.get(behind.connect(gas.staff), consistent_read=True)
    assert connections.still_connected([here], later) == [here]
    connections.delete([here.connection_id])
    assert connections.still_connected([here], later) == []
