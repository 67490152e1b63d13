"""Posts that are left to `fan_out`, in chunks, each posted by an invocation of its own.

They are those of an audience too large for one function, and those to connections that would hold up the stream.

Chunks travel side by side: those of two batches may overtake each other, and one may come twice; so may those of
one batch with large payloads. Clients bear both: they put events in order by their cursors and drop repeats.
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
# Lambda takes 256 KB with an asynchronous invocation (1 MB since October 2025). One payload has 120 KB at most.
_MOST_BYTES: Final = 200_000
# An invocation is asked for in about 10 ms; each thread keeps a link of its own.
_THREADS: Final = 10


class Chunk(msgspec.Struct, frozen=True, array_like=True):
    """Posts as they travel. Each payload is there once, recipients name theirs by number.

    recipients: connection id, connected_at in epoch milliseconds, its payloads in their order.
    slow_since: of recipients that time out, since when, in epoch milliseconds. Functions of two versions read and
    write chunks: one without it is valid, and an older version ignores it.
    """

    tenant_id: str
    correlation_ids: tuple[str, ...]
    payloads: tuple[bytes, ...]
    recipients: tuple[tuple[str, int, tuple[int, ...]], ...]
    slow_since: dict[str, int] = {}

    @classmethod
    def of(cls, posts: Sequence[Post], tenant_id: str, correlation_ids: Sequence[str]) -> "Chunk":
        """The posts, packed."""
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
        """The posts, unpacked."""
        return [
            Post(connection_id, tuple(self.payloads[n] for n in numbers), connected_at)
            for connection_id, connected_at, numbers in self.recipients
        ]


def encoded(chunk: Chunk) -> str:
    """A chunk as text, for an invocation's JSON."""
    return base64.b64encode(zlib.compress(msgspec.msgpack.encode(chunk), 1)).decode()


def decoded(text: str) -> Chunk:
    """The chunk of such a text."""
    return msgspec.msgpack.decode(zlib.decompress(base64.b64decode(text)), type=Chunk)


def hand_over(posts: Sequence[Post], tenant_id: str, correlation_ids: Sequence[str]) -> list[Post]:
    """Has `fan_out` send the posts; returns what Lambda did not accept.

    Where Lambda's answer was lost the chunk may be sent by both.
    """
    if not posts:
        return []
    # Equally large ones: the last of all is then told soonest.
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

    aws.client("lambda")  # made before the threads: a botocore session is not for several at once
    with ThreadPoolExecutor(_THREADS) as threads:
        accepted = threads.map(lambda part: _invoke(part[1], len(part[0])), parts)
        return [post for (some, _), was in zip(parts, accepted, strict=True) if not was for post in some]


def _fitting(
    posts: Sequence[Post], tenant_id: str, correlation_ids: Sequence[str]
) -> Iterator[tuple[Sequence[Post], str]]:
    """The posts in parts that an invocation takes, each with its text."""
    text = encoded(Chunk.of(posts, tenant_id, correlation_ids))
    smallest = len(posts) == 1 and len(posts[0].payloads) == 1
    if len(text) <= _MOST_BYTES or smallest:
        yield posts, text
        return
    for half in _halves(posts):
        yield from _fitting(half, tenant_id, correlation_ids)


def _halves(posts: Sequence[Post]) -> Iterator[Sequence[Post]]:
    """The posts with half of the different payloads each; where there is only one, half of the recipients each."""
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
