"""Reads routes, and writes a route with its orders and its driver in one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.auth.principal import DRIVER, STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, Invalid, NotFound, stale
from chalicelib.core.transactions import failed_conditions
from chalicelib.models.base import assign, transact
from chalicelib.models.driver import Driver
from chalicelib.models.lookup import get_row
from chalicelib.models.order import Order
from chalicelib.models.route import Route
from chalicelib.orders.rows import ATTEMPTS, stamp

if TYPE_CHECKING:
    from chalicelib.routes.members import OrderChange

# DynamoDB's limit is 100 writes, including the route and its driver.
_MOST_ORDERS: Final = 90


class Change(Struct, frozen=True, kw_only=True):
    """A change of a route.

    new_values: by attribute, None to remove one. driver: a driver's row in the same transaction, its actions and
    its condition.
    """

    new_values: Mapping[str, Any]
    orders: Sequence["OrderChange"] = ()
    driver: tuple[Driver, Action, Any] | None = None


class RequestContext(Struct, frozen=True):
    """The request for a change: principal, correlation id and time. notify: False sends no events and SMS."""

    principal: Principal
    correlation_id: str
    now: datetime
    notify: bool = True

    @property
    def role(self) -> str:
        """The principal's."""
        return self.principal.role


@rule(roles=STAFF | {DRIVER})
def visible_route(principal: Principal, route_id: str) -> Route:
    """The route, read strongly consistently; drivers may read only their own. Raises NotFound."""
    route = get_row(Route, principal.tenant_id, route_id, "route")
    if not (principal.is_staff or (principal.role == DRIVER and route.driver_id == principal.driver_id)):
        raise NotFound("There is no such route.")
    return route


def is_on(order: Order | None, route_id: str) -> bool:
    """Whether the order exists and is on the route."""
    return order is not None and order.route_id == route_id


def orders_by_id(tenant_id: str, order_ids: Iterable[str]) -> dict[str, Order]:
    """The existing orders by id, read strongly consistently."""
    keys = [(tenant_id, order_id) for order_id in dict.fromkeys(order_ids)]
    return {row.id: row for row in Order.batch_get(keys, consistent_read=True)}


def insert(route: Route, orders: Sequence["OrderChange"], context: RequestContext) -> bool:
    """Stores a new route with its orders. Returns False if one of them has changed since it was read."""
    return _transact(lambda write: write.save(route, condition=Route.id.does_not_exist()), orders, context)


def change(
    context: RequestContext, route_id: str, version: int | None, decide: Callable[[Route], Change | None]
) -> Route:
    """Reads the route, writes the change that `decide` returns for it (None for no change), and returns the route.

    After a lost race it reads the route and calls `decide` again. Raises NotFound, the errors of `decide`,
    Conflict `stale_version` or `busy`.
    """
    for _ in range(ATTEMPTS):
        route = visible_route(context.principal, route_id)
        decided = decide(route)
        if decided is None:
            return route
        if version is not None and version != route.version:
            raise stale(int(route.version))
        if _update(route, decided, context):
            return route
    raise busy()


def busy() -> Conflict:
    """The refusal of a write that lost every race."""
    return Conflict("This route is being changed by others all the time. Try again.", code=ErrorCode.BUSY)


def _update(route: Route, decided: Change, context: RequestContext) -> bool:
    """Writes the change in one transaction, also to `route`. Returns False if any of the rows has changed."""
    new_values = {
        **decided.new_values,
        "version": int(route.version) + 1,
        "updated_at": wire(context.now),
        "correlation_id": context.correlation_id,
        "notify": context.notify,
    }

    def put(write: TransactWrite) -> None:
        row = Route(route.tenant_id, route.id)
        write.update(row, actions=assign(Route, new_values), condition=Route.version == route.version)
        if decided.driver is not None:
            driver, action, condition = decided.driver
            write.update(driver, actions=[action], condition=condition)

    if not _transact(put, decided.orders, context):
        return False
    for name, value in new_values.items():
        setattr(route, name, value)
    return True


def _transact(
    put: Callable[[TransactWrite], None], orders: Sequence["OrderChange"], context: RequestContext
) -> bool:
    if len(orders) > _MOST_ORDERS:
        raise Invalid(("stops", f"more than {_MOST_ORDERS} orders come and go at once; change fewer at a time"))

    def write_all(write: TransactWrite) -> None:
        put(write)
        for each in orders:
            order = each.order
            write.update(
                Order(order.tenant_id, order.id),
                actions=[
                    *each.actions,
                    *stamp(notify=context.notify, correlation_id=context.correlation_id, now=context.now),
                ],
                condition=Order.version == order.version,
            )

    try:
        transact(write_all)
    except TransactWriteError as error:
        if not any(failed_conditions(error)):
            raise
        return False
    return True
