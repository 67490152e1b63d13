"""Messages of clients on an open socket."""

import json
import re
from io import StringIO
from typing import Any

import pytest

from chalicelib.models.connection import Connection
from tests.factories import Business
from tests.world import World


def answer(world: World, business: Business, message: Any, **values: Any) -> dict[str, Any]:
    connection_id = world.connect(business.staff)
    world.send(connection_id, message, **values)
    (received,) = world.received(connection_id)
    return received


@pytest.mark.parametrize(("sent", "answered"), [("heartbeat", "heartbeat"), ("ping", "pong")])
def test_signs_of_life_are_answered(world: World, gas: Business, sent: str, answered: str) -> None:
    received = answer(world, gas, {"type": sent})
    assert received["type"] == answered
    assert received["timestamp"].endswith("Z")


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
def test_an_invalid_message_gets_an_error_message(world: World, gas: Business, message: Any, code: str) -> None:
    received = answer(world, gas, message)
    assert (received["type"], received["code"]) == ("error", code)
    assert received["message"]


@pytest.mark.parametrize("kind", ["launch", "\x1b[31mred", "0912345678", 7, ["ping"], None])
def test_only_types_that_there_are_are_logged(world: World, gas: Business, kind: Any, logged: StringIO) -> None:
    answer(world, gas, {"type": kind})
    [line] = [
        each
        for each in map(json.loads, logged.getvalue().splitlines())
        if each.get("message") == "message_answered"
    ]
    assert line["type"] == "unknown"


def test_a_connect_is_logged_with_the_key_of_the_address_and_the_program(
    world: World, gas: Business, logged: StringIO
) -> None:
    world.connect(gas.staff)
    world.handshake("c=", token="made-up")
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    found = {line["message"]: line for line in lines if line["message"] in ("connected", "connect_refused")}
    assert set(found) == {"connected", "connect_refused"}
    for line in found.values():
        assert line["client"]
        assert re.fullmatch("[0-9a-f]{16}", line["address"])


def test_a_binary_frame_is_an_error_message(world: World, gas: Business) -> None:
    assert answer(world, gas, "AAEC", isBase64Encoded=True)["code"] == "binary_not_supported"


def test_a_message_updates_last_seen_at(world: World, gas: Business) -> None:
    connection_id = world.connect(gas.staff)
    row = Connection.get(connection_id)
    row.last_seen_at = 1
    row.save()
    world.send(connection_id, {"type": "heartbeat"})
    assert Connection.get(connection_id).last_seen_at > 1


def test_a_stranger_gets_no_answer_and_leaves_no_row(world: World, gas: Business) -> None:
    world.send("stranger", {"type": "ping"})
    assert world.received("stranger") == []
    assert Connection.count() == 0
