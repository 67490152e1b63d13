"""Announcements: events that staff or a schedule publish in a channel. The stream of their rows sends them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from chalicelib.auth.principal import CUSTOMER, STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import epoch, new_id, wire
from chalicelib.core.errors import Invalid, TooLarge
from chalicelib.models.announcement import Announcement
from chalicelib.models.lookup import get_row
from chalicelib.models.user import User
from chalicelib.realtime.channels import parsed
from chalicelib.realtime.events import Event
from chalicelib.realtime.formats import EVENT_TYPES

MOST_DATA_BYTES: Final = 16 * 1024
# They are sent within a second; the rows are stored longer for troubleshooting.
_RETENTION: Final = timedelta(days=2)
_SCHEDULE: Final = "schedule"

EventType = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.]{0,63}\Z")]


def reserved_types() -> frozenset[str]:
    """The types that staff may not publish, because clients would mistake them for the server's.

    `notification` is allowed.
    """
    from chalicelib.realtime.server_messages import SERVER_MESSAGES, type_of  # noqa: PLC0415 - schedules need none

    return (EVENT_TYPES | set(map(type_of, SERVER_MESSAGES))) - {"notification"}


@rule(roles=STAFF)
def announce(
    principal: Principal, channel: str, type_: str, data: dict[str, Any], *, correlation_id: str, now: datetime
) -> str:
    """Stores an announcement in the principal's tenant and returns its id, which is also the event's.

    Raises Invalid for an unknown channel or a reserved type, and TooLarge.
    """
    parsed(channel)
    if type_ in reserved_types():
        raise Invalid(("type", "one of the server's own"))
    return _store(principal, channel, type_, data, correlation_id, now)


@rule(roles=STAFF)
def announce_to_user(
    principal: Principal, user_id: str, type_: str, data: dict[str, Any], *, correlation_id: str, now: datetime
) -> str:
    """As `announce`, in the channel of one user. Also raises NotFound."""
    user = get_row(User, principal.tenant_id, user_id, "user")
    return announce(principal, f"user:{user.id}", type_, data, correlation_id=correlation_id, now=now)


# Customers, too, because they change their own opt-out.
@rule(roles=STAFF | {CUSTOMER})
def announce_change(
    principal: Principal, type_: str, ids: dict[str, str], *, correlation_id: str, now: datetime
) -> None:
    """Notifies the office that a customer or an SMS has changed. ids: of the changed record."""
    _store(principal, "customers", type_, ids, correlation_id, now)


def announce_once(
    tenant_id: str,
    id_: str,
    channel: str,
    type_: str,
    data: dict[str, Any],
    *,
    correlation_id: str,
    now: datetime,
    stored_for: timedelta,
) -> bool:
    """Stores a schedule's announcement. Returns False if one with this id is already stored."""
    row = Announcement(
        tenant_id,
        id_,
        channel=channel,
        type=type_,
        data=msgspec.json.encode(data).decode(),
        made_by=_SCHEDULE,
        created_at=wire(now),
        correlation_id=correlation_id,
        expires_at=epoch(now + stored_for),
    )
    return row.save_if(Announcement.id.does_not_exist())


def event_of(row: Announcement) -> Event:
    """The event of an announcement."""
    return Event(
        id=row.id,
        type=row.type,
        tenant_id=row.tenant_id,
        channels=(row.channel,),
        data=msgspec.json.decode(row.data, type=dict[str, Any]),
        timestamp=row.created_at,
        correlation_id=row.correlation_id,
    )


def _store(
    principal: Principal, channel: str, type_: str, data: Mapping[str, Any], correlation_id: str, now: datetime
) -> str:
    text = msgspec.json.encode(data)
    if len(text) > MOST_DATA_BYTES:
        raise TooLarge(f"`data` may have {MOST_DATA_BYTES} bytes at most.")
    row = Announcement(
        principal.tenant_id,
        new_id(),
        channel=channel,
        type=type_,
        data=text.decode(),
        made_by=principal.user_id,
        created_at=wire(now),
        correlation_id=correlation_id,
        expires_at=epoch(now + _RETENTION),
    )
    row.save()
    return row.id
