"""Posts messages to WebSocket connections through API Gateway's `@connections`.

boto3's client costs 0.6–1.7 ms of CPU a post and threads do not help it; so: own signatures, asyncio, connections
that stay open. Every post has its own deadline, so one bad connection delays no other. What failed in a way that
may pass is tried again in later rounds, after everybody else had their turn.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final
from urllib.parse import quote

from chalicelib import aws, clock
from chalicelib.realtime.http11 import Link, Origin
from chalicelib.realtime.signer import Credentials, payload_hash, signed_headers
from chalicelib.settings import settings

# API Gateway answers in about 10 ms; what takes seconds is lost.
_POST_SECONDS: Final = 3.0
_PAUSES: Final = (0.05, 0.2, 0.8)
_WORKERS: Final = 64
# API Gateway answers 410 for a connection whose $connect has not returned yet.
_YOUNG_MS: Final = 10_000
_OK, _GONE, _TOO_MANY, _SERVER_ERROR = 200, 410, 429, 500


@dataclass(frozen=True, slots=True)
class Post:
    """A payload for a connection. connected_at: epoch milliseconds, to tell young from gone."""

    connection_id: str
    payload: bytes
    connected_at: int


@dataclass(slots=True)
class Outcome:
    """What became of the posts: how many were sent, which connections are gone, which failed.

    answered: whether the gateway said anything at all, be it a refusal.
    """

    sent: int = 0
    answered: bool = False
    gone: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


class Gateway:
    """The posts of one process, over links kept between invocations.

    credentials: called once per batch, so that rotated ones are picked up.
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
    ) -> None:
        self._origin = Origin.of(endpoint)
        self._region = region
        self._credentials = credentials
        self._now = now
        self._pauses = pauses
        self._post_seconds = post_seconds
        self._loop = asyncio.new_event_loop()
        self._idle: list[Link] = []
        self._ssl = None
        if self._origin.tls:
            from ssl import create_default_context  # noqa: PLC0415 — 10 ms that a local stack never needs

            self._ssl = create_default_context()

    def post(self, posts: Sequence[Post]) -> Outcome:
        """Delivers each payload once or says why not; never raises for a recipient's sake."""
        return self._loop.run_until_complete(self._rounds(posts)) if posts else Outcome()

    def close(self) -> None:
        """Hangs up everything; for tests."""
        while self._idle:
            self._idle.pop().close()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _rounds(self, posts: Sequence[Post]) -> Outcome:
        outcome = Outcome()
        hashes = {post.payload: payload_hash(post.payload) for post in posts}
        credentials = self._credentials()
        waiting = list(posts)
        for pause in (0.0, *self._pauses):
            if pause:
                # Full jitter, so that functions that were refused together do not come back together.
                await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311
            waiting = await self._round(waiting, hashes, credentials, outcome)
            if not waiting:
                return outcome
        outcome.failed += [post.connection_id for post in waiting]
        return outcome

    async def _round(
        self, posts: Sequence[Post], hashes: dict[bytes, str], credentials: Credentials, outcome: Outcome
    ) -> list[Post]:
        """Posts each once; returns those worth another try."""
        again: list[Post] = []
        jobs = iter(posts)

        async def work() -> None:
            for post in jobs:
                status = await self._deliver(post, hashes[post.payload], credentials)
                outcome.answered = outcome.answered or status is not None
                if status == _OK:
                    outcome.sent += 1
                elif status == _GONE and not self._young(post):
                    outcome.gone.append(post.connection_id)
                elif status in (None, _GONE, _TOO_MANY) or status >= _SERVER_ERROR:
                    again.append(post)
                else:
                    outcome.failed.append(post.connection_id)

        await asyncio.gather(*(work() for _ in range(min(_WORKERS, len(posts)))))
        return again

    def _young(self, post: Post) -> bool:
        return self._now().timestamp() * 1000 - post.connected_at < _YOUNG_MS

    async def _deliver(self, post: Post, digest: str, credentials: Credentials) -> int | None:
        """The gateway's status, None where it did not answer."""
        head = self._head(post, digest, credentials)
        while True:
            link = self._idle.pop() if self._idle else None
            kept = link is not None
            try:
                async with asyncio.timeout(self._post_seconds):
                    link = link or await Link.open(self._origin, self._ssl)
                    status, _ = await link.post(head, post.payload)
            except (ConnectionError, asyncio.IncompleteReadError):
                if kept:
                    # The gateway hung up while we were frozen: not this post's fault.
                    continue
                return None
            except (OSError, TimeoutError, ValueError, asyncio.LimitOverrunError):
                return None
            finally:
                if link is not None and link.reusable:
                    self._idle.append(link)
                elif link is not None:
                    link.close()
            return status

    def _head(self, post: Post, digest: str, credentials: Credentials) -> bytes:
        path = f"{self._origin.path}/@connections/{quote(post.connection_id, safe='')}"
        host = self._origin.host_header
        signature = signed_headers(
            credentials,
            region=self._region,
            host=host,
            path=path,
            payload_sha256=digest,
            now=self._now(),
        )
        lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(post.payload)}"]
        lines += [f"{name}: {value}" for name, value in signature.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _frozen_credentials() -> Credentials:
    frozen = aws.session().get_credentials().get_frozen_credentials()
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token)


@cache
def gateway() -> Gateway:
    """The gateway of this process."""
    return Gateway(settings().ws_endpoint, settings().region, credentials=_frozen_credentials)
