"""The roles and answer of each type of client message. They use the same rules as REST.

Answers to messages that change orders import modules when they run: most messages are heartbeats, subscriptions
and positions, and these modules take 10 ms of a cold start.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from msgspec import Struct, structs

from chalicelib.auth.live import verify_live, verify_token
from chalicelib.auth.principal import DISPLAY, DRIVER, GUESTS, ROLES, STAFF
from chalicelib.core.clock import from_epoch, now, wire
from chalicelib.core.errors import Forbidden, Invalid
from chalicelib.core.fields import Instant, converted
from chalicelib.models.connection import Connection
from chalicelib.positions.fixes import Fix, points
from chalicelib.positions.store import record_positions
from chalicelib.realtime import inbox, log, subscriptions
from chalicelib.realtime.connections import principal_of
from chalicelib.realtime.formats import render, variant
from chalicelib.realtime.server_messages import (
    Authenticated,
    DeliveryConfirmedAccepted,
    HeartbeatAnswer,
    LocationUpdateAccepted,
    OrderStep,
    OrderUpdateAccepted,
    Pong,
    SeenAccepted,
    Subscribed,
    Unsubscribed,
)
from chalicelib.sockets.client_messages import (
    Authenticate,
    DeliveryConfirmed,
    Details,
    LocationUpdate,
    Nothing,
    OrderUpdate,
    Seen,
    Subscribe,
    Unsubscribe,
)

if TYPE_CHECKING:
    from chalicelib.models.order import Order

# A message to a client, before its encoding as JSON.
Message = Mapping[str, Any]
Content = TypeVar("Content")


class ClientMessage(Struct, Generic[Content], frozen=True):
    """A message and its connection."""

    row: Connection
    correlation_id: str
    content: Content


class Answer(Struct, Generic[Content], frozen=True):
    """A type of message. roles: those that may send it. shape: of its content. reply: the shape of its answer.

    make: returns the messages to send back; the last one is the answer.
    """

    roles: frozenset[str]
    shape: type[Content]
    reply: type
    make: Callable[[ClientMessage[Content]], Sequence[Message]]


def _heartbeat(message: ClientMessage[Nothing]) -> Sequence[Message]:
    # Eventually consistent reads are enough: the next heartbeat has the newer cursors.
    channels, own = message.row.channels or set(), inbox.own_channel(message.row)
    heads = log.heads(message.row.tenant_id, {*channels, own} if own else channels, consistent=False)
    if own:
        inbox.record_receipt(message.row, heads[own], now=now())
    cursors = {name: head.cursor for name, head in heads.items()}
    epochs = {name: head.epoch for name, head in heads.items()}
    return [HeartbeatAnswer(type="heartbeat", timestamp=wire(now()), cursors=cursors, epochs=epochs)]


def _ping(_message: ClientMessage[Nothing]) -> Sequence[Message]:
    return [Pong(type="pong", timestamp=wire(now()))]


def _subscribe(message: ClientMessage[Subscribe]) -> Sequence[Message]:
    requested = message.content
    replay = subscriptions.subscribe(message.row, requested.channel, requested.since, requested.epoch)
    format_ = variant(message.row.format, message.row.role)
    rendered = (render(each.event, each.cursors, format_) for each in replay.events)
    answer = Subscribed(
        type="subscribed",
        channel=requested.channel,
        cursor=replay.head.cursor,
        epoch=replay.head.epoch,
        recovered=replay.recovered,
        replayed=len(replay.events),
    )
    return [*(message for message in rendered if message is not None), answer]


def _unsubscribe(message: ClientMessage[Unsubscribe]) -> Sequence[Message]:
    subscriptions.unsubscribe(message.row, message.content.channel)
    return [Unsubscribed(type="unsubscribed", channel=message.content.channel)]


def _seen(message: ClientMessage[Seen]) -> Sequence[Message]:
    sent = message.content
    stored = inbox.accept_seen(principal_of(message.row), sent.channel, sent.cursor, sent.epoch, now=now())
    inbox.declare_seen(message.row)
    return [SeenAccepted(type="seen_accepted", channel=sent.channel, cursor=stored.cursor)]


def _order_update(message: ClientMessage[OrderUpdate]) -> Sequence[Message]:
    from chalicelib.orders.change import change_status  # noqa: PLC0415 - see above
    from chalicelib.orders.drafts import StatusDraft  # noqa: PLC0415 - see above
    from chalicelib.orders.estimates import estimate_actions  # noqa: PLC0415 - see above
    from chalicelib.orders.step_access import check_access  # noqa: PLC0415 - see above

    requested, principal, at = message.content, principal_of(message.row), now()
    check_access(principal, requested.status)
    details = requested.details
    if not isinstance(details, Details):
        details = Details(notes=details)
    order = change_status(
        principal,
        requested.order_id,
        StatusDraft(status=requested.status, reason=details.notes or None),
        correlation_id=message.correlation_id,
        now=at,
        also=estimate_actions(principal, requested.order_id, requested.status, _instant(details.eta), now=at),
    )
    return [OrderUpdateAccepted(type="order_update_accepted", **_step(order))]


def _instant(text: str | None) -> datetime | None:
    """The instant of an ISO 8601 text with its zone, None for any other text."""
    try:
        return None if text is None else converted(text, Instant)
    except Invalid:
        return None


def _delivery_confirmed(message: ClientMessage[DeliveryConfirmed]) -> Sequence[Message]:
    from chalicelib.deliveries.confirm import DELIVERED, confirm_delivery  # noqa: PLC0415 - see above
    from chalicelib.orders.access import visible_order  # noqa: PLC0415 - see above
    from chalicelib.orders.step_access import check_access  # noqa: PLC0415 - see above

    proof = message.content
    check_access(principal_of(message.row), DELIVERED)
    if proof.customer_id is not None:
        order = visible_order(principal_of(message.row), proof.order_id)
        if order.customer_id != proof.customer_id:
            raise Invalid(("customer_id", "this order is another customer's"))
    # Frontends of older formats have no field for a QR code's text or a PIN.
    order = confirm_delivery(
        principal_of(message.row),
        proof.order_id,
        proof,
        correlation_id=message.correlation_id,
        now=now(),
        allow_unverified=True,
    )
    return [DeliveryConfirmedAccepted(type="delivery.confirmed_accepted", **_step(order))]


def _authenticate(message: ClientMessage[Authenticate]) -> Sequence[Message]:
    principal = verify_token(message.content.token)
    verify_live(principal)
    before = principal_of(message.row)
    if (principal.tenant_id, principal.user_id) != (before.tenant_id, before.user_id):
        raise Forbidden("This token belongs to another user. Open another connection for it.")
    message.row.update(
        actions=[
            Connection.token_expires_at.set(principal.expires_at),
            Connection.session_id.set(principal.session_id),
        ],
        condition=Connection.connection_id.exists(),
    )
    return [Authenticated(type="authenticated", token_expires_at=wire(from_epoch(principal.expires_at)))]


def _location_update(message: ClientMessage[LocationUpdate]) -> Sequence[Message]:
    """Stores the driver's position; its timestamp is now if the phone sends none."""
    moment = message.content.timestamp or now()
    fix = Fix(**{**structs.asdict(message.content), "timestamp": moment})
    recorded = record_positions(
        principal_of(message.row), points([fix]), correlation_id=message.correlation_id, now=now()
    )
    return [
        LocationUpdateAccepted(
            type="location_update_accepted", accepted=recorded.accepted, ignored=recorded.ignored
        )
    ]


