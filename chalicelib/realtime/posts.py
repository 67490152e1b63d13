"""What is posted to WebSocket connections, what became of it, and how long it may take. `poster.py` does it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec
from msgspec import Struct

from chalicelib.models.connection import Connection, Subscription


def encoded(message: Any) -> bytes:
    """A message as it goes over the wire."""
    return msgspec.json.encode(message)


class Post(Struct, frozen=True):
    """Payloads for a connection, in their order.

    connected_at: epoch milliseconds, to tell young from gone.
    """

    connection_id: str
    payloads: tuple[bytes, ...]
    connected_at: int

    @classmethod
    def to(cls, row: Connection | Subscription, *payloads: bytes) -> "Post":
        """Payloads for whom a row names."""
        return cls(row.connection_id, payloads, int(row.connected_at))


class Outcome(Struct):
    """What became of the posts: to how many connections all was sent, which are gone, which failed.

    answered: whether the gateway said anything at all, be it a refusal. again: what the failed did not get, where
    another try may succeed. refused: of those, how many answered 429. silent: the connections that gave no answer.
    """

    sent: int = 0
    answered: bool = False
    gone: list[str] = []
    failed: list[str] = []
    again: list[Post] = []
    refused: int = 0
    silent: list[str] = []

    def part(self, posts: Sequence[Post]) -> "Outcome":
        """The part that is about these posts, at most one for each connection; without `refused`."""
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
    """A tenant's clients are connected, but the gateway does not answer at all: the events must come again."""


class NotPublished(RuntimeError):
    """Events of some tenants could not be logged or delivered; those of all others were.

    by_tenant: why, by tenant id: LogContended, GatewayDown and others. Repeated, events keep their numbers.
    """

    def __init__(self, failures: Mapping[str, Sequence[Exception]]) -> None:
        super().__init__(f"events of {len(failures)} tenants not published")
        self.by_tenant = {
            tenant_id: ExceptionGroup("events not published", errors) for tenant_id, errors in failures.items()
        }


class Gateway(Protocol):
    """Whatever posts messages to connections and closes them."""

    def post(self, posts: Sequence[Post]) -> Outcome:
        """Delivers each payload once or says why not; never raises for a recipient's sake.

        A connection gets its payloads one after the other: what one of them waits for, the later ones wait for.
        """

    def find_gone(self, connection_ids: Sequence[str]) -> Sequence[str]:
        """Those connections that the gateway does not have any more. One that it gives no answer for is not
        among them.
        """

    def disconnect(self, connection_ids: Sequence[str]) -> Sequence[str]:
        """Closes connections; returns those that the gateway answered for. One that is gone is closed already."""


class Patience(Struct, frozen=True):
    """How long posts may take. post_seconds: the answer to one. batch_seconds: all of a call. pauses: seconds
    between the rounds in which posts are repeated that were refused for a reason that may pass. young_tries: in
    how many of these rounds a connection is tried again whose $connect may not have returned yet.
    """

    post_seconds: float
    batch_seconds: float
    pauses: tuple[float, ...]
    young_tries: int


# The first round of a stream's batch. API Gateway answers in about 10 ms; what takes longer is left to `fan_out`.
FIRST_ROUND: Final = Patience(0.25, 5.0, (), 0)
# Welcomes, answers, closings. With a first round at most half of the 30 seconds that a function has. A young
# connection is tried for a quarter of a second: the other clients' welcomes wait meanwhile.
BRIEF: Final = Patience(1.0, 10.0, (0.05, 0.2, 0.8), 2)
# `fan_out`, which delays no stream: half of its function's 30 seconds.
PATIENT: Final = Patience(3.0, 15.0, (0.05, 0.2, 0.8, 2.0), 4)
