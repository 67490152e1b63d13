"""Channels: what they are called, who gets which at connect, and which of them an event goes to."""

from collections.abc import Mapping
from typing import Final

from chalicelib.auth.principal import ADMIN, CUSTOMER, DRIVER, OFFICE_STAFF, Principal
from chalicelib.orders.events import OrderCreated, OrderEvent

TENANT_CHANNELS: Final = ("orders", "drivers", "routes", "customers", "system")

_AT_CONNECT: Final[Mapping[str, tuple[str, ...]]] = {
    ADMIN: TENANT_CHANNELS,
    OFFICE_STAFF: TENANT_CHANNELS,
    DRIVER: ("system", "driver:{driver_id}", "user:{user_id}"),
    CUSTOMER: ("system", "user:{user_id}"),
}


def channels_at_connect(principal: Principal) -> tuple[str, ...]:
    """What a new connection watches from the start."""
    return tuple(
        name.format(user_id=principal.user_id, driver_id=principal.driver_id)
        for name in _AT_CONNECT[principal.role]
        if principal.driver_id is not None or "{driver_id}" not in name
    )


def channels_of(event: OrderEvent) -> tuple[str, ...]:
    """Where an order's event goes: the tenant's board, the order's own channel, its driver, and a driver who has
    just lost it.
    """
    order = event.order
    drivers: list[str | None] = [order.driver_id]
    if not isinstance(event, OrderCreated):
        drivers.append(event.previous_driver_id)
    driver_channels = dict.fromkeys(f"driver:{driver_id}" for driver_id in drivers if driver_id)
    return ("orders", f"order:{order.id}", *driver_channels)


def channel_key(tenant_id: str, channel: str) -> str:
    """The key under which a tenant's channel is stored; no tenant can name another's."""
    return f"{tenant_id}#{channel}"
