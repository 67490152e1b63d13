"""`/v1/realtime` and `/v1/events`: lists connections, publishes events, and reads events over HTTPS."""

from typing import Annotated, Any

import msgspec
from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.pages import Page
from chalicelib.api.request import ApiRequest
from chalicelib.api.wire import MOST_ANSWER_BYTES, answer_bytes
from chalicelib.auth.principal import DISPLAY, GUESTS, ROLES, STAFF
from chalicelib.core.clock import now
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.fields import Part, ShortText, one_of
from chalicelib.realtime import inbox, overview
from chalicelib.realtime.announcements import EventType, announce, announce_to_user
from chalicelib.realtime.channel_access import check_may_watch
from chalicelib.realtime.formats import FORMATS, default_format, render, variant
from chalicelib.realtime.limits import HIGHEST_CURSOR
from chalicelib.realtime.replay import replay

bp = Blueprint(__name__)


class Message(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The event to send."""

    type: EventType
    data: dict[str, Any]


class Publication(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The event to publish, and its channel."""

    channel: ShortText
    type: EventType
    data: dict[str, Any]


class Seen(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """cursor: the number of the last of their own messages that the caller has seen. epoch: of that cursor."""

    channel: ShortText
    cursor: Annotated[int, Meta(ge=0, le=HIGHEST_CURSOR)]
    epoch: ShortText | None = None


class SeenAccepted(msgspec.Struct, frozen=True):
    """The stored cursor, which never decreases, and its epoch."""

    channel: str
    cursor: int
    epoch: str


class EventQuery(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Selects a channel's events after the cursor `since`. epoch: of that cursor."""

    channel: ShortText
    since: Annotated[int, Meta(ge=0, le=HIGHEST_CURSOR)]
    epoch: ShortText | None = None
    format: Annotated[ShortText, one_of(sorted(FORMATS))] | None = None


class Announced(msgspec.Struct, frozen=True):
    """The id that the event will have."""

    id: str


class Events(msgspec.Struct, frozen=True):
    """Messages as the WebSocket sends them, up to the number `cursor`.

    recovered: whether none is missing after `since`. more: further events are stored; request them with
    `since` = `cursor`.
    """

    items: list[dict[str, Any]]
    cursor: int
    epoch: str
    recovered: bool
    more: bool


@endpoint(bp, "/v1/realtime/status", "GET", roles=STAFF)
def status(request: ApiRequest) -> Answer[overview.Counts]:
    """The number of connections by role, channel and format."""
    return Answer(overview.counts(request.principal))


@endpoint(bp, "/v1/realtime/connections", "GET", roles=STAFF)
def list_connections(request: ApiRequest, query: Part) -> Answer[Page[overview.ConnectionView]]:
    """The open connections."""
    rows, next_cursor = overview.page_of(request.principal, limit=query.limit, cursor=query.cursor)
    names = overview.names_of(request.principal.tenant_id, rows)
    return Answer(Page([overview.connection_view(row, names) for row in rows], next_cursor))


@endpoint(bp, "/v1/realtime/publish", "POST", roles=STAFF, status=202)
def publish(request: ApiRequest, body: Publication) -> Answer[Announced]:
    """Publishes an event to all subscribers of a channel."""
    return _announced(request, body.channel, body.type, body.data)


@endpoint(bp, "/v1/realtime/users/{user_id}/send", "POST", roles=STAFF, status=202)
def send(request: ApiRequest, body: Message) -> Answer[Announced]:
    """Sends an event to all connections of one user."""
    id_ = announce_to_user(
        request.principal,
        request.path["user_id"],
        body.type,
        body.data,
        correlation_id=request.correlation_id,
        now=now(),
    )
    return Answer(Announced(id_))


@endpoint(bp, "/v1/realtime/seen", "POST", roles=ROLES)
def accept_seen(request: ApiRequest, body: Seen) -> Answer[SeenAccepted]:
    """Stores up to where the caller has seen their own messages; those are not delivered again."""
    stored = inbox.accept_seen(request.principal, body.channel, body.cursor, body.epoch, now=now())
    return Answer(SeenAccepted(body.channel, stored.cursor, stored.epoch))


@endpoint(bp, "/v1/events", "GET", roles=ROLES | GUESTS | {DISPLAY}, errors={NotFound})
def list_events(request: ApiRequest, query: EventQuery) -> Answer[Events]:
    """Stored events of a channel: those that `subscribe` with `since` replays."""
    format_ = query.format or default_format(request.principal.kind)
    if format_ not in FORMATS:
        raise Invalid(("format", f"one of {', '.join(sorted(FORMATS))}"))
    check_may_watch(request.principal, query.channel)
    format_ = variant(format_, request.principal.role)
    missed = replay(request.principal.tenant_id, query.channel, query.since, query.epoch)
    items: list[dict[str, Any]] = []
    cursor, more, left = missed.head.cursor, missed.more, MOST_ANSWER_BYTES
    for each in missed.events:
        message = render(each.event, each.cursors, format_)
        if message is None:
            continue
        left -= answer_bytes(message)
        if left < 0:
            cursor, more = each.cursors[query.channel] - 1, True
            break
        items.append(message)
    return Answer(
        Events(items=items, cursor=cursor, epoch=missed.head.epoch, recovered=missed.recovered, more=more)
    )


def _announced(request: ApiRequest, channel: str, type_: str, data: dict[str, Any]) -> Answer[Announced]:
    correlation_id = request.correlation_id
    id_ = announce(request.principal, channel, type_, data, correlation_id=correlation_id, now=now())
    return Answer(Announced(id_))
