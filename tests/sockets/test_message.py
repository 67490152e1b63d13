"""What clients say on an open socket."""

from typing import Any

import pytest

from chalicelib.models.connection import Connection
from tests.factories import Business
from tests.world import World


def answer(world: World, business: Business, message: Any, **values: Any) -> dict[str, Any]:
    connection_id = world.connect(business.staff)
    world.say(connection_id, message, **values)
    (heard,) = world.heard(connection_id)
    return heard


@pytest.mark.parametrize(("said", "answered"), [("heartbeat", "heartbeat"), ("ping", "pong")])
def test_signs_of_life_are_answered(world: World, gas: Business, said: str, answered: str) -> None:
    heard = answer(world, gas, {"type": said})
    assert heard["type"] == answered
    assert heard["timestamp"].endswith("Z")


def test_an_answer_repeats_the_ref(world: World, gas: Business) -> None:
    assert answer(world, gas, {"type": "ping", "ref": "a-1"})["ref"] == "a-1"
    assert answer(world, gas, {"type": "nonsense", "ref": 7})["ref"] == 7


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("", "malformed_json"),
        ("{", "malformed_json"),
        ("[]", "malformed_json"),
        ('"ping"', "malformed_json"),
        ("[" * 60_000, "malformed_json"),
        ({}, "unknown_type"),
        ({"type": "launch"}, "unknown_type"),
        ({"type": 7}, "unknown_type"),
        ({"type": ["ping"]}, "unknown_type"),
    ],
)
def test_what_makes_no_sense_is_an_error_message(world: World, gas: Business, message: Any, code: str) -> None:
    heard = answer(world, gas, message)
    assert (heard["type"], heard["code"]) == ("error", code)
    assert heard["message"]


def test_a_binary_frame_is_an_error_message(world: World, gas: Business) -> None:
    assert answer(world, gas, "AAEC", isBase64Encoded=True)["code"] == "binary_not_supported"


def test_whoever_speaks_was_heard_of(world: World, gas: Business) -> None:
    connection_id = world.connect(gas.staff)
    row = Connection.get(connection_id)
    row.last_seen_at = 1
    row.save()
    world.say(connection_id, {"type": "heartbeat"})
    assert Connection.get(connection_id).last_seen_at > 1


def test_a_stranger_gets_no_answer_and_leaves_no_row(world: World, gas: Business) -> None:
    world.say("stranger", {"type": "ping"})
    assert world.heard("stranger") == []
    assert Connection.count() == 0
