"""Posts that a stream hands to `fan_out`, at most one invocation a second for each tenant.

Without this limit a connection that does not answer would occupy one more invocation with each batch. Posts wait
in the memory of the process. If it ends first, clients notice the gap by their cursors.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Final

from msgspec import Struct, structs

from chalicelib.core.logs import log
from chalicelib.realtime.posts import Post

_SECONDS: Final = 1.0
# The most payloads of one connection. Older ones are in the channels' logs.
_MOST_PAYLOADS: Final = 64


class Waiting(Struct):
    """A tenant's waiting posts, by connection, and the correlation ids of their requests."""

    tenant_id: str
    posts: dict[str, Post] = {}
    correlation_ids: set[str] = set()


class Backlog:
    """The posts that this process has not handed over yet. clock: monotonic, in seconds."""

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
        """Removes and returns the posts that may be handed over now: all of a tenant, once a second."""
        now = self._clock()
        self._next = {tenant_id: at for tenant_id, at in self._next.items() if at > now}
        due = [self._waiting.pop(tenant_id) for tenant_id in self._waiting.keys() - self._next.keys()]
        self._next.update((each.tenant_id, now + _SECONDS) for each in due)
        return due

    def not_accepted(self, tenant_id: str) -> None:
        """Lambda did not accept a tenant's posts: they may be handed over again without waiting a second."""
        self._next.pop(tenant_id, None)


@cache
def backlog() -> Backlog:
    """The backlog of this process."""
    return Backlog()
