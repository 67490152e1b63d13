"""A failing connection, row, payload or tenant neither delays nor loses events of other connections."""

import asyncio
import io
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.clock import now
from chalicelib.models.connection import Connection, Subscription
from chalicelib.realtime.broadcast import publish
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.chunks import Chunk, decoded, encoded
from chalicelib.realtime.events import Event
from chalicelib.realtime.poster import Poster
from chalicelib.realtime.posts import GatewayDown, NotPublished, Outcome, Post
from chalicelib.realtime.signer import Credentials
from chalicelib.realtime.slow import slow_connections
from tests.factories import Business, delivery_business
from tests.raw_gateway import OK, RawGateway
from tests.world import World

HANGS, HANGS_UP = -1, 0
LONG = 30.0


@pytest.fixture
def other(world: World) -> Business:
    """Another tenant."""
    return delivery_business()


def event(business: Business, number: int) -> Event:
    return Event(
        id=f"e{number}",
        type="changed",
        tenant_id=business.tenant.id,
        channels=("orders",),
        data={"number": number},
        timestamp="2026-11-22T04:00:00.000Z",
        correlation_id=f"c-{number}",
    )


def connected(world: World, business: Business, count: int = 1) -> list[str]:
    """Connections of the office, old enough that 410 means gone."""
    ids = [world.connect(business.staff) for _ in range(count)]
    for row in Subscription.scan():
        row.update([Subscription.connected_at.set(0)])
    return ids


def numbers(world: World, connection_id: str) -> list[int]:
    """The events that a connection has received, by number."""
    return [message["data"]["number"] for message in world.received(connection_id, "changed")]


def handed_over(world: World) -> list[Chunk]:
    return [decoded(invoked["chunk"]) for _, invoked in world.functions.invoked]


def lines(logged: io.StringIO, message: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in logged.getvalue().splitlines()]
    return [line for line in found if line["message"] == message]


# Rows


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", None),
        ("format", {"S": "of_tomorrow"}),
        ("format", {"N": "1"}),
        ("connected_at", None),
        ("connected_at", {"N": "1e99"}),
    ],
)
def test_a_subscription_that_cannot_be_read_is_skipped_and_logged_once(
    world: World, gas: Business, logged: io.StringIO, name: str, value: Any
) -> None:
    bad, good = connected(world, gas, 2)
    key = {"channel_key": {"S": channel_key(gas.tenant.id, "orders")}, "connection_id": {"S": bad}}
    table = str(Subscription.Meta.table_name)
    item = aws.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
    del item[name]
    aws.client("dynamodb").put_item(TableName=table, Item=item | ({name: value} if value else {}))
    publish([event(gas, 1)])
    publish([event(gas, 2)])
    assert (numbers(world, good), numbers(world, bad)) == ([1, 2], [])
    assert [line["connection_id"] for line in lines(logged, "subscription_unreadable")] == [bad]


# Connections


def test_the_others_of_all_tenants_receive_while_one_connection_is_still_awaited(
    world: World, gas: Business, other: Business
) -> None:
    """No link is held: more hang than there are links at first."""
    hanging = set(connected(world, gas, 5) + connected(world, other, 5))
    for n in range(20):
        row = Subscription(
            channel_key(gas.tenant.id, "orders"), f"h{n}", format="standard", connected_at=0, expires_at=2**31
        )
        row.save()
        hanging.add(f"h{n}")
    others = {*(world.connect(gas.admin) for _ in range(5)), *(world.connect(other.admin) for _ in range(5))}
    waiting, all_others, release = set(others), threading.Event(), asyncio.Event()

    async def behave(head: bytes, writer: asyncio.StreamWriter) -> None:
        connection_id = head.split(b" ")[1].rpartition(b"/")[2].decode().replace("%3D", "=")
        if connection_id in hanging:
            await release.wait()
        waiting.discard(connection_id)
        if not waiting:
            all_others.set()
        writer.write(OK)

    with RawGateway.running(behave) as raw:
        url = f"http://127.0.0.1:{raw.port}"
        poster = Poster(
            url, "r", credentials=lambda: Credentials("i", "k", None), post_seconds=LONG, batch_seconds=LONG
        )
        publishing = threading.Thread(
            target=publish, args=([event(gas, 1), event(other, 1)],), kwargs={"gateway": poster}
        )
        publishing.start()
        received = all_others.wait(LONG / 2)
        raw.call(release.set)
        publishing.join()
        poster.close()
    assert received


