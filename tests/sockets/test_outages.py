"""Answers to clients on sockets during an outage of the database, or after an unexpected error."""

from typing import Any

import pytest

from chalicelib.models.connection import Connection
from tests.api_client import ApiClient
from tests.factories import Business, order_body
from tests.outages import FAILURES, WRONG, away
from tests.world import World


def messages(api: ApiClient, gas: Business) -> list[dict[str, Any]]:
    """One of each type that a driver or the office sends."""
    order = api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    return [
        {"type": "heartbeat"},
        {"type": "ping"},
        {"type": "subscribe", "channel": f"order:{order['id']}"},
        {"type": "unsubscribe", "channel": "orders"},
        {"type": "order_update", "order_id": order["id"], "status": "confirmed"},
        {"type": "authenticate", "token": api.token(gas.staff)},
    ]


@pytest.mark.parametrize("failure", FAILURES)
def test_every_message_is_answered_with_its_ref_while_the_database_is_away(
    world: World, gas: Business, failure: str
) -> None:
    office = world.connect(gas.staff)
    for ref, message in enumerate(messages(world.api, gas)):
        with away(FAILURES[failure]):
            world.send(office, {**message, "ref": ref})
        received = world.received(office)[-1]
        assert (received["type"], received["code"], received["ref"]) == ("error", "unavailable", ref)
    world.send(office, {"type": "ping", "ref": "after"})
    assert world.received(office)[-1]["type"] == "pong", "the socket stays open"


def test_a_failure_after_the_connection_was_found_is_answered_too(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    for ref, (operation, message) in enumerate(
        [
            ("TransactWriteItems", {"type": "subscribe", "channel": "driver:x"}),
            ("BatchGetItem", {"type": "heartbeat"}),
            ("GetItem", {"type": "subscribe", "channel": "order:x"}),
        ]
    ):
        with away(operations={operation}) as failed:
            world.send(office, {**message, "ref": ref})
        received = world.received(office)[-1]
        assert failed[operation], "it was asked for"
        assert (received["type"], received["code"], received["ref"]) == ("error", "unavailable", ref)


def test_a_position_is_refused_as_one_to_send_again(world: World, gas: Business) -> None:
    driver = world.connect(gas.driver_user)
    with away(operations={"UpdateItem"}):
        world.send(driver, {"type": "location_update", "latitude": 25, "longitude": 121, "ref": "p"})
    received = world.received(driver)[-1]
    assert (received["type"], received["code"], received["ref"]) == ("error", "unavailable", "p")


def test_an_accident_is_answered_with_the_ref_and_logged_once(world: World, gas: Business, logged: Any) -> None:
    office = world.connect(gas.staff)
    with away(WRONG, operations={"BatchGetItem"}):
        world.send(office, {"type": "heartbeat", "ref": 1})
    received = world.received(office)[-1]
    assert (received["type"], received["code"], received["ref"]) == ("error", "internal_error", 1)
    assert logged.getvalue().count('"level":"ERROR"') == 1
    world.send(office, {"type": "ping"})
    assert world.received(office)[-1]["type"] == "pong", "the socket stays open"


def test_a_connect_during_an_outage_of_the_database_is_refused_temporarily(world: World, gas: Business) -> None:
    token = world.api.token(gas.staff)
    with away():
        assert world.handshake("c", token=token)["statusCode"] == 503
    with away(operations={"TransactWriteItems"}):
        assert world.handshake("c", token=token)["statusCode"] == 503
    assert Connection.count() == 0
    assert world.handshake("c", token=token)["statusCode"] == 200


def test_the_sweep_deletes_a_connection_that_closed_during_an_outage(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    with away():
        world.disconnect(office)
    assert Connection.count() == 1
