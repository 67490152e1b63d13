"""`/v1/guests`: exchanges a tracking link or a table's QR code for an access token, without signing in."""

from typing import Annotated, Literal, cast

from chalice.app import Blueprint
from msgspec import Meta, Struct

from chalicelib.api.http import Answer, endpoint
from chalicelib.api.request import ApiRequest
from chalicelib.auth import guest_tokens, guests, table_codes
from chalicelib.auth.audiences import seen_order
from chalicelib.auth.principal import TRACKER
from chalicelib.core.clock import epoch, now
from chalicelib.core.errors import Forbidden, NotFound, Unauthenticated
from chalicelib.core.fields import Id, ShortText, one_of
from chalicelib.models.tenant import Tenant
from chalicelib.orders.tracking import tracked_order, tracked_until
from chalicelib.orders.view import GuestOrderView, order_view
from chalicelib.realtime import log
from chalicelib.sms.templates import LANGUAGES

bp = Blueprint(__name__)

EarlierToken = Annotated[str, Meta(min_length=1, max_length=4096)]


class TrackingCode(Struct, forbid_unknown_fields=True, frozen=True):
    """The code of a tracking link. access_token: a previous one, to remain the same guest."""

    code: ShortText
    access_token: EarlierToken | None = None


class TableQr(Struct, forbid_unknown_fields=True, frozen=True):
    """The text of a table's QR code. access_token: a previous one, to remain the same guest."""

    qr: table_codes.Code
    access_token: EarlierToken | None = None


class Shop(Struct, frozen=True):
    """The tenant, as guests see it."""

    name: str
    time_zone: str
    currency: str
    language: Annotated[str, one_of(LANGUAGES)]


class TrackerToken(Struct, frozen=True):
    """A token for one order, and the order; expires_in: seconds.

    cursors, epochs: the position of each channel's log, read before the order. Subscribe to events from there.
    """

    access_token: str
    expires_in: int
    order_id: Id
    tenant: Shop
    order: GuestOrderView
    cursors: dict[str, int]
    epochs: dict[str, str]
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, not a secret


class Seat(Struct, frozen=True):
    """The table, as guests see it."""

    id: Id
    number: str


class TableToken(Struct, frozen=True):
    """A token for one table; expires_in: seconds. guest_id: the guest whose orders the token may read."""

    access_token: str
    expires_in: int
    guest_id: Id
    table: Seat
    tenant: Shop
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, not a secret


@endpoint(bp, "/v1/guests/tracking", "POST", roles=None, errors={Unauthenticated, Forbidden, NotFound})
def track(request: ApiRequest, body: TrackingCode) -> Answer[TrackerToken]:
    """Returns a token for following the order of a link, until 24 hours after the order has ended."""
    at = now()
    link, tenant = guests.open_tracking(body.code, at)
    # Read before the order, so that events in between come after the cursors.
    heads = log.heads(tenant.id, [f"order:{link.subject}"])
    order = tracked_order(tenant.id, link.subject, at)
    token = guest_tokens.tracker_token(
        body.code, tenant, order.id, until=tracked_until(order), earlier=body.access_token, now=at
    )
    return Answer(
        TrackerToken(
            access_token=token.access_token,
            expires_in=token.principal.expires_at - epoch(at),
            order_id=order.id,
            tenant=_shop(tenant),
            order=cast(GuestOrderView, seen_order(order_view(order), TRACKER)),
            cursors={channel: head.cursor for channel, head in heads.items()},
            epochs={channel: head.epoch for channel, head in heads.items()},
        )
    )


@endpoint(bp, "/v1/guests/table", "POST", roles=None, errors={Unauthenticated, Forbidden})
def sit_down(request: ApiRequest, body: TableQr) -> Answer[TableToken]:
    """Returns a token for the table of a QR code; also outside opening hours, for reading the menu."""
    at, address = now(), request.address
    if body.access_token is None:
        guest_tokens.check_pace(table_codes.read_table_code(body.qr), address, at)
    table, tenant = guests.open_table(body.qr, at)
    token = guest_tokens.table_token(table, tenant, earlier=body.access_token, address=address, now=at)
    seat = Seat(table.id, table.number)
    lasts = token.principal.expires_at - epoch(at)
    return Answer(TableToken(token.access_token, lasts, token.principal.user_id, seat, _shop(tenant)))


def _shop(tenant: Tenant) -> Shop:
    return Shop(tenant.name, tenant.time_zone, tenant.currency, tenant.language)