def test_a_connection_that_does_not_answer_is_awaited_once_and_then_left_to_fan_out(
    world: World, gas: Business
) -> None:
    hanging, *others = connected(world, gas, 5)
    before = world.gateway.posts_to(hanging)
    world.gateway.answer(hanging, HANGS)
    publish([event(gas, 1)])
    (chunk,) = handed_over(world)
    assert [post.connection_id for post in chunk.posts] == list(chunk.slow_since) == [hanging]
    publish([event(gas, 2), event(gas, 3)])
    assert world.gateway.posts_to(hanging) == before + 1
    assert [numbers(world, each) for each in others] == [[1, 2, 3]] * 4


@pytest.mark.parametrize("trouble", [429, 500, 503, HANGS_UP, HANGS])
def test_a_temporary_refusal_is_tried_once_in_the_stream_and_delivered_by_fan_out(
    world: World, gas: Business, trouble: int
) -> None:
    troubled, other = connected(world, gas, 2)
    before = world.gateway.posts_to(troubled)
    world.gateway.answer(troubled, trouble, 200)
    publish([event(gas, 1)])
    assert world.gateway.posts_to(troubled) == before + 1
    assert (numbers(world, troubled), numbers(world, other)) == ([], [1])
    world.deliver_chunks()
    assert (numbers(world, troubled), numbers(world, other)) == ([1], [1])


def test_a_connection_that_is_still_being_opened_is_handed_to_fan_out(world: World, gas: Business) -> None:
    young = world.connect(gas.staff)
    world.gateway.answer(young, 410, 200)
    publish([event(gas, 1)])
    assert numbers(world, young) == []
    world.deliver_chunks()
    assert numbers(world, young) == [1]


@pytest.mark.parametrize("trouble", [429, HANGS_UP])
def test_posts_that_lambda_does_not_accept_are_repeated_here(world: World, gas: Business, trouble: int) -> None:
    troubled, other = connected(world, gas, 2)
    world.functions.refusing = True
    world.gateway.answer(troubled, trouble, trouble, 200)
    publish([event(gas, 1)])
    assert (numbers(world, troubled), numbers(world, other)) == ([1], [1])


def test_where_the_quota_is_used_up_the_stream_itself_waits(world: World, gas: Business) -> None:
    for n in range(60):
        key = channel_key(gas.tenant.id, "orders")
        Subscription(key, f"c{n}", format="standard", connected_at=0, expires_at=2**31).save()
        world.gateway.answer(f"c{n}", 429, 200)
    publish([event(gas, 1)])
    assert world.functions.invoked == []
    assert all(numbers(world, f"c{n}") == [1] for n in range(60))


# Payloads


@pytest.mark.parametrize("status", [400, 413])
def test_a_payload_that_is_refused_stops_none_behind_it(
    world: World, gas: Business, logged: io.StringIO, status: int
) -> None:
    office, other = connected(world, gas, 2)
    world.gateway.answer(office, 200, status, 200)
    publish([event(gas, n) for n in (1, 2, 3)])
    assert (numbers(world, office), numbers(world, other)) == ([1, 3], [1, 2, 3])
    (line,) = lines(logged, "payload_refused")
    assert (line["status"], line["event_type"], line["connection_id"]) == (status, "changed", office)
    assert line["bytes"] > 0
    (first, *_) = lines(logged, "fan_out_done")
    assert (first["sent"], first["failed"]) == (1, 1)


# Tenants


@pytest.mark.parametrize("trouble", [HANGS_UP, HANGS])
def test_a_tenant_whose_only_connection_does_not_answer_concerns_no_other(
    world: World, gas: Business, other: Business, trouble: int
) -> None:
    (office,), (elsewhere,) = connected(world, gas), connected(world, other)
    world.gateway.answer(office, trouble)
    publish([event(gas, 1), event(other, 1)])
    assert numbers(world, elsewhere) == [1]
    assert [chunk.tenant_id for chunk in handed_over(world)] == [gas.tenant.id]


def test_a_gateway_that_is_down_for_one_tenant_is_raised_when_all_others_have_received(
    world: World, gas: Business, other: Business
) -> None:
    (office,), (elsewhere,) = connected(world, gas), connected(world, other)
    world.gateway.answer(office, HANGS_UP)
    world.functions.refusing = True
    with pytest.raises(NotPublished) as raised:
        publish([event(gas, 1), event(other, 1)])
    failures = {tenant_id: group.exceptions for tenant_id, group in raised.value.by_tenant.items()}
    assert {tenant_id: [type(each) for each in errors] for tenant_id, errors in failures.items()} == {
        gas.tenant.id: [GatewayDown]
    }
    assert numbers(world, elsewhere) == [1]


