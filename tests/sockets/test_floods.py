"""A client that sends too fast: refusals are cheap, and it is closed if it continues."""

from datetime import timedelta

import pytest

from chalicelib.core.clock import now
from chalicelib.models.connection import Connection
from chalicelib.realtime.pace import senders
from tests.calls import before_call, counted_calls
from tests.factories import Business
from tests.world import World

# A moment at which no message has been sent before.
LATER = timedelta(minutes=5)


@pytest.fixture
def flooding(world: World, gas: Business) -> str:
    """A connection that has used up its pace."""
    connection_id = world.connect(gas.staff)
    # As after 20 messages of this moment, whose refill takes longer than the test.
    Connection(connection_id).update([Connection.next_message_at.set(int((now() + LATER).timestamp() * 1000))])
    return connection_id


def flood(world: World, connection_id: str, count: int) -> list[str]:
    """The codes that so many messages are answered with."""
    before = len(world.received(connection_id))
    for number in range(count):
        world.send(connection_id, {"type": "ping", "ref": number})
    return [each.get("code", each["type"]) for each in world.received(connection_id)[before:]]


def test_the_first_refused_message_costs_two_writes_and_the_next_ones_nothing(world: World, flooding: str) -> None:
    with counted_calls() as first:
        flood(world, flooding, 1)
    with counted_calls() as next_ones:
        codes = flood(world, flooding, 50)

    assert first == {"dynamodb.UpdateItem": 2}
    assert next_ones == {}
    assert codes == ["rate_limited"] * 50


def test_a_message_within_the_pace_still_costs_one_write(world: World, gas: Business) -> None:
    connection_id = world.connect(gas.staff)
    Connection(connection_id).update([Connection.next_message_at.set(0)])
    with counted_calls() as calls:
        world.send(connection_id, {"type": "ping"})

    assert calls == {"dynamodb.UpdateItem": 1}


def test_an_unknown_connection_costs_one_failed_write(world: World, gas: Business) -> None:
    with counted_calls() as calls:
        world.send("unknown", {"type": "ping"})

    assert calls == {"dynamodb.UpdateItem": 1}


def test_after_a_hundred_refusals_within_a_minute_the_socket_is_closed_with_its_reason(
    world: World, flooding: str
) -> None:
    assert flood(world, flooding, 99) == ["rate_limited"] * 99
    assert flooding not in world.gateway.closed

    assert flood(world, flooding, 1) == ["too_many_refusals"]

    closing = world.received(flooding)[-1]
    assert (closing["type"], closing["ref"]) == ("closing", 0)
    assert flooding in world.gateway.closed


def test_messages_after_the_closing_are_not_answered_and_a_failed_closing_is_repeated(
    world: World, flooding: str
) -> None:
    flood(world, flooding, 100)
    posts = world.gateway.posts_to(flooding)

    flood(world, flooding, 99)
    assert world.gateway.posts_to(flooding) == posts
    world.gateway.closed.clear()
    flood(world, flooding, 1)

    assert world.gateway.closed == [flooding]


def test_refusals_by_several_processes_close_the_socket_together(world: World, flooding: str) -> None:
    for _ in range(4):
        assert flood(world, flooding, 24) == ["rate_limited"] * 24
        # The next process counts what this one had refused by memory, as does a later message of this one.
        senders[flooding].due = 0
        flood(world, flooding, 1)
        senders.clear()

    assert flooding in world.gateway.closed


def test_a_row_of_an_earlier_version_counts_from_its_first_refusal(world: World, flooding: str) -> None:
    assert Connection.get(flooding).refused_count is None

    flood(world, flooding, 1)

    assert Connection.get(flooding).refused_count == 1


def test_a_connection_that_leaves_while_it_floods_gets_no_answer(world: World, flooding: str) -> None:
    def leave() -> None:
        world.disconnect(flooding)

    with before_call(1, leave):
        world.send(flooding, {"type": "ping"})

    assert world.received(flooding) == []
    assert Connection.count() == 0


def test_a_client_that_is_closed_for_flooding_again_and_again_has_to_wait(world: World, gas: Business) -> None:
    token = world.api.token(gas.staff)
    for number in range(2):
        assert world.handshake(f"{number}=", token=token)["statusCode"] == 200
        Connection(f"{number}=").update(
            [
                Connection.next_message_at.set(int((now() + LATER).timestamp() * 1000)),
                Connection.refused_since.set(int(now().timestamp())),
                Connection.refused_count.set(99),
            ]
        )
        flood(world, f"{number}=", 1)

    refused = world.handshake("4=", token=token)

    assert refused["statusCode"] == 429
    assert world.handshake("5=", token=world.api.token(gas.admin))["statusCode"] == 200
