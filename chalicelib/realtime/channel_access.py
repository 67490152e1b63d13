"""Access to channels: the first subscriptions of a connection, and which role may subscribe to which channel.

Rules about one order or one route import its module when they run: connections, heartbeats and most events need
none of them, and those modules take 10 ms of a cold start.
"""

from collections.abc import Callable, Mapping
from typing import Final

from chalicelib.auth.principal import ADMIN, CUSTOMER, DISPLAY, DRIVER, OFFICE_STAFF, TABLE, TRACKER, Principal
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Forbidden
from chalicelib.models.order_status import UNDER_WAY
from chalicelib.realtime.channels import TENANT_CHANNELS, parsed

_AT_CONNECT: Final[Mapping[str, tuple[str, ...]]] = {
    ADMIN: TENANT_CHANNELS,
    OFFICE_STAFF: TENANT_CHANNELS,
    DRIVER: ("system", "driver:{driver_id}", "user:{user_id}"),
    CUSTOMER: ("system", "user:{user_id}"),
    TRACKER: ("order:{order_id}",),
    # `channels_at_connect` adds the guest's open orders.
    TABLE: (),
    DISPLAY: ("orders", "routes", "drivers"),
}

Rule = Callable[[Principal, str], bool]


def _any_member(_principal: Principal, _of: str) -> bool:
    return True


def _own_id(principal: Principal, of: str) -> bool:
    return of in (principal.user_id, principal.driver_id)


def _order_reader(principal: Principal, of: str) -> bool:
    from chalicelib.orders.access import visible_order  # noqa: PLC0415 - see above

    # Raises NotFound for an order that is not there, or not theirs.
    return visible_order(principal, of) is not None


def _driver_of_tracked_order(principal: Principal, of: str) -> bool:
    from chalicelib.orders.access import visible_order  # noqa: PLC0415 - see above

    order = visible_order(principal, principal.order_id or "-")
    return order.driver_id == of and order.status in UNDER_WAY


def _own_route(principal: Principal, of: str) -> bool:
    from chalicelib.routes.rows import visible_route  # noqa: PLC0415 - see above

    # Raises NotFound for a route that is not there, or not theirs.
    return visible_route(principal, of) is not None


# The roles that may subscribe to a channel, by the part of its name before the colon. Other roles may not.
_MAY_WATCH: Final[Mapping[str, Mapping[str, Rule]]] = {
    "orders": {ADMIN: _any_member, OFFICE_STAFF: _any_member, DISPLAY: _any_member},
    "drivers": {ADMIN: _any_member, OFFICE_STAFF: _any_member, DISPLAY: _any_member},
    "routes": {ADMIN: _any_member, OFFICE_STAFF: _any_member, DISPLAY: _any_member},
    "customers": {ADMIN: _any_member, OFFICE_STAFF: _any_member},
    "system": {ADMIN: _any_member, OFFICE_STAFF: _any_member, DRIVER: _any_member, CUSTOMER: _any_member},
    "order": {
        ADMIN: _order_reader,
        OFFICE_STAFF: _order_reader,
        DRIVER: _order_reader,
        CUSTOMER: _order_reader,
        TRACKER: _order_reader,
        TABLE: _order_reader,
    },
    "driver": {ADMIN: _any_member, OFFICE_STAFF: _any_member, DRIVER: _own_id, TRACKER: _driver_of_tracked_order},
    "route": {ADMIN: _any_member, OFFICE_STAFF: _any_member, DRIVER: _own_route},
    "user": {ADMIN: _any_member, OFFICE_STAFF: _any_member, DRIVER: _own_id, CUSTOMER: _own_id},
}


def check_may_watch(principal: Principal, channel: str) -> None:
    """Raises Invalid for an unknown channel, Forbidden `channel_forbidden`, or NotFound."""
    kind, of = parsed(channel)
    rule = _MAY_WATCH[kind].get(principal.role)
    if rule is None or not rule(principal, of):
        raise Forbidden(f"The role {principal.role} may not watch {channel}.", code=ErrorCode.CHANNEL_FORBIDDEN)


def channels_at_connect(principal: Principal) -> tuple[str, ...]:
    """The first subscriptions of a new connection."""
    if principal.role == TABLE:
        from chalicelib.orders.listing import orders_of_guest  # noqa: PLC0415 - see above

        return tuple(f"order:{order.id}" for order in orders_of_guest(principal))
    return tuple(
        name.format(user_id=principal.user_id, driver_id=principal.driver_id, order_id=principal.order_id)
        for name in _AT_CONNECT[principal.role]
        if principal.driver_id is not None or "{driver_id}" not in name
    )
