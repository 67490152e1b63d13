"""A large audience: `fan_out` sends every event to every subscriber in chunks, even if a chunk fails."""

import io
import json
from base64 import b64encode
from collections import Counter
from random import Random
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.models.connection import Connection, Subscription
from chalicelib.realtime.broadcast import publish
from chalicelib.realtime.channels import channel_key
from chalicelib.realtime.chunks import MOST_POSTS, Chunk, decoded, encoded, hand_over
from chalicelib.realtime.events import Event
from chalicelib.realtime.posts import GatewayDown, Post
from tests.factories import Business, crowd_of
from tests.realtime.client_model import ModelClient, Watched
from tests.world import World

AUDIENCE = MOST_POSTS + 1
# Lambda's limit for the event of an asynchronous invocation.
LAMBDA_LIMIT = 256 * 1024


@pytest.fixture
def audience(world: World, gas: Business) -> list[str]:
    """One more than fit a chunk; the connections' ids."""
    return crowd_of(gas, "orders")


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


def received(world: World, ids: list[str]) -> Counter[tuple[int, ...]]:
    """The numbers of the received events, with the number of connections that received exactly these."""
    return Counter(tuple(message["data"]["number"] for message in world.received(each)) for each in ids)


@given(
    st.lists(
        st.builds(
            Post,
            st.text(min_size=1, max_size=20),
            st.lists(st.sampled_from([b"", b"{}", "瓦斯".encode(), b"\x00" * 5000]), min_size=1).map(tuple),
            st.integers(0, 2**52),
        ),
        min_size=1,
    )
)
def test_a_chunk_arrives_as_it_was(posts: list[Post]) -> None:
    chunk = decoded(encoded(Chunk.of(posts, "t", ["c"])))
    assert (chunk.posts, chunk.tenant_id, chunk.correlation_ids) == (posts, "t", ("c",))


def test_a_thousand_with_sixteen_orders_fit_an_invocation() -> None:
    payloads = tuple(json.dumps({"n": n, "id": [uuid4().hex for _ in range(100)]}).encode() for n in range(16))
    posts = [Post(f"{uuid4()}=", payloads, 1_795_000_000_000 + n) for n in range(MOST_POSTS)]
    assert len(encoded(Chunk.of(posts, "t", ["c"]))) < 200_000


def test_fan_out_posts_to_a_large_audience_in_equal_chunks(
    world: World, gas: Business, audience: list[str]
) -> None:
    publish([event(gas, 1), event(gas, 2)])
    assert received(world, audience) == {(): AUDIENCE}
    assert len(world.functions.invoked) == 2
    world.deliver_chunks()
    assert received(world, audience) == {(1, 2): AUDIENCE}


def test_posts_that_lambda_does_not_accept_are_sent_at_once(
    world: World, gas: Business, audience: list[str]
) -> None:
    world.functions.refusing = True
    publish([event(gas, 1)])
    assert received(world, audience) == {(1,): AUDIENCE}


def test_large_payloads_travel_in_chunks_that_lambda_takes_to_everybody(world: World) -> None:
    # 120 KB is the most that a payload has; this one hardly gets smaller.
    noise = [b64encode(Random(n).randbytes(90_000)) for n in range(5)]
    # Some watch less than others.
    posts = [Post(f"{uuid4()}=", tuple(noise[n % 3 :]), n) for n in range(AUDIENCE)]
    connected_at = {post.connection_id: post.connected_at for post in posts}
    assert hand_over(posts, "t", ["c"]) == []
    received: dict[str, tuple[bytes, ...]] = {}
    for _, event in world.functions.take():
        assert len(json.dumps(event)) < LAMBDA_LIMIT
        for post in decoded(event["chunk"]).posts:
            assert post.connected_at == connected_at[post.connection_id]
            received[post.connection_id] = received.get(post.connection_id, ()) + post.payloads
    # Chunks overtake each other in any case.
    assert {each: sorted(payloads) for each, payloads in received.items()} == {
        post.connection_id: sorted(post.payloads) for post in posts
    }


def test_large_payloads_that_lambda_refuses_are_left_to_be_sent_here(world: World) -> None:
    world.functions.refusing = True
    noise = tuple(b64encode(Random(n).randbytes(90_000)) for n in range(2))
    posts = [Post(f"{uuid4()}=", noise, n) for n in range(AUDIENCE)]
    left = hand_over(posts, "t", ["c"])
    received: dict[str, tuple[bytes, ...]] = {}
    for post in left:
        received[post.connection_id] = received.get(post.connection_id, ()) + post.payloads
    assert received == {post.connection_id: noise for post in posts}


def test_chunks_that_come_late_twice_and_crossed_leave_everybody_with_everything_once(
    world: World, gas: Business, audience: list[str]
) -> None:
    for number in (1, 2, 3):
        publish([event(gas, number)])
    world.functions.invoked.reverse()
    world.deliver_chunks(times=2)
    for each in audience:
        client = ModelClient()
        watched = client.channels["orders"] = Watched()
        for message in world.received(each):
            client.take(message)
        assert (watched.got, watched.held) == (["e1", "e2", "e3"], {})


def test_fan_out_deletes_gone_connections_and_logs_its_result(
    world: World, gas: Business, audience: list[str], logged: io.StringIO
) -> None:
    office = world.connect(gas.staff)
    world.disconnect(office)
    ghost = audience[7]
    Connection(
        ghost,
        tenant_id=gas.tenant.id,
        user_id="u",
        role="office_staff",
        kind="delivery",
        session_id="s",
        format="standard",
        channels={"orders"},
        connected_at=0,
        last_seen_at=0,
        next_message_at=0,
        token_expires_at=0,
        expires_at=2**31,
        correlation_id="c",
    ).save()
    world.gateway.answer(ghost, 410)
    publish([event(gas, 1)])
    world.deliver_chunks()
    assert Connection.count(ghost) == 0
    assert Subscription.count(channel_key(gas.tenant.id, "orders")) == AUDIENCE - 1
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    handed = next(line for line in lines if line["message"] == "fan_out_done")
    assert (handed["handed_over"], handed["sent"]) == (AUDIENCE, 0)
    chunks = [line for line in lines if line["message"] == "chunk_done"]
    assert sum(line["sent"] for line in chunks) == AUDIENCE - 1
    assert [line["correlation_ids"] for line in chunks] == [["c-1"], ["c-1"]]


def test_a_gateway_that_does_not_answer_lets_lambda_repeat_the_chunk(
    world: World, gas: Business, audience: list[str]
) -> None:
    publish([event(gas, 1)])
    for each in audience:
        world.gateway.answer(each, 0)
    invoked = list(world.functions.invoked)
    with pytest.raises(GatewayDown):
        world.deliver_chunks()
    world.functions.invoked = invoked
    world.gateway.answers.clear()
    world.deliver_chunks()
    assert received(world, audience) == {(1,): AUDIENCE}
