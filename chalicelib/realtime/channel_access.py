"""Access to channels: which a new connection watches, and who may watch which.

Rules about one order or one route import its module when they are asked: connections, heartbeats and most events
ask none of them, and those modules take 10 ms of a cold start.
"""

from collections.abc import Callable, Mapping
from typing import Final

from chalicelib.auth.principal import ADMIN, CUSTOMER, DISPLAY, DRIVER, OFFICE_STAFF, TABLE, TRACKER, Principal
from chalicelib.errors import Forbidden
from chalicelib.realtime.channels import TENANT_CHANNELS, parsed

_AT_CONNECT: Final[Mapping[str, tuple[str, ...]]] = {
    ADMIN: TENANT_CHANNELS,
    OFFICE_STAFF: TENANT_CHANNELS,
    DRIVER: ("system", "driver:{driver_id}", "user:{user_id}"),
    CUSTOMER: ("system", "user:{user_id}"),
    TRACKER: ("order:{order_id}",),
    # And what the guest has ordered, as long as it is on its way: see `channels_at_connect`.
    TABLE: (),
    DISPLAY: ("orders", "routes", "drivers"),
}

Rule = Callable[[Principal, str], bool]


def _anybody(_principal: Principal, _of: str) -> bool:
    return True


def _themselves(principal: Principal, of: str) -> bool:
    return of in (principal.user_id, principal.driver_id)


def _who_sees_the_order(principal: Principal, of: str) -> bool:
    from chalicelib.orders.access import visible_order  # noqa: PLC0415 - see above

    # Raises NotFound for an order that is not there, or not theirs.
    return visible_order(principal, of) is not None


def _its_driver_under_way(principal: Principal, of: str) -> bool:
    from chalicelib.orders.access import visible_order  # noqa: PLC0415 - see above
    from chalicelib.orders.status import UNDER_WAY  # noqa: PLC0415 - see above

    order = visible_order(principal, principal.order_id or "-")
    return order.driver_id == of and order.status in UNDER_WAY


def _own_route(principal: Principal, of: str) -> bool:
    from chalicelib.routes.rows import visible_route  # noqa: PLC0415 - see above

    # Raises NotFound for a route that is not there, or not theirs.
    return visible_route(principal, of) is not None


# Who may watch a channel, by the part of its name before the colon. A role that is not named may not.
_MAY_WATCH: Final[Mapping[str, Mapping[str, Rule]]] = {
    "orders": {ADMIN: _anybody, OFFICE_STAFF: _anybody, DISPLAY: _anybody},
    "drivers": {ADMIN: _anybody, OFFICE_STAFF: _anybody, DISPLAY: _anybody},
    "routes": {ADMIN: _anybody, OFFICE_STAFF: _anybody, DISPLAY: _anybody},
    "customers": {ADMIN: _anybody, OFFICE_STAFF: _anybody},
    "system": {ADMIN: _anybody, OFFICE_STAFF: _anybody, DRIVER: _anybody, CUSTOMER: _anybody},
    "order": {
        ADMIN: _who_sees_the_order,
        OFFICE_STAFF: _who_sees_the_order,
        DRIVER: _who_sees_the_order,
        CUSTOMER: _who_sees_the_order,
        TRACKER: _who_sees_the_order,
        TABLE: _who_sees_the_order,
    },
    "driver": {ADMIN: _anybody, OFFICE_STAFF: _anybody, DRIVER: _themselves, TRACKER: _its_driver_under_way},
    "route": {ADMIN: _anybody, OFFICE_STAFF: _anybody, DRIVER: _own_route},
    "user": {ADMIN: _anybody, OFFICE_STAFF: _anybody, DRIVER: _themselves, CUSTOMER: _themselves},
}


def check_may_watch(principal: Principal, channel: str) -> None:
    """Raises Invalid for what is no channel, Forbidden `channel_forbidden`, or NotFound."""
    kind, of = parsed(channel)
    rule = _MAY_WATCH[kind].get(principal.role)
    if rule is None or not rule(principal, of):
        raise Forbidden(f"The role {principal.role} may not watch {channel}.", code="channel_forbidden")


def channels_at_connect(principal: Principal) -> tuple[str, ...]:
    """What a new connection watches from the start."""
    if principal.role == TABLE:
        from chalicelib.orders.listing import orders_of_guest  # noqa: PLC0415 - see above

        return tuple(f"order:{order.id}" for order in orders_of_guest(principal))
    return tuple(
        name.format(user_id=principal.user_id, driver_id=principal.driver_id, order_id=principal.order_id)
        for name in _AT_CONNECT[principal.role]
        if principal.driver_id is not None or "{driver_id}" not in name
    )
