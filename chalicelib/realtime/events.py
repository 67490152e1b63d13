"""Events, independent of the formats in which they are sent."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

if TYPE_CHECKING:
    from chalicelib.models.order import Order
    from chalicelib.models.route import Route

# The most channels of an event: the log appends it in one transaction of 100 items, which are a claim, and a head
# and a row per channel.
MOST_CHANNELS: Final = 49


class Event(Struct, frozen=True, kw_only=True):
    """An event of a tenant.

    id: the same if the event is repeated. type: as in the `standard` format. channels: in which it is published.
    data: JSON values; every format uses those that it needs. timestamp: when it happened, as on the wire.
    correlation_id: of the request that caused it, for the logs.
    """

    id: str
    type: str
    tenant_id: str
    channels: tuple[str, ...]
    data: Mapping[str, Any]
    timestamp: str
    correlation_id: str = ""


class Stamped(Struct, frozen=True):
    """An event with its cursor in each of its channels; without cursors if it is not logged."""

    event: Event
    cursors: Mapping[str, int]


def to_users(
    row: "Order | Route", id_: str, type_: str, user_ids: Sequence[str], data: Mapping[str, Any]
) -> Iterator[Event]:
    """An event of a changed row in users' channels: one, or several for more than MOST_CHANNELS users."""
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
