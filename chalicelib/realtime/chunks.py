"""Chunks of posts for `fan_out`, each sent by a separate invocation.

They are posts for an audience too large for one function, and posts to connections that would delay the stream.

Chunks are sent in parallel: chunks of two batches, or of one batch with large payloads, may arrive in another
order, and one may be sent twice. Clients handle both: they sort events by their cursors and drop repeats.
"""

import base64
import zlib
from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import structs

from chalicelib.core import aws
from chalicelib.core.logs import log
from chalicelib.core.settings import settings
from chalicelib.realtime.posts import Post
from chalicelib.realtime.slow import slow_connections

# One function posts to these in about a quarter of a second.
MOST_POSTS: Final = 1_000
# Lambda accepts 256 KB with an asynchronous invocation (1 MB since October 2025). A payload has at most 120 KB.
_MOST_BYTES: Final = 200_000
# Starting an invocation takes about 10 ms; each thread uses its own HTTP connection.
_THREADS: Final = 10


class Chunk(msgspec.Struct, frozen=True, array_like=True):
    """Posts in the form sent to Lambda. Each payload is contained once; recipients refer to it by number.

    recipients: connection id, connected_at in epoch milliseconds, its payloads in order.
    slow_since: for recipients that time out: since when, in epoch milliseconds. Functions of two versions read and
    write chunks: a chunk without it is valid, and an older version ignores it.
    """

    tenant_id: str
    correlation_ids: tuple[str, ...]
    payloads: tuple[bytes, ...]
    recipients: tuple[tuple[str, int, tuple[int, ...]], ...]
    slow_since: dict[str, int] = {}

    @classmethod
    def of(cls, posts: Sequence[Post], tenant_id: str, correlation_ids: Sequence[str]) -> "Chunk":
        """A chunk of these posts."""
        numbers: dict[bytes, int] = {}
        recipients = tuple(
            (
                post.connection_id,
                post.connected_at,
                tuple(numbers.setdefault(payload, len(numbers)) for payload in post.payloads),
            )
            for post in posts
        )
        slow = slow_connections()
        slow_since = {
            post.connection_id: since for post in posts if (since := slow.since(post.connection_id)) is not None
        }
        return cls(tenant_id, tuple(correlation_ids), tuple(numbers), recipients, slow_since)

    @property
    def posts(self) -> list[Post]:
        """The posts of the chunk."""
        return [
            Post(connection_id, tuple(self.payloads[n] for n in numbers), connected_at)
            for connection_id, connected_at, numbers in self.recipients
        ]


def encoded(chunk: Chunk) -> str:
    """The chunk as text, for an invocation's JSON."""
    return base64.b64encode(zlib.compress(msgspec.msgpack.encode(chunk), 1)).decode()


def decoded(text: str) -> Chunk:
    """The chunk of a text made by `encoded`."""
    return msgspec.msgpack.decode(zlib.decompress(base64.b64decode(text)), type=Chunk)


def hand_over(posts: Sequence[Post], tenant_id: str, correlation_ids: Sequence[str]) -> list[Post]:
    """Hands the posts to `fan_out`; returns those that Lambda did not accept.

    If Lambda's answer was lost, both `fan_out` and the caller may send a chunk.
    """
    if not posts:
        return []
    # Chunks of equal size, so that the last recipient receives its post as early as possible.
    size = ceil(len(posts) / ceil(len(posts) / MOST_POSTS))
    parts = [
        part
        for start in range(0, len(posts), size)
        for part in _fitting(posts[start : start + size], tenant_id, correlation_ids)
    ]
    if len(parts) == 1:
        [(some, text)] = parts
        return [] if _invoke(text, len(some)) else list(some)
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 — for large audiences only

    aws.client("lambda")  # made before the threads, because a botocore session is not thread-safe
    with ThreadPoolExecutor(_THREADS) as threads:
        accepted = threads.map(lambda part: _invoke(part[1], len(part[0])), parts)
        return [post for (some, _), was in zip(parts, accepted, strict=True) if not was for post in some]


def _fitting(
    posts: Sequence[Post], tenant_id: str, correlation_ids: Sequence[str]
) -> Iterator[tuple[Sequence[Post], str]]:
    """The posts in groups that fit an invocation, each with its text."""
    text = encoded(Chunk.of(posts, tenant_id, correlation_ids))
    smallest = len(posts) == 1 and len(posts[0].payloads) == 1
    if len(text) <= _MOST_BYTES or smallest:
        yield posts, text
        return
    for half in _halves(posts):
        yield from _fitting(half, tenant_id, correlation_ids)


def _halves(posts: Sequence[Post]) -> Iterator[Sequence[Post]]:
    """Two groups with half of the distinct payloads each; with one payload, half of the recipients each."""
    payloads = list(dict.fromkeys(payload for post in posts for payload in post.payloads))
    middle = len(payloads) // 2
    if middle == 0:
        yield posts[: len(posts) // 2]
        yield posts[len(posts) // 2 :]
        return
    for half in (set(payloads[:middle]), set(payloads[middle:])):
        own = (
            structs.replace(post, payloads=tuple(each for each in post.payloads if each in half)) for post in posts
        )
        yield [post for post in own if post.payloads]


def _invoke(text: str, recipients: int) -> bool:
    try:
        aws.client("lambda").invoke(
            FunctionName=settings().fan_out_function,
            InvocationType="Event",
            Payload=msgspec.json.encode({"chunk": text}),
        )
    except (BotoCoreError, ClientError):
        log.warning("chunk_not_taken", extra={"recipients": recipients}, exc_info=True)
        return False
    return True
