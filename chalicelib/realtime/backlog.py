"""Posts that a stream leaves to `fan_out`: at most one invocation a second for each tenant.

Without a limit a connection that does not answer would occupy one more invocation with each batch. Posts wait in
the memory of the process. Where it ends before they are due, clients find the gap by their cursors.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Final

from msgspec import Struct, structs

from chalicelib.core.logs import log
from chalicelib.realtime.posts import Post

_SECONDS: Final = 1.0
# Of one connection. What is older is in the channels' logs.
_MOST_PAYLOADS: Final = 64


class Waiting(Struct):
    """A tenant's posts that wait, by connection, and the requests behind them."""

    tenant_id: str
    posts: dict[str, Post] = {}
    correlation_ids: set[str] = set()


class Backlog:
    """What this process has still to hand over. clock: seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: dict[str, Waiting] = {}
        self._next: dict[str, float] = {}

    def add(self, tenant_id: str, posts: Sequence[Post], correlation_ids: Iterable[str]) -> None:
        """Appends posts; payloads of one connection keep their order."""
        waiting = self._waiting.setdefault(tenant_id, Waiting(tenant_id))
        waiting.correlation_ids.update(correlation_ids)
        for post in posts:
            before = waiting.posts.get(post.connection_id)
            payloads = post.payloads if before is None else before.payloads + post.payloads
            if len(payloads) > _MOST_PAYLOADS:
                log.warning("backlog_full", extra={"connection_id": post.connection_id})
            waiting.posts[post.connection_id] = structs.replace(post, payloads=payloads[-_MOST_PAYLOADS:])

    def pop_due(self) -> list[Waiting]:
        """Removes and returns what may be handed over now: of each tenant all of it, once a second."""
        now = self._clock()
        self._next = {tenant_id: at for tenant_id, at in self._next.items() if at > now}
        due = [self._waiting.pop(tenant_id) for tenant_id in self._waiting.keys() - self._next.keys()]
        self._next.update((each.tenant_id, now + _SECONDS) for each in due)
        return due

    def not_accepted(self, tenant_id: str) -> None:
        """Lambda did not accept what was taken: the tenant need not wait a second until it is asked again."""
        self._next.pop(tenant_id, None)


@cache
def backlog() -> Backlog:
    """That of this process."""
    return Backlog()
