"""`/v1/realtime` and `/v1/events`: who is connected, saying something to them, and their events over HTTPS."""

from typing import Annotated, Any, Final

import msgspec
from chalice.app import Blueprint
from msgspec import Meta

from chalicelib.api.http import Answer, ApiRequest, endpoint
from chalicelib.auth.principal import ROLES, STAFF
from chalicelib.auth.users import get_user
from chalicelib.clock import now
from chalicelib.errors import Invalid
from chalicelib.fields import Cursor, PageSize, ShortText
from chalicelib.realtime import overview
from chalicelib.realtime.announcements import EventType, announce
from chalicelib.realtime.channels import check_may_watch
from chalicelib.realtime.formats import FORMATS, default_format, render
from chalicelib.realtime.replay import replay

bp = Blueprint(__name__)

# What a DynamoDB number and every JSON reader hold exactly.
_HIGHEST_CURSOR: Final = 2**53 - 1


class Page(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which part of the list."""

    limit: PageSize = 50
    cursor: Cursor | None = None


class Message(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is to be said."""

    type: EventType
    data: dict[str, Any]


class Publication(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is to be said, and where."""

    channel: ShortText
    type: EventType
    data: dict[str, Any]


class EventQuery(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What came after `since` in a channel. epoch: the one that `since` belongs to."""

    channel: ShortText
    since: Annotated[int, Meta(ge=0, le=_HIGHEST_CURSOR)]
    epoch: ShortText | None = None
    format: ShortText | None = None


@endpoint(bp, "/v1/realtime/status", "GET", roles=STAFF)
def status(request: ApiRequest) -> Answer[Any]:
    """How many are connected, by role, channel and format."""
    return Answer(overview.counts(request.principal.tenant_id))


@endpoint(bp, "/v1/realtime/connections", "GET", roles=STAFF)
def list_connections(request: ApiRequest) -> Answer[Any]:
    """Who is connected."""
    page = request.query(Page)
    rows, next_cursor = overview.page_of(request.principal.tenant_id, limit=page.limit, cursor=page.cursor)
    return Answer({"items": [overview.connection_view(row) for row in rows], "next_cursor": next_cursor})


@endpoint(bp, "/v1/realtime/publish", "POST", roles=STAFF)
def publish(request: ApiRequest) -> Answer[Any]:
    """An event to all who watch a channel."""
    wanted = request.body(Publication)
    return _announced(request, wanted.channel, wanted.type, wanted.data)


@endpoint(bp, "/v1/realtime/users/{user_id}/send", "POST", roles=STAFF)
def send(request: ApiRequest) -> Answer[Any]:
    """An event to all connections of one user."""
    wanted = request.body(Message)
    user = get_user(request.principal.tenant_id, request.path["user_id"])
    return _announced(request, f"user:{user.id}", wanted.type, wanted.data)


@endpoint(bp, "/v1/events", "GET", roles=ROLES)
def list_events(request: ApiRequest) -> Answer[Any]:
    """The log of a channel: what `subscribe` with `since` replays."""
    wanted = request.query(EventQuery)
    format_ = wanted.format or default_format(request.principal.kind)
    if format_ not in FORMATS:
        raise Invalid(("format", f"one of {', '.join(sorted(FORMATS))}"))
    check_may_watch(request.principal, wanted.channel)
    missed = replay(request.principal.tenant_id, wanted.channel, wanted.since, wanted.epoch)
    rendered = (render(each.event, each.cursors, format_) for each in missed.events)
    return Answer(
        {
            "items": [message for message in rendered if message is not None],
            "cursor": missed.head.cursor,
            "epoch": missed.head.epoch,
            "recovered": missed.recovered,
        }
    )


def _announced(request: ApiRequest, channel: str, type_: str, data: dict[str, Any]) -> Answer[Any]:
    correlation_id = request.correlation_id
    id_ = announce(request.principal, channel, type_, data, correlation_id=correlation_id, now=now())
    return Answer({"id": id_}, 202)
