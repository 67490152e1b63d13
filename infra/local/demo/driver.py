"""A driver, who drives the assigned routes until the office closes."""

import asyncio
from typing import Any, Final

from chalicelib.core.fields import Place
from chalicelib.routes.travel import METRES_PER_SECOND
from infra.local.demo.doors import Doors
from infra.local.demo.person import Person, Refused
from infra.local.demo.phone import EVERY, Phone
from infra.local.demo.simulation import Simulation
from infra.local.demo.ways import streets

_OPEN: Final = frozenset({"assigned", "delivering", "arriving", "arrived"})
_COMING: Final = frozenset({"delivering", "arriving"})
# Longer than the server needs to detect that the driver is at a door. Then the driver rings in any case.
_PATIENCE: Final = 90.0


class Driver:
    """place: the driver's last position, or None. office: gives customers their proof of delivery."""

    def __init__(
        self, person: Person, name: str, place: Place | None, office: Person, simulation: Simulation
    ) -> None:
        self._person = person
        self._name = name
        self._phone = Phone(person, name, simulation, place)
        self._doors = Doors(office, simulation, name)
        self._diary = simulation.diary
        self._clock = simulation.clock
        self._metres_per_second = METRES_PER_SECOND * simulation.script.speed

    async def work(self, closed: asyncio.Event) -> None:
        """Drives all assigned routes. Returns when the office has closed."""
        while (route := await self._next_route()) or not closed.is_set():
            if route is None:
                await self._clock.sleep(EVERY)
            else:
                await self._drive(route)

    async def _next_route(self) -> Any:
        """The started route, otherwise the first assigned one, or None."""
        for status in ("in_progress", "assigned"):
            routes = (await self._person.get("/v1/routes", status=status))["items"]
            if routes:
                return min(routes, key=lambda route: route["id"])
        return None

    async def _drive(self, route: Any) -> None:
        path = f"/v1/routes/{route['id']}"
        if route["status"] == "assigned":
            await self._person.post(f"{path}/start")
            self._diary.note(self._name, f"sets out, {route['total_stops']} stops", counts_as="routes started")
        depot = _place(route["depot"])
        while order := _next_order(await self._person.get(path)):
            self._phone.place = self._phone.place or depot or _place(order["location"])
            if order["status"] == "assigned":
                await self._clock.sleep(EVERY)  # its delivery is starting
                continue
            try:
                await self._deliver_order(order)
            except Refused:
                # The user of the console may have been faster; any other reason is an error.
                if (await self._person.get(f"/v1/orders/{order['id']}"))["status"] in _OPEN:
                    raise
        await self._person.post(f"{path}/complete")
        self._diary.note(self._name, "has been everywhere", counts_as="routes completed")
        await self._drive_to(depot)

    async def _deliver_order(self, order: Any) -> None:
        await self._drive_to(_place(order["location"]))
        await self._wait_until_arrived(order["id"])
        proof = await self._doors.ring(order["id"])
        whose = f"{order['customer_name']} ({order['order_number']})"
        if proof is None:
            failure = {"status": "failed", "reason": "無人在家"}
            await self._person.post(f"/v1/orders/{order['id']}/status", failure)
            self._diary.note(self._name, f"no one at home: {whose}", counts_as="customers not at home")
            return
        empties = sum(item["quantity"] for item in order["items"])
        await self._person.post(f"/v1/deliveries/{order['id']}/confirm", {**proof, "empties_back": empties})
        kind = "QR code" if "qr" in proof else "PIN"
        self._diary.note(self._name, f"delivered to {whose}, by {kind}", counts_as=f"orders delivered by {kind}")

    async def _wait_until_arrived(self, order_id: str) -> None:
        """Waits until the server sets the order to `arrived`, or the order is no longer the driver's."""
        began = self._clock.now()
        while (self._clock.now() - began).total_seconds() < _PATIENCE:
            if self._phone.place is not None:
                await self._phone.stand(self._phone.place)
            if (await self._person.get(f"/v1/orders/{order_id}"))["status"] not in _COMING:
                return
        self._diary.counts["doors where the server did not see the driver"] += 1

    async def _drive_to(self, place: Place | None) -> None:
        if place is not None and self._phone.place is not None:
            await self._phone.drive(streets(self._phone.place, place), self._metres_per_second)


def _next_order(route: Any) -> Any:
    """The order of the next stop; None after the last."""
    orders = (stop["order"] for stop in route["stops"])
    return next((order for order in orders if order is not None and order["status"] in _OPEN), None)


def _place(found: Any) -> Place | None:
    return None if found is None else Place(found["latitude"], found["longitude"])
