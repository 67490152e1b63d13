"""What is posted to WebSocket connections, and what became of it. `poster.py` does it."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from chalicelib import aws
from chalicelib.models.connection import Connection, Subscription
from chalicelib.settings import settings

if TYPE_CHECKING:
    from chalicelib.realtime.poster import Poster


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

    answered: whether the gateway said anything at all, be it a refusal.
    """

    sent: int = 0
    answered: bool = False
    gone: list[str] = []
    failed: list[str] = []


class Gateway(Protocol):
    """Whatever posts messages to connections and closes them."""

    def post(self, posts: Sequence[Post]) -> Outcome:
        """Delivers each payload once or says why not; never raises for a recipient's sake.

        A connection gets its payloads one after the other: what one of them waits for, the later ones wait for.
        """

    def disconnect(self, connection_ids: Sequence[str]) -> None:
        """Closes connections, as far as the gateway answers; one that is gone is closed already."""


@cache
def gateway() -> "Poster":
    """The gateway of this process."""
    # A tenth of a cold start, asyncio most of it, that functions without a post never need.
    from chalicelib.realtime.poster import Poster  # noqa: PLC0415
    from chalicelib.realtime.signer import Credentials  # noqa: PLC0415

    def credentials() -> Credentials:
        frozen = aws.session().get_credentials().get_frozen_credentials()
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    return Poster(settings().ws_endpoint, settings().region, credentials=credentials)
