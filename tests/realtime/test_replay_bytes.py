"""Replays of large events: limited by bytes as well as by number, over the socket and over HTTPS."""

import json
from datetime import UTC, datetime
from random import Random
from typing import Any

from chalicelib.realtime import log
from chalicelib.realtime.events import Event
from chalicelib.realtime.replay import MOST_REPLAYED_BYTES, replay
from tests.api_client import Answer
from tests.calls import counted_calls
from tests.factories import Business
from tests.world import World

# Lambda's limit for an answer, in bytes of its JSON.
LAMBDA_LIMIT = 6 * 1024 * 1024
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def fill(tenant_id: str, count: int, text: str, *, first: int = 0) -> None:
    """Logs events of that text in `orders`."""
    log.append(
        [
            Event(
                id=f"e{number}",
                type="changed",
                tenant_id=tenant_id,
                channels=("orders",),
                data={"number": number, "text": text},
                timestamp="2026-11-22T04:00:00.000Z",
            )
            for number in range(first + 1, first + count + 1)
        ]
    )


def events(world: World, business: Business, since: int, epoch: str | None = None) -> Answer:
    query = {"channel": "orders", "since": str(since), **({"epoch": epoch} if epoch else {})}
    return world.api.get("/v1/events", as_=business.staff, query=query)


def polled(world: World, business: Business) -> list[Answer]:
    """All answers of a client that asks until there is no more."""
    answers = [events(world, business, 0)]
    while answers[-1].body["more"]:
        answers.append(events(world, business, answers[-1].body["cursor"], answers[-1].body["epoch"]))
    return answers


def lambda_bytes(answer: Answer) -> int:
    """The bytes that Lambda counts: the function's answer as ASCII JSON with the body as one text."""
    return len(json.dumps({"statusCode": 200, "body": json.dumps(answer.body, ensure_ascii=False)}))


def test_a_replay_that_fits_is_complete_with_more_false(world: World, gas: Business) -> None:
    fill(gas.tenant.id, 3, "x")
    body = events(world, gas, 0).body
    assert (len(body["items"]), body["cursor"], body["recovered"], body["more"]) == (3, 3, True, False)
    assert events(world, gas, 3).body["more"] is False


def test_polling_gets_large_events_in_answers_that_lambda_passes_on_and_misses_none(
    world: World, gas: Business
) -> None:
    # Quotes and Chinese characters take more of Lambda's limit than of the message.
    for n, text in enumerate(("x" * 100_000, '"' * 50_000, "瓦" * 35_000)):
        fill(gas.tenant.id, 60, text, first=60 * n)
    answers = polled(world, gas)
    assert len(answers) > 1
    assert all(answer.body["recovered"] for answer in answers)
    assert max(lambda_bytes(answer) for answer in answers) < LAMBDA_LIMIT
    assert [item["data"]["number"] for answer in answers for item in answer.body["items"]] == list(range(1, 181))
    for answer in answers:
        assert answer.body["cursor"] == answer.body["items"][-1]["cursors"]["orders"]


def test_a_socket_that_missed_more_than_a_replay_holds_reloads_its_list(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    fill(gas.tenant.id, 60, "x" * 100_000)
    world.send(office, {"type": "subscribe", "channel": "orders", "since": 0})
    (answer,) = world.received(office)
    assert (answer["recovered"], answer["replayed"], answer["cursor"]) == (False, 0, 60)
    world.send(office, {"type": "subscribe", "channel": "orders", "since": 30})
    *replayed, answer = world.received(office)[1:]
    assert (answer["recovered"], answer["replayed"], answer["cursor"]) == (True, 30, 60)
    assert [message["data"]["number"] for message in replayed] == list(range(31, 61))


def test_a_replay_reads_little_more_than_it_answers(aws: None) -> None:
    for n in range(20):
        fill("t", 5, Random(n).randbytes(50_000).hex(), first=5 * n)
    with counted_calls() as calls:
        found = replay("t", "orders", 0, None, now=lambda: NOW)
    size = sum(len(json.dumps(dict(each.event.data))) for each in found.events)
    assert size <= MOST_REPLAYED_BYTES
    assert (found.recovered, found.more, found.head.cursor) == (True, True, len(found.events))
    # DynamoDB reads 1 MB at a time; the whole log of this channel is 5 MB compressed.
    assert calls["dynamodb.Query"] <= 4


def test_an_event_larger_than_a_replay_is_answered_alone(aws: None) -> None:
    fill("t", 1, "x" * (MOST_REPLAYED_BYTES + 1))
    fill("t", 1, "y", first=1)
    first = replay("t", "orders", 0, None, now=lambda: NOW)
    assert ([each.event.id for each in first.events], first.more, first.head.cursor) == (["e1"], True, 1)
    rest = replay("t", "orders", 1, first.head.epoch, now=lambda: NOW)
    assert ([each.event.id for each in rest.events], rest.more) == (["e2"], False)


def test_a_gap_is_not_recovered_however_large_the_events_before_it(world: World, gas: Business) -> None:
    fill(gas.tenant.id, 60, "x" * 100_000)
    body: dict[str, Any] = events(world, gas, 0, "another").body
    assert (body["items"], body["recovered"], body["more"], body["cursor"]) == ([], False, False, 60)
