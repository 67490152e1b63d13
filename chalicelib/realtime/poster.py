"""The gateway itself: API Gateway's `@connections`, over HTTPS.

boto3's client costs 0.6–1.7 ms of CPU a post and threads do not help it; so: own signatures, asyncio, connections
that stay open. Every post has its own deadline, so one bad connection delays no other. What failed in a way that
may pass is tried again in later rounds, after everybody else had their turn.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote

from msgspec import structs

from chalicelib import clock
from chalicelib.realtime.gateway import Outcome, Post
from chalicelib.realtime.http11 import Link, Origin, Reply
from chalicelib.realtime.signer import Credentials, Signer, payload_hash

if TYPE_CHECKING:
    from ssl import SSLContext

# API Gateway answers in about 10 ms; what takes seconds is lost.
_POST_SECONDS: Final = 3.0
# All rounds together: whoever calls has other work to do before its function's 30 seconds are over.
_BATCH_SECONDS: Final = 12.0
_PAUSES: Final = (0.05, 0.2, 0.8)
# A link that is opened for one or two posts costs more than it saves. Measured with 100 listeners, local stack:
# with 64 links 73 ms from the change to the last listener, with 16 to 20 links 56 ms.
_MOST_LINKS: Final = 96
_FEW_LINKS: Final = 16
_JOBS_PER_LINK: Final = 5
# API Gateway answers 410 for a connection whose $connect has not returned yet: a young one is asked for again, and
# only given up for gone when it has had time enough. Twice, within a quarter of a second: what it misses is in the
# log, and everybody else's events wait meanwhile.
_YOUNG_MS: Final = 10_000
_YOUNG_TRIES: Final = 2
_TIME_ENOUGH_MS: Final = 2_000
T = TypeVar("T")

_OK, _FORBIDDEN, _GONE, _TOO_MANY, _SERVER_ERROR = 200, 403, 410, 429, 500


class Poster:
    """The posts of one process, over links kept between invocations. A `Gateway`.

    trust: whom to believe over TLS; the system's authorities where not said.
    credentials: called in each round and after a refusal, so that rotated ones are picked up.
    """

    def __init__(
        self,
        endpoint: str,
        region: str,
        *,
        credentials: Callable[[], Credentials],
        now: Callable[[], datetime] = clock.now,
        pauses: Sequence[float] = _PAUSES,
        post_seconds: float = _POST_SECONDS,
        batch_seconds: float = _BATCH_SECONDS,
        trust: "SSLContext | None" = None,
    ) -> None:
        self._origin = Origin.of(endpoint)
        self._signer = Signer(region, credentials, now)
        self._now = now
        self._pauses = pauses
        self._post_seconds = post_seconds
        self._batch_seconds = batch_seconds
        self._loop = asyncio.new_event_loop()
        self._deadline = 0.0
        self._idle: list[Link] = []
        self._ssl = trust
        if self._origin.tls and trust is None:
            from ssl import create_default_context  # noqa: PLC0415 — 10 ms that a local stack never needs

            self._ssl = create_default_context()

    def post(self, posts: Sequence[Post]) -> Outcome:
        """Delivers each payload once or says why not; never raises for a recipient's sake.

        A connection gets its payloads one after the other: what one of them waits for, the later ones wait for.
        """
        return self._loop.run_until_complete(self._rounds(posts)) if posts else Outcome()

    def disconnect(self, connection_ids: Sequence[str]) -> None:
        """Closes connections, as far as the gateway answers; one that is gone is closed already."""
        if connection_ids:
            self._loop.run_until_complete(self._disconnect(connection_ids))

    def close(self) -> None:
        """Hangs up everything; for tests."""
        while self._idle:
            self._idle.pop().close()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _rounds(self, posts: Sequence[Post]) -> Outcome:
        outcome = Outcome()
        hashes = {payload: payload_hash(payload) for post in posts for payload in post.payloads}
        waiting = list(posts)
        self._deadline = self._loop.time() + self._batch_seconds
        for tries, pause in enumerate((0.0, *self._pauses)):
            if pause:
                # Full jitter, so that functions that were refused together do not come back together.
                await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311
            waiting = await self._round(waiting, hashes, outcome, tries)
            if not waiting or self._loop.time() >= self._deadline:
                break
        outcome.failed += [post.connection_id for post in waiting]
        return outcome

    async def _round(
        self, posts: Sequence[Post], hashes: dict[bytes, str], outcome: Outcome, tries: int
    ) -> list[Post]:
        """Tries each once; returns what is worth another try. tries: how many there were before."""
        again: list[Post] = []
        self._signer.renew()

        async def serve(post: Post) -> None:
            for n, payload in enumerate(post.payloads):
                if self._loop.time() >= self._deadline:
                    again.append(structs.replace(post, payloads=post.payloads[n:]))
                    return
                status = await self._request("POST", post.connection_id, payload, hashes[payload])
                outcome.answered = outcome.answered or status is not None
                if status == _OK:
                    continue
                if status == _GONE and self._given_up(post, tries):
                    (outcome.gone if self._age(post) >= _TIME_ENOUGH_MS else outcome.failed).append(
                        post.connection_id
                    )
                elif status in (None, _GONE, _TOO_MANY) or status >= _SERVER_ERROR:
                    again.append(structs.replace(post, payloads=post.payloads[n:]))
                else:
                    outcome.failed.append(post.connection_id)
                return
            outcome.sent += 1

        await self._at_once(serve, posts)
        return again

    async def _disconnect(self, connection_ids: Sequence[str]) -> None:
        digest = payload_hash(b"")
        self._signer.renew()

        async def cut(connection_id: str) -> None:
            await self._request("DELETE", connection_id, b"", digest)

        await self._at_once(cut, connection_ids)

    async def _at_once(self, work: Callable[[T], Awaitable[None]], jobs: Sequence[T]) -> None:
        """Does the jobs on as many links as there may be."""
        left = iter(jobs)

        async def worker() -> None:
            for job in left:
                await work(job)

        links = min(len(jobs), max(_FEW_LINKS, len(jobs) // _JOBS_PER_LINK), _MOST_LINKS)
        await asyncio.gather(*(worker() for _ in range(links)))

    def _given_up(self, post: Post, tries: int) -> bool:
        return self._age(post) >= _YOUNG_MS or tries >= _YOUNG_TRIES

    def _age(self, post: Post) -> float:
        return self._now().timestamp() * 1000 - post.connected_at

    async def _request(self, method: str, connection_id: str, payload: bytes, digest: str) -> int | None:
        """The gateway's status, None where it did not answer."""
        signing = self._signer.current
        reply = await self._send(self._head(method, connection_id, payload, digest), payload)
        if reply is not None and reply.status == _FORBIDDEN and self._signer.refused(signing, reply.date):
            # By another clock, or with new credentials, once.
            reply = await self._send(self._head(method, connection_id, payload, digest), payload)
        return None if reply is None else reply.status

    async def _send(self, head: bytes, payload: bytes) -> Reply | None:
        while True:
            link = self._idle.pop() if self._idle else None
            kept = link is not None
            try:
                async with asyncio.timeout(self._post_seconds):
                    link = link or await Link.open(self._origin, self._ssl)
                    return await link.request(head, payload)
            except (ConnectionError, asyncio.IncompleteReadError):
                if kept:
                    # The gateway hung up while we were frozen: not this request's fault.
                    continue
                return None
            except (OSError, TimeoutError, ValueError, asyncio.LimitOverrunError):
                return None
            finally:
                if link is not None and link.reusable:
                    self._idle.append(link)
                elif link is not None:
                    link.close()

    def _head(self, method: str, connection_id: str, payload: bytes, digest: str) -> bytes:
        path = f"{self._origin.path}/@connections/{quote(connection_id, safe='')}"
        host = self._origin.host_header
        signature = self._signer.headers(method, host, path, digest)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(payload)}"]
        lines += [f"{name}: {value}" for name, value in signature.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
