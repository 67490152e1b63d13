"""A failing gateway does not delay other connections; over TLS, only the right one receives posts."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import trustme

from chalicelib.realtime.poster import Poster
from chalicelib.realtime.posts import Outcome, Post
from chalicelib.realtime.signer import Credentials
from tests.raw_gateway import OK, Behaviour, RawGateway

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
OTHERS = 200


@contextmanager
def poster(url: str, *, post_seconds: float = 5.0, trust: ssl.SSLContext | None = None) -> Iterator[Poster]:
    gateway = Poster(
        url,
        "r",
        credentials=lambda: Credentials("id", "key", None),
        now=lambda: NOW,
        pauses=(0.01, 0.01),
        post_seconds=post_seconds,
        trust=trust,
    )
    try:
        yield gateway
    finally:
        gateway.close()


def posts(*connection_ids: str) -> list[Post]:
    return [Post(each, (b"{}",), 0) for each in connection_ids]


async def never(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def not_http(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01 what is this\r\n\r\n")
    await asyncio.Event().wait()


async def a_status_that_is_none(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 \xf0\x9f\x98\x80 OK\r\n\r\n")
    await asyncio.Event().wait()


async def a_length_that_is_none(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")
    await asyncio.Event().wait()


async def a_head_without_end(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"X-Filler: " + b"x" * 1000 + b"\r\n")
        await writer.drain()


async def a_reset(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def half_a_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-")
    await writer.drain()
    writer.close()


async def half_a_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 500 Oh\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()
    writer.close()


async def a_body_that_trickles(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 500 Oh\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b"x")
        await asyncio.sleep(0.2)


TROUBLES = [
    never,
    not_http,
    a_status_that_is_none,
    a_length_that_is_none,
    a_head_without_end,
    a_reset,
    half_a_head,
    half_a_body,
    a_body_that_trickles,
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda each: each.__name__)
def test_one_failing_connection_fails_and_all_others_receive_the_post(trouble: Behaviour) -> None:
    async def behave(head: bytes, writer: asyncio.StreamWriter) -> None:
        if b"/troubled " in head:
            await trouble(writer)  # type: ignore[call-arg,arg-type]
        writer.write(OK)

    with RawGateway.running(behave) as raw, poster(f"http://127.0.0.1:{raw.port}", post_seconds=0.5) as gateway:
        outcome = gateway.post(posts("troubled", *[f"fine-{n}" for n in range(OTHERS)]))
    assert (outcome.sent, outcome.failed, outcome.gone, outcome.answered) == (OTHERS, ["troubled"], [], True)


def test_a_body_without_end_is_not_read() -> None:
    """Only the status is used; the connection is closed without reading the rest of the answer."""

    async def behave(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 1000)
            await writer.drain()

    with RawGateway.running(behave) as raw, poster(f"http://127.0.0.1:{raw.port}") as gateway:
        outcome = gateway.post(posts("a", "b"))
    assert (outcome.sent, outcome.failed) == (2, [])


def test_a_chunked_answer_counts_by_its_status() -> None:
    async def behave(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")

    with RawGateway.running(behave) as raw, poster(f"http://127.0.0.1:{raw.port}") as gateway:
        outcome = gateway.post(posts("a", "b"))
    assert sorted(outcome.gone) == ["a", "b"]


def test_a_gateway_that_wants_each_connection_closed_gets_a_new_one_for_each() -> None:
    async def behave(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    with RawGateway.running(behave) as raw, poster(f"http://127.0.0.1:{raw.port}") as gateway:
        outcome = gateway.post(posts(*[f"c{n}" for n in range(50)]))
    assert (outcome.sent, raw.served) == (50, 50)


def over_tls(authority: trustme.CA, name: str, trusted: trustme.CA | None) -> tuple[Outcome, int]:
    """Three posts to a TLS server whose certificate is for `name`. Returns their results, and how many it read.

    trusted: the authority that the gateway believes; None for the system's.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    trust = None
    if trusted is not None:
        trust = ssl.create_default_context()
        trusted.configure_trust(trust)

    async def behave(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)

    with (
        RawGateway.running(behave, context) as raw,
        poster(f"https://127.0.0.1:{raw.port}/api", trust=trust) as gateway,
    ):
        return gateway.post(posts("a", "b", "c")), raw.served


def test_over_tls_every_connection_receives_the_post() -> None:
    authority = trustme.CA()
    outcome, served = over_tls(authority, "127.0.0.1", authority)
    assert (outcome.sent, served) == (3, 3)


@pytest.mark.parametrize("stranger", ["another_authority", "another_name", "nobodys_authority"])
def test_a_server_with_an_unknown_certificate_receives_nothing(stranger: str) -> None:
    authority = trustme.CA()
    outcome, served = {
        "another_authority": lambda: over_tls(trustme.CA(), "127.0.0.1", authority),
        "another_name": lambda: over_tls(authority, "gas.example", authority),
        "nobodys_authority": lambda: over_tls(authority, "127.0.0.1", None),
    }[stranger]()
    assert (outcome.sent, sorted(outcome.failed), outcome.answered, served) == (0, ["a", "b", "c"], False, 0)
