"""The welcome of a new connection, and the stored messages of its user that follow it."""

from datetime import datetime

from chalicelib.core.clock import from_epoch, wire
from chalicelib.models.connection import Connection
from chalicelib.realtime.formats import render, variant, welcome
from chalicelib.realtime.inbox import Unseen, own_channel, unseen
from chalicelib.realtime.log import heads
from chalicelib.realtime.posts import encoded


def first_payloads(row: Connection, *, now: datetime) -> tuple[bytes, ...]:
    """The welcome, then the events that the user has not seen, in order and in the connection's format.

    No event is missed: the subscriptions were written with the connection, *then* the heads are read, *then* the
    log up to them. Publishing appends to the log, *then* reads the subscriptions, so an event after these heads is
    posted live.
    """
    channels, own = row.channels or set(), own_channel(row)
    found = heads(row.tenant_id, channels if own is None else {*channels, own})
    missed = Unseen(0) if own is None else unseen(row, found[own], now=now)
    message = welcome(
        row.format,
        connection_id=row.connection_id,
        user_id=row.user_id,
        role=row.role,
        tenant_id=row.tenant_id,
        channels=sorted(channels),
        heads=found,
        seen={} if own is None else {own: missed.since},
        token_expires_at=wire(from_epoch(row.token_expires_at)),
        timestamp=wire(now),
    )
    format_ = variant(row.format, row.role)
    events = (render(each.event, each.cursors, format_) for each in missed.events)
    return (encoded(message), *(encoded(event) for event in events if event is not None))
