"""The office: enters orders, confirms them, plans routes, and assigns them to free drivers."""

import asyncio
from collections.abc import Collection
from typing import Any, Final

from chalicelib.core.clock import local_day, now, wire
from infra.local.demo.person import DemoFailed, Person, Refused
from infra.local.demo.simulation import Simulation

_EVERY: Final = 4.0
_OPEN_ORDERS: Final = "pending,confirmed,assigned,failed"
_OPEN_ROUTES: Final = ("planned", "assigned", "in_progress")
# So many consecutive rounds that end with a refusal are a fault of the system.
_PATIENCE: Final = 5
# While customers still call, no route is made for fewer orders.
_WORTH_A_ROUND: Final = 3
_PAYMENT: Final = ("cash", "cash", "transfer")
# Kilograms, for a motorcycle with four or five cylinders.
_CAPACITY: Final = 170
# Reasons why an order is on no proposed route for which another driver can deliver it later.
_NEXT_TIME: Final = frozenset({"capacity", "no_time", "on_a_route", "not_open"})


class Office:
    """me: the answer of `/v1/auth/me` for the person. drivers: names by driver's id."""

    def __init__(self, person: Person, me: Any, drivers: dict[str, str], simulation: Simulation) -> None:
        self._person = person
        self._name: str = me["name"]
        self._time_zone: str = me["tenant"]["time_zone"]
        self._drivers = drivers
        self._script = simulation.script
        self._diary = simulation.diary
        self._clock = simulation.clock
        self._dice = simulation.dice("office")
        self._phone_rings = True
        self._customers: dict[str, Any] = {}
        self._depot: Any = None
        self._undeliverable: set[str] = set()

    async def open(self) -> None:
        """Reads the customers and the depot of the last route. Raises DemoFailed."""
        chosen = self._script.customers
        rows = await self._person.all("/v1/customers", status="active")
        self._customers = {
            row["id"]: row for row in rows if row["location"] and (chosen is None or row["id"] in chosen)
        }
        depots = [route["depot"] for route in await self._person.all("/v1/routes") if route["depot"]]
        if not self._customers or not depots:
            raise DemoFailed(
                "The business has no customers with a place, or no route that tells where its depot is."
            )
        self._depot = depots[0]

    async def answer_the_phone(self) -> None:
        """Customers call, one after the other."""
        products = [row for row in await self._person.all("/v1/products") if row["is_cylinder"]]
        callers = self._dice.sample(sorted(self._customers), len(self._customers))
        for n in range(self._script.calls):
            await self._clock.sleep(self._script.between_calls)
            product = self._dice.choice(products)
            body = {
                "customer_id": callers[n % len(callers)],
                "items": [{"product_id": product["id"], "quantity": self._dice.choice((1, 1, 2))}],
                "payment_method": self._dice.choice(_PAYMENT),
            }
            order = await self._person.post("/v1/orders", body)
            what = f"{order['customer_name']} calls for {product['name']} ({order['order_number']})"
            self._diary.note(self._name, what, counts_as="orders by phone")
        self._phone_rings = False

    async def work(self, closed: asyncio.Event) -> None:
        """Sets `closed` and returns when no customer calls any more and all orders are delivered."""
        refusals, texts = 0, await self._texts()
        while True:
            try:
                if not await self._look():
                    break
                refusals = 0
            except Refused:
                # The user of the console was faster; the next round does the rest.
                refusals += 1
                if refusals == _PATIENCE:
                    raise
            await self._clock.sleep(_EVERY)
        closed.set()
        self._diary.note(self._name, "everything is delivered; closing")
        self._diary.counts["texts to customers"] = await self._texts() - texts

    async def _look(self) -> bool:
        """Does one round of work; returns False when the day is over."""
        # In this order: otherwise a change in between could be missing in all three.
        rings, routes = self._phone_rings, await self._open_routes()
        orders = await self._open_orders()
        ours = {order["id"] for order in orders}
        routes = [route for route in routes if self._is_ours(route, ours)]
        unconfirmed = [order for order in orders if order["status"] in ("pending", "failed")]
        for order in unconfirmed:
            await self._confirm(order)
        if not unconfirmed:  # otherwise in the next round, all together
            await self._assign_routes(orders, routes, hurry=not rings)
        return bool(rings or routes or orders)

    async def _texts(self) -> int:
        """The number of today's SMS, without skipped ones."""
        stats = await self._person.get("/v1/notifications/stats")
        return int(stats["total"] - stats["skipped"])

    async def _open_orders(self) -> list[Any]:
        """The demo's orders with which no driver is on the way."""
        rows = await self._person.all("/v1/orders", status=_OPEN_ORDERS)
        return [
            row
            for row in rows
            if row["customer_id"] in self._customers and row["location"] and row["id"] not in self._undeliverable
        ]

    async def _open_routes(self) -> list[Any]:
        found = [await self._person.all("/v1/routes", status=status) for status in _OPEN_ROUTES]
        return [route for routes in found for route in routes]

    def _is_ours(self, route: Any, orders: Collection[str]) -> bool:
        """Whether the demo drives the route: it has one of its drivers, or no driver and one of its orders."""
        if route["driver_id"] is not None:
            return route["driver_id"] in self._drivers
        return any(stop["order_id"] in orders for stop in route["stops"])

    async def _confirm(self, order: Any) -> None:
        await self._person.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed"})
        again = order["status"] == "failed"
        what = f"{order['order_number']} of {order['customer_name']} is confirmed{' for another try' * again}"
        self._diary.note(self._name, what, counts_as="orders tried again" if again else "orders confirmed")

    async def _assign_routes(self, orders: list[Any], routes: list[Any], *, hurry: bool) -> None:
        """Assigns routes to free drivers: planned ones, then new ones of waiting orders. hurry: also for few."""
        busy = {route["driver_id"] for route in routes}
        free = [driver_id for driver_id in self._drivers if driver_id not in busy]
        planned = [route for route in routes if route["driver_id"] is None]
        for driver_id, route in zip(free, planned, strict=False):
            await self._assign(route, driver_id)
        free = free[len(planned) :]
        waiting = [row for row in orders if row["route_id"] is None and row["status"] in ("confirmed", "assigned")]
        if free and waiting and (hurry or len(waiting) >= _WORTH_A_ROUND):
            for route in await self._proposed(waiting, free):
                await self._assign(
                    await self._person.post("/v1/routes", _draft(route, self._today())), route["driver_id"]
                )

    async def _assign(self, route: Any, driver_id: str) -> None:
        await self._person.post(f"/v1/routes/{route['id']}/assign", {"driver_id": driver_id})
        what = f"{route['name'] or 'a round'} with {len(route['stops'])} stops goes to {self._drivers[driver_id]}"
        self._diary.note(self._name, what, counts_as="routes assigned")

    async def _proposed(self, waiting: list[Any], free: list[str]) -> list[Any]:
        """Proposed routes for these drivers with the waiting orders that they can carry."""
        start_at = wire(now())
        proposal = await self._person.post(
            "/v1/routes/optimize",
            {
                "date": self._today(),
                "depot": self._depot,
                "order_ids": [order["id"] for order in waiting],
                "vehicles": [
                    {"driver_id": driver_id, "capacity": _CAPACITY, "start_at": start_at} for driver_id in free
                ],
            },
        )
        for left in proposal["unserved"]:
            if left["reason"] not in _NEXT_TIME:
                self._undeliverable.add(left["order_id"])
                what = f"no driver can deliver {left['order_id']}: {left['reason']}"
                self._diary.note(self._name, what, counts_as="orders that no driver can deliver")
        routes: list[Any] = proposal["routes"]
        return routes

    def _today(self) -> str:
        return local_day(now(), self._time_zone)


def _draft(proposed: Any, day: str) -> Any:
    """The request that creates a proposed route."""
    stops = [{name: stop[name] for name in ("order_id", "service_minutes")} for stop in proposed["stops"]]
    return {"date": day, "depot": proposed["depot"], "start_at": proposed["start_at"], "stops": stops}
