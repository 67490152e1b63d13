"""Posts to API Gateway's `@connections` over HTTPS.

boto3's client costs 0.6–1.7 ms of CPU per post, and threads do not help. So this uses its own signatures, asyncio
and connections that stay open. Every post has its own deadline and does not delay other posts. A post that was
refused temporarily is repeated in later rounds, after all other posts; a connection that timed out is not tried
again in the same call.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct, structs

from chalicelib.core import clock
from chalicelib.core.logs import log
from chalicelib.realtime.concurrency import at_once
from chalicelib.realtime.gateway_connections import TIMED_OUT, UNREACHED, GatewayConnections
from chalicelib.realtime.posts import BRIEF, FIRST_ROUND, Outcome, Post
from chalicelib.realtime.signer import Credentials, payload_hash
from chalicelib.realtime.slow import SlowConnections

if TYPE_CHECKING:
    from ssl import SSLContext

# If a post waits longer, another one starts, so that slow ones do not occupy all links.
_STUCK_SECONDS: Final = 0.05
# If the gateway answers slowly in general, it is busy, and more posts and time-outs would make it worse. So a post
# counts as stuck or timed out only after this multiple of the usual time; the time-out is at most doubled.
_STUCK_ANSWERS: Final = 5
_LOST_ANSWERS: Final = 5
_MOST_EXTENDED: Final = 2
# API Gateway answers 410 for a connection whose $connect has not returned yet: only an older one is gone.
_YOUNG_MS: Final = 10_000

_OK, _GONE, _TOO_MANY, _SERVER_ERROR = 200, 410, 429, 500
# Statuses that do not depend on the payload: the connection's other payloads would be refused, too.
_STOPPING: Final = frozenset({401, 403, 404})


class _Call(Struct):
    """The state of a call, for all its rounds. answering: connections that gave any answer. logged: refused
    payloads that were logged.
    """

    hashes: dict[bytes, str]
    deadline: float
    outcome: Outcome
    answering: set[str] = set()
    asked: set[str] = set()
    logged: set[bytes] = set()


class Poster:
    """The posts of one process, over connections reused between invocations. A `Gateway`.

    trust: the accepted TLS certificates; by default the system's authorities.
    credentials: called in each round and after a refusal, so that rotated ones are used. slow: records connections
    that time out, which then get a short time-out; None to record none.
    """

    def __init__(
        self,
        endpoint: str,
        region: str,
        *,
        credentials: Callable[[], Credentials],
        now: Callable[[], datetime] = clock.now,
        pauses: Sequence[float] = BRIEF.pauses,
        post_seconds: float = BRIEF.post_seconds,
        batch_seconds: float = BRIEF.batch_seconds,
        young_tries: int = BRIEF.young_tries,
        slow: SlowConnections | None = None,
        trust: "SSLContext | None" = None,
    ) -> None:
        self._gateway_connections = GatewayConnections(endpoint, region, credentials, now, trust)
        self._now = now
        self._pauses = pauses
        self._post_seconds = post_seconds
        self._batch_seconds = batch_seconds
        self._young_tries = young_tries
        self._slow = slow
        self._loop = asyncio.new_event_loop()

    def post(self, posts: Sequence[Post]) -> Outcome:
        """Delivers each payload once or reports the failure; never raises because of a recipient.

        A connection gets its payloads one after the other, so a delayed one also delays the later ones.
        """
        return self._loop.run_until_complete(self._rounds(posts)) if posts else Outcome()

    def disconnect(self, connection_ids: Sequence[str]) -> list[str]:
        """Closes connections; returns those for which the gateway answered, including those that are gone."""
        statuses = (
            self._loop.run_until_complete(self._request_each("DELETE", connection_ids)) if connection_ids else {}
        )
        return [connection_id for connection_id, status in statuses.items() if status > 0]

    def find_gone(self, connection_ids: Sequence[str]) -> list[str]:
        """The connections for which the gateway answers 410."""
        statuses = (
            self._loop.run_until_complete(self._request_each("GET", connection_ids)) if connection_ids else {}
        )
        return [connection_id for connection_id, status in statuses.items() if status == _GONE]

    def close(self) -> None:
        """Closes all links; for tests."""
        self._gateway_connections.close()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _rounds(self, posts: Sequence[Post]) -> Outcome:
        hashes = {payload: payload_hash(payload) for post in posts for payload in post.payloads}
        outcome = Outcome()
        call = _Call(hashes, self._loop.time() + self._batch_seconds, outcome)
        waiting = list(posts)
        for tries, pause in enumerate((0.0, *self._pauses)):
            if pause:
                # Jitter, so that functions that were refused together do not retry together.
                await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311
            waiting = await self._round(waiting, call, tries)
            if not waiting or self._loop.time() >= call.deadline:
                break
        outcome.again += waiting
        outcome.failed += [post.connection_id for post in outcome.again]
        outcome.answered = bool(call.answering)
        outcome.silent = sorted(call.asked - call.answering)
        return outcome

    async def _round(self, posts: Sequence[Post], call: _Call, tries: int) -> list[Post]:
        """Tries each post once; returns those to repeat. tries: the number of rounds before."""
        repeated: list[Post] = []
        outcome = call.outcome
        outcome.refused = 0
        self._gateway_connections.renew_credentials()

        async def serve(post: Post) -> None:
            refused = False
            for n, payload in enumerate(post.payloads):
                if self._loop.time() >= call.deadline:
                    repeated.append(_rest(post, n))
                    return
                status = await self._post(post, payload, call)
                if status == _OK:
                    continue
                if status == _GONE and self._age(post) >= _YOUNG_MS:
                    outcome.gone.append(post.connection_id)
                elif status == TIMED_OUT or (status == _GONE and tries >= self._young_tries):
                    outcome.again.append(_rest(post, n))
                elif status in (UNREACHED, _GONE, _TOO_MANY) or status >= _SERVER_ERROR:
                    outcome.refused += status == _TOO_MANY
                    repeated.append(_rest(post, n))
                elif status in _STOPPING:
                    outcome.failed.append(post.connection_id)
                else:
                    # 400, 413: only this payload is refused; continue with the next ones.
                    refused = True
                    _log_refused(post, payload, status, call)
                    continue
                return
            if refused:
                outcome.failed.append(post.connection_id)
            else:
                outcome.sent += 1

        connections = self._gateway_connections
        await at_once(serve, posts, lambda: max(_STUCK_SECONDS, _STUCK_ANSWERS * connections.usual_seconds))
        return repeated

    async def _post(self, post: Post, payload: bytes, call: _Call) -> int:
        """The gateway's status, or UNREACHED or TIMED_OUT; records which connections answered."""
        id_ = post.connection_id
        is_slow = self._slow is not None and self._slow.since(id_) is not None
        least = min(self._post_seconds, FIRST_ROUND.post_seconds) if is_slow else self._post_seconds

        def seconds() -> float:
            return max(least, min(_LOST_ANSWERS * self._gateway_connections.usual_seconds, _MOST_EXTENDED * least))

        status = await self._gateway_connections.request("POST", id_, payload, call.hashes[payload], seconds)
        call.asked.add(id_)
        if status > 0:
            call.answering.add(id_)
        if self._slow is not None and status == TIMED_OUT:
            self._slow.mark(id_)
        elif self._slow is not None and status > 0:
            self._slow.clear(id_)
        return status

    async def _request_each(self, method: str, connection_ids: Sequence[str]) -> dict[str, int]:
        """The gateway's status, or UNREACHED or TIMED_OUT, by connection, for requests without a body."""
        digest = payload_hash(b"")
        statuses: dict[str, int] = {}
        self._gateway_connections.renew_credentials()

        async def request(connection_id: str) -> None:
            statuses[connection_id] = await self._gateway_connections.request(
                method, connection_id, b"", digest, lambda: self._post_seconds
            )

        await at_once(request, connection_ids, lambda: _STUCK_SECONDS)
        return statuses

    def _age(self, post: Post) -> int:
        return clock.epoch_ms(self._now()) - post.connected_at


def _rest(post: Post, n: int) -> Post:
    """The post from its nth payload on."""
    return structs.replace(post, payloads=post.payloads[n:])


class _MessageType(Struct):
    type: str = ""


def _log_refused(post: Post, payload: bytes, status: int, call: _Call) -> None:
    """Writes one line for each refused payload of a call, however many connections it was for."""
    if payload in call.logged:
        return
    call.logged.add(payload)
    try:
        event_type = msgspec.json.decode(payload, type=_MessageType).type
    except msgspec.MsgspecError:
        event_type = ""
    fields = {"connection_id": post.connection_id, "status": status, "event_type": event_type}
    log.warning("payload_refused", extra={**fields, "bytes": len(payload)})