def _step(order: "Order") -> OrderStep:
    return OrderStep(order_id=order.id, status=order.status, version=int(order.version))


# They neither read nor change data of the tenant; `authenticate` verifies its own token.
UNCHECKED: Final = frozenset({"heartbeat", "ping", "unsubscribe", "authenticate"})

_ALL: Final = ROLES | GUESTS | {DISPLAY}

# The roles are those of the endpoint with the same function over HTTPS (docs/protocol.md lists them).
ANSWERS: Final[Mapping[str, Answer[Any]]] = {
    "heartbeat": Answer(_ALL, Nothing, HeartbeatAnswer, _heartbeat),
    "ping": Answer(_ALL, Nothing, Pong, _ping),
    "subscribe": Answer(_ALL, Subscribe, Subscribed, _subscribe),
    "unsubscribe": Answer(_ALL, Unsubscribe, Unsubscribed, _unsubscribe),
    "authenticate": Answer(_ALL, Authenticate, Authenticated, _authenticate),
    "seen": Answer(ROLES, Seen, SeenAccepted, _seen),
    "order_update": Answer(ROLES, OrderUpdate, OrderUpdateAccepted, _order_update),
    "delivery.confirmed": Answer(
        STAFF | {DRIVER}, DeliveryConfirmed, DeliveryConfirmedAccepted, _delivery_confirmed
    ),
    "location_update": Answer(frozenset({DRIVER}), LocationUpdate, LocationUpdateAccepted, _location_update),
}
