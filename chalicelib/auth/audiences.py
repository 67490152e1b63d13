"""Which audience receives which field of answers and events: one table for REST and WebSocket.

    staff      admins and office staff: every field
    driver, customer, display      the fields that name them; the keys of all others stay and are null
    tracker, table                 the fields that name them; the others are absent

It is an allow-list: only staff receive a field that is not in its shape's table. `api/http.py` applies it to each
answer. `realtime/formats` applies it to each event when it is encoded, so also to events stored by earlier
versions.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, get_args, get_origin

from msgspec import to_builtins

from chalicelib.auth.principal import CUSTOMER, DISPLAY, DRIVER, GUESTS, STAFF, TABLE, TRACKER
from chalicelib.models.order_status import UNDER_WAY

OFFICE: Final = "staff"
# Existing frontends read these keys.
KEYS_STAY: Final = frozenset({DRIVER, CUSTOMER, DISPLAY})

_USERS: Final = frozenset({DRIVER, CUSTOMER})
_ALL: Final = _USERS | GUESTS | {DISPLAY}
# All but staff.
AUDIENCES: Final = _ALL
_NONE: Final[frozenset[str]] = frozenset()
_DRIVER: Final = frozenset({DRIVER})
_CUSTOMER: Final = frozenset({CUSTOMER})
_ON_SCREENS: Final = frozenset({DRIVER, DISPLAY})


class Field(NamedTuple):
    """to: the audiences other than staff that receive it. shape: of its object, or of each object of its list.

    under_way: guests receive null unless the driver is on the way with the order.
    """

    to: frozenset[str]
    shape: "Mapping[str, Field] | None" = None
    under_way: bool = False


Shape = Mapping[str, Field]


def _to(audiences: frozenset[str], *names: str) -> dict[str, Field]:
    return dict.fromkeys(names, Field(audiences))


_PLACE: Final = _to(_ALL, "latitude", "longitude")
_ITEM: Final = _to(_ALL, "id", "product_id", "menu_item_id", "name", "quantity", "unit_price")
# by: the user's id. reason: a text for the office; it may come from a driver, for example when an attempt fails.
_STEP: Final = _to(_ALL, "status", "at") | _to(_NONE, "by", "reason")
_ORDER: Final[Shape] = {
    **_to(_ALL, "id", "order_number", "daily_number", "total_price", "currency", "scheduled_date", "status"),
    **_to(_ALL, "estimated_time", "version", "created_at", "updated_at"),
    "items": Field(_ALL, _ITEM),
    "history": Field(_ALL, _STEP),
    # A display token may be in a frontend's bundle or on a wall, where strangers can read it.
    **_to(_USERS | GUESTS, "payment_status", "payment_method"),
    **_to(_USERS | {TABLE, DISPLAY}, "table_number"),
    **_to(frozenset({TABLE, DISPLAY}), "needs_confirmation"),
    # Such as "the key is under the mat", for the driver. Trackers do not receive it: a link may be passed on.
    **_to(_USERS | {TABLE}, "notes"),
    **_to(_USERS, "customer_id", "customer_name", "customer_phone", "address"),
    "location": Field(_USERS, _PLACE),
    "driver_id": Field(_ALL, under_way=True),
    **_to(_ON_SCREENS, "route_id"),
    **_to(_NONE, "template_id"),
    **_to(_DRIVER, "truncated"),
}
_LINE_STATE: Final = _to(_NONE, "name", "quantity", "unit_price")
_MONEY_STATE: Final = _to(_NONE, "total_price", "payment_status", "payment_method")
# For staff only: it has the names of clerks and their reasons.
_MONEY_CHANGE: Final[Shape] = {
    **_to(_NONE, "at", "by", "reason", "status"),
    "before": Field(_NONE, _MONEY_STATE),
    "after": Field(_NONE, _MONEY_STATE),
    "lines": Field(_NONE, {"before": Field(_NONE, _LINE_STATE), "after": Field(_NONE, _LINE_STATE)}),
}
_PROOF: Final = {
    **_to(_USERS, "confirmation_type", "confirmed_at", "cylinder_serial", "verified"),
    **_to(_NONE, "by", "picture_url"),
}
_ATTEMPT: Final[Shape] = {
    **_to(_USERS, "id", "order_id", "order_number", "attempt", "customer_id", "driver_id", "started_at"),
    **_to(_USERS, "arrived_at", "finished_at", "eta", "outcome", "cylinders_out", "empties_back"),
    # The reason of the step to `failed`.
    **_to(_NONE, "failure_reason"),
    "proof": Field(_USERS, _PROOF),
}
_DELIVERY: Final[Shape] = {
    **_to(_USERS, "order_id", "status"),
    # Proves to the driver that the person is the customer.
    **_to(_CUSTOMER, "pin"),
    "attempts": Field(_USERS, _ATTEMPT),
}
_CUSTOMER_ROW: Final[Shape] = {
    **_to(_CUSTOMER, "id", "name", "phone", "address", "language", "sms_opt_out", "cylinders_out", "status"),
    **_to(_CUSTOMER, "version", "created_at", "updated_at"),
    "location": Field(_CUSTOMER, _PLACE),
    **_to(_NONE, "notes"),
}
_POSITION: Final = _to(
    _ON_SCREENS | {TRACKER}, "driver_id", "latitude", "longitude", "speed", "heading", "accuracy", "timestamp"
)
_DRIVER_ROW: Final[Shape] = {
    **_to(_DRIVER, "id", "name", "phone", "vehicle", "status", "version", "created_at", "updated_at", "user_ids"),
    "last_position": Field(_DRIVER, _POSITION),
    **_to(_NONE, "notes"),
}
_ROUTE_FIELDS: Final[Shape] = {
    **_to(_ON_SCREENS, "name", "date", "status", "driver_id", "start_at", "started_at", "completed_at"),
    **_to(_ON_SCREENS, "total_stops", "version", "created_at", "updated_at"),
    "depot": Field(_ON_SCREENS, _PLACE),
}
_STOP: Final = _to(_ON_SCREENS, "order_id", "service_minutes", "planned_at", "outcome")
_SEEN_STOP: Final[Shape] = {**_STOP, **_to(_DRIVER, "eta")}
_ROUTE: Final[Shape] = {**_ROUTE_FIELDS, **_to(_DRIVER, "id", "eta_at"), "stops": Field(_DRIVER, _SEEN_STOP)}
_ROUTE_DETAIL: Final[Shape] = {
    **_ROUTE,
    "stops": Field(_DRIVER, {**_SEEN_STOP, "order": Field(_DRIVER, _ORDER)}),
}
_MENU_ITEM: Final = _to(_USERS | {TABLE}, "id", "name", "unit_price", "description", "available")
_SECTION: Final[Shape] = {**_to(_USERS | {TABLE}, "category"), "items": Field(_USERS | {TABLE}, _MENU_ITEM)}
_PRODUCT: Final = _to(
    _USERS,
    *("id", "name", "unit_price", "category", "description", "weight", "is_cylinder", "available", "position"),
    *("status", "version", "created_at", "updated_at"),
)
_LISTED: Final = _to(_ALL, "next_cursor", "cursors", "epochs")
_BUSINESS: Final = _to(_USERS, "id", "name", "kind", "time_zone", "currency")

# By the name of the answer's type, for all endpoints that roles other than staff may call.
ANSWERS: Final[Mapping[str, Shape]] = {
    "SeenOrder": _ORDER,
    "SeenOrderDetail": {**_ORDER, "money_changes": Field(_NONE, _MONEY_CHANGE)},
    "Orders": {**_LISTED, "items": Field(_ALL, _ORDER)},
    "DeliveryView": _DELIVERY,
    "Upload": _to(_DRIVER, "upload_key", "url", "fields", "max_bytes", "expires_at"),
    "CustomerView": _CUSTOMER_ROW,
    "OptOut": _to(_CUSTOMER, "customer_id", "sms_opt_out"),
    "SeenDriver": _DRIVER_ROW,
    "Taken": _to(_DRIVER, "accepted", "ignored"),
    "RouteDetail": _ROUTE_DETAIL,
    "RouteList": {**_LISTED, "items": Field(_DRIVER, _ROUTE)},
    "ProductView": _PRODUCT,
    "Menu": {
        **_to(_USERS | {TABLE}, "currency", "open_now", "opens_at"),
        "sections": Field(_USERS | {TABLE}, _SECTION),
    },
    "Me": {
        **_to(_USERS, "id", "username", "name", "role", "driver_id", "customer_id", "password_change", "totp"),
        "tenant": Field(_USERS, _BUSINESS),
    },
    "TokenPair": _to(_USERS, "access_token", "refresh_token", "token_type", "expires_in"),
    # Only the caller's own sessions are answered.
    "SessionView": _to(_USERS, "id", "signed_in_at", "last_used_at", "user_agent", "current"),
    "SeenAccepted": _to(_USERS, "channel", "cursor", "epoch"),
    # The items are already encoded for the caller.
    "Events": _to(_ALL, "items", "cursor", "epoch", "recovered", "more"),
}

_ORDER_EVENT: Final[Shape] = {**_to(_ALL, "previous_status"), "order": Field(_ALL, _ORDER)}
_ROUTE_EVENT: Final[Shape] = {
    **_ROUTE_FIELDS,
    **_to(_ON_SCREENS, "route_id"),
    "stops": Field(_ON_SCREENS, _STOP),
}
# By the type of an event: its audiences, and the shape of its data.
EVENTS: Final[Mapping[str, Field]] = {
    "order_created": Field(_ALL, _ORDER_EVENT),
    "order_status_changed": Field(_ALL, _ORDER_EVENT),
    "order_updated": Field(_ALL, _ORDER_EVENT),
    "route_assigned": Field(_ON_SCREENS, _ROUTE_EVENT),
    "route_updated": Field(_ON_SCREENS, _ROUTE_EVENT),
    "driver_location": Field(_ON_SCREENS | {TRACKER}, _POSITION),
    "delivery_update": Field(_CUSTOMER, _to(_CUSTOMER, "order_id", "order_number", "status")),
    # Staff publish it for all subscribers of the channel.
    "notification": Field(_USERS),
}
_PUBLISHED: Final = Field(_USERS)


def audience_of(role: str) -> str:
    """The audience of a role: `staff`, or the role itself."""
    return OFFICE if role in STAFF else role


def shape_of(answered: Any) -> Shape | None:
    """The shape of an endpoint's answer; None for an empty answer. Raises LookupError if it has no table."""
    if answered is None or answered is type(None):
        return None
    name = getattr(get_origin(answered) or answered, "__name__", "")
    if name == "Page":
        return {**_LISTED, "items": Field(_ALL, shape_of(get_args(answered)[0]))}
    if name not in ANSWERS:
        raise LookupError(f"{answered} is answered to others than staff: name its fields in auth/audiences.py")
    return ANSWERS[name]


