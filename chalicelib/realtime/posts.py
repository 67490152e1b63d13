"""Posts to WebSocket connections, their outcomes and their time limits. `poster.py` sends them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec
from msgspec import Struct

from chalicelib.models.connection import Connection, Subscription


def encoded(message: Any) -> bytes:
    """A message as JSON bytes."""
    return msgspec.json.encode(message)


class Post(Struct, frozen=True):
    """Payloads for a connection, in order.

    connected_at: epoch milliseconds, to distinguish a new connection from a closed one.
    """

    connection_id: str
    payloads: tuple[bytes, ...]
    connected_at: int

    @classmethod
    def to(cls, row: Connection | Subscription, *payloads: bytes) -> "Post":
        """A post to the connection of a row."""
        return cls(row.connection_id, payloads, int(row.connected_at))


class Outcome(Struct):
    """The outcome of posts. sent: the number of connections that received everything; gone, failed: by id.

    answered: whether the gateway gave any answer, even a refusal. again: the undelivered posts for which another
    attempt may succeed. refused: how many of those got a 429. silent: the connections without an answer.
    """

    sent: int = 0
    answered: bool = False
    gone: list[str] = []
    failed: list[str] = []
    again: list[Post] = []
    refused: int = 0
    silent: list[str] = []

    def part(self, posts: Sequence[Post]) -> "Outcome":
        """The outcome of these posts only, at most one for each connection; without `refused`."""
        ids = {post.connection_id for post in posts}
        gone = [each for each in self.gone if each in ids]
        failed = [each for each in self.failed if each in ids]
        silent = [each for each in self.silent if each in ids]
        return Outcome(
            sent=len(ids) - len(gone) - len(failed),
            answered=self.answered and len(silent) < len(ids),
            gone=gone,
            failed=failed,
            again=[post for post in self.again if post.connection_id in ids],
            silent=silent,
        )


class GatewayDown(RuntimeError):
    """The gateway answers for none of a tenant's connections; the events must be sent again."""


class NotPublished(RuntimeError):
    """Events of some tenants could not be logged or delivered; those of all others were.

    by_tenant: the errors by tenant id, such as LogContended and GatewayDown. Repeated events keep their numbers.
    """

    def __init__(self, failures: Mapping[str, Sequence[Exception]]) -> None:
        super().__init__(f"events of {len(failures)} tenants not published")
        self.by_tenant = {
            tenant_id: ExceptionGroup("events not published", errors) for tenant_id, errors in failures.items()
        }


class Gateway(Protocol):
    """Posts messages to connections and closes them."""

    def post(self, posts: Sequence[Post]) -> Outcome:
        """Delivers each payload once or reports the failure; never raises because of a recipient.

        A connection gets its payloads one after the other, so a delayed one also delays the later ones.
        """

    def find_gone(self, connection_ids: Sequence[str]) -> Sequence[str]:
        """The connections that the gateway no longer has, without those for which it does not answer."""

    def disconnect(self, connection_ids: Sequence[str]) -> Sequence[str]:
        """Closes connections; returns those for which the gateway answered, including those that are gone."""


class Patience(Struct, frozen=True):
    """The time limits of posts. post_seconds: for one answer. batch_seconds: for a whole call. pauses: seconds
    between the rounds in which temporarily refused posts are repeated. young_tries: the number of these rounds for
    a connection whose $connect may not have returned yet.
    """

    post_seconds: float
    batch_seconds: float
    pauses: tuple[float, ...]
    young_tries: int


# The first round of a stream's batch. API Gateway answers in about 10 ms; slower posts go to `fan_out`.
FIRST_ROUND: Final = Patience(0.25, 5.0, (), 0)
# Welcomes, answers, closings. Together with a first round at most half of a function's 30 seconds. A new
# connection is tried for a quarter of a second, because other clients' welcomes wait meanwhile.
BRIEF: Final = Patience(1.0, 10.0, (0.05, 0.2, 0.8), 2)
# `fan_out`, which delays no stream: half of its function's 30 seconds.
PATIENT: Final = Patience(3.0, 15.0, (0.05, 0.2, 0.8, 2.0), 4)
