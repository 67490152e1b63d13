"""Events: what is logged and sent, before it is put into anybody's vocabulary."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

if TYPE_CHECKING:
    from chalicelib.models.order import Order
    from chalicelib.models.route import Route

# An event's channels: the log appends it in one transaction of 100 items, which are a head and a row per channel
# and a claim.
MOST_CHANNELS: Final = 49


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened in a tenant.

    id: stable under repeats. type: the word of the `standard` format. channels: where it is heard. data: JSON
    values; every format takes what it needs from it. timestamp: when it happened, on the wire's form.
    correlation_id: of the request behind it, for the logs.
    """

    id: str
    type: str
    tenant_id: str
    channels: tuple[str, ...]
    data: Mapping[str, Any]
    timestamp: str
    correlation_id: str = ""


class Stamped(Struct, frozen=True):
    """An event with its numbers: its cursor in each of its channels; empty where it is not logged."""

    event: Event
    cursors: Mapping[str, int]


def to_users(
    row: "Order | Route", id_: str, type_: str, user_ids: Sequence[str], data: Mapping[str, Any]
) -> Iterator[Event]:
    """An event of a changed row on users' own channels: one, or several for very many users."""
    for start in range(0, len(user_ids), MOST_CHANNELS):
        yield Event(
            id=id_ + (f"-{start}" if start else ""),
            type=type_,
            tenant_id=row.tenant_id,
            channels=tuple(f"user:{user_id}" for user_id in user_ids[start : start + MOST_CHANNELS]),
            data=data,
            timestamp=row.updated_at,
            correlation_id=row.correlation_id,
        )