def seen_answer(body: Any, shape: Shape, role: str) -> Any:
    """An answer's body as a role receives it."""
    audience = audience_of(role)
    return body if audience == OFFICE else _seen(to_builtins(body), shape, audience)


def seen_order(view: Mapping[str, Any], role: str) -> dict[str, Any]:
    """An OrderView as a role receives it."""
    found: dict[str, Any] = seen_answer(view, _ORDER, role)
    return found


def seen_event(
    type_: str, data: Mapping[str, Any], watched: Iterable[str], audience: str
) -> Mapping[str, Any] | None:
    """An event's data as an audience receives them; None if the event is not for it.

    watched: the event's channels to which the reader is subscribed. A tracker is also subscribed to its driver's
    channel, which has events of other customers' orders. So guests receive events of an order only from the
    order's own channel.
    """
    if audience == OFFICE:
        return data
    field = EVENTS.get(type_, _PUBLISHED)
    if audience not in field.to:
        return None
    if audience in GUESTS and "order" in data and f"order:{data['order']['id']}" not in watched:
        return None
    found: Mapping[str, Any] = data if field.shape is None else _seen(data, field.shape, audience)
    return found


def _seen(value: Any, shape: Shape, audience: str) -> Any:
    if isinstance(value, list | tuple):
        return [_seen(each, shape, audience) for each in value]
    if not isinstance(value, Mapping):
        return None
    found: dict[str, Any] = {}
    for name, each in value.items():
        field = shape.get(name)
        if field is None:
            continue
        if audience not in field.to:
            if audience in KEYS_STAY:
                found[name] = None
        elif field.under_way and audience in GUESTS and value.get("status") not in UNDER_WAY:
            found[name] = None
        else:
            found[name] = each if field.shape is None else _seen(each, field.shape, audience)
    return found