def test_posts_that_cannot_be_made_at_all_are_the_failure_of_every_tenant(
    world: World, gas: Business, other: Business
) -> None:
    for business in (gas, other):
        connected(world, business)

    class Broken(Poster):
        def post(self, posts: Sequence[Post]) -> Outcome:
            raise RuntimeError("a fault of ours")

    broken = Broken("http://127.0.0.1:1", "r", credentials=lambda: Credentials("a", "b", None))
    with pytest.raises(NotPublished) as raised:
        publish([event(gas, 1), event(other, 1)], gateway=broken)
    broken.close()
    assert raised.value.by_tenant.keys() == {gas.tenant.id, other.tenant.id}


@contextmanager
def failing(operation: str, business: Business, code: str) -> Iterator[None]:
    """DynamoDB refuses what names the tenant."""

    def refuse(params: Mapping[str, Any], **_: Any) -> Any:
        body = params["body"]
        if business.tenant.id not in (body if isinstance(body, str) else body.decode()):
            return None
        error: dict[str, Any] = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {}}
        if code == "TransactionCanceledException":
            error["CancellationReasons"] = [{"Code": "TransactionConflict"}]
        return SimpleNamespace(status_code=400), error

    events = aws.client("dynamodb").meta.events
    events.register_first(f"before-call.dynamodb.{operation}", refuse)
    try:
        yield
    finally:
        events.unregister(f"before-call.dynamodb.{operation}", refuse)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("TransactWriteItems", "ValidationException"),
        ("TransactWriteItems", "TransactionCanceledException"),
        ("BatchGetItem", "ValidationException"),
        ("Query", "ValidationException"),
    ],
)
def test_a_tenant_whose_rows_fail_stops_no_other(
    world: World, gas: Business, other: Business, operation: str, code: str
) -> None:
    connected(world, gas)
    (elsewhere,) = connected(world, other)
    with failing(operation, gas, code), pytest.raises(NotPublished):
        publish([event(gas, 1), event(other, 1), event(other, 2)])
    assert numbers(world, elsewhere) == [1, 2]
    (message, *_) = world.received(elsewhere, "changed")
    assert message["cursors"] == {"orders": 1}


# fan_out


def chunk_for(business: Business, connection_id: str, slow_for: timedelta | None) -> Chunk:
    since = {} if slow_for is None else {connection_id: int((now() - slow_for).timestamp() * 1000)}
    payload = json.dumps({"type": "changed", "data": {"number": 1}}).encode()
    return Chunk(business.tenant.id, ("c",), (payload,), ((connection_id, 0, (0,)),), since)


def run(world: World, chunk: Chunk) -> None:
    world.functions.invoked.append(("luckygas-test-fan_out", {"chunk": encoded(chunk)}))
    world.deliver_chunks()


@pytest.mark.parametrize(("seconds", "closed"), [(50, False), (61, True)])
def test_a_connection_that_times_out_for_a_minute_is_closed_and_forgotten(
    world: World, gas: Business, seconds: int, closed: bool
) -> None:
    (office,) = connected(world, gas)
    world.gateway.answer(office, HANGS)
    run(world, chunk_for(gas, office, timedelta(seconds=seconds)))
    assert world.gateway.closed == ([office] if closed else [])
    assert Connection.count(office) == (0 if closed else 1)


def test_a_slow_connection_that_answers_after_all_stays(world: World, gas: Business) -> None:
    (office,) = connected(world, gas)
    run(world, chunk_for(gas, office, timedelta(minutes=5)))
    assert (numbers(world, office), world.gateway.closed) == ([1], [])


def test_a_chunk_that_none_answers_is_repeated_unless_all_are_known_to_be_slow(
    world: World, gas: Business
) -> None:
    (office,) = connected(world, gas)
    world.gateway.answer(office, HANGS_UP)
    with pytest.raises(GatewayDown):
        run(world, chunk_for(gas, office, None))
    run(world, chunk_for(gas, office, timedelta(seconds=5)))


def test_a_chunk_of_a_version_without_slow_connections_is_read_and_the_reverse() -> None:
    import base64
    import zlib

    import msgspec

    old = ["t", ["c"], [b"{}"], [["a", 5, [0]]]]
    text = base64.b64encode(zlib.compress(msgspec.msgpack.encode(old))).decode()
    assert decoded(text) == Chunk("t", ("c",), (b"{}",), (("a", 5, (0,)),))

    class OldChunk(msgspec.Struct, frozen=True, array_like=True):
        tenant_id: str
        correlation_ids: tuple[str, ...]
        payloads: tuple[bytes, ...]
        recipients: tuple[tuple[str, int, tuple[int, ...]], ...]

    slow_connections().mark("a")
    new = Chunk.of([Post("a", (b"{}",), 5)], "t", ["c"])
    assert "a" in new.slow_since
    read = msgspec.msgpack.decode(zlib.decompress(base64.b64decode(encoded(new))), type=OldChunk)
    assert read == OldChunk("t", ("c",), (b"{}",), (("a", 5, (0,)),))
