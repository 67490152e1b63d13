"""The five drivers: they send positions every few seconds, and deliver what the office assigns to them."""

import asyncio
from datetime import UTC, datetime

from tests.proof.black_box import orders
from tests.proof.black_box.clients import DRIVER_FORMATS, World, new_phone
from tests.proof.black_box.rest import Json, Person, Refused

SEEDED = 3
START = (25.0335, 121.5434)
# About 40 metres between two positions.
STRIDE = 0.0004
MOST_FIXES = 100


class Driver:
    """person: signed in as a driver. office: gives the customer's PIN, which the customer tells the driver."""

    def __init__(self, world: World, person: Person, office: Person) -> None:
        self.person = person
        self.id: str = person.me["driver_id"]
        self._office = office
        self._world = world
        self._dice = world.dice(f"driver {person.name}")

    async def drive(self) -> None:
        """Sends positions until the run ends; those of a time without an answer later, as a batch."""
        latitude, longitude = START
        unsent: list[Json] = []
        while not self._world.closing.is_set():
            latitude += self._dice.choice((-STRIDE, STRIDE))
            longitude += self._dice.choice((-STRIDE, STRIDE))
            at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            unsent.append({"latitude": latitude, "longitude": longitude, "timestamp": at, "accuracy": 8.0})
            if await self.person.once("POST", "/v1/drivers/me/location", unsent[-MOST_FIXES:]) is not None:
                unsent = []
            await self._world.pause(self._dice, 7, 12)

    async def deliver(self, order_id: str) -> Json | None:
        """Takes an order to its customer; the order, or None if it was taken away from the driver."""
        dice, pause = self._dice, self._world.pause
        way = ["delivering", "arriving", "arrived"][: dice.choice((1, 2, 2, 3))]
        for status in way:
            await pause(dice, 1, 5)
            if await self._step(order_id, status) is None:
                return None
        await pause(dice, 2, 6)
        if dice.random() < 0.1:
            return await self._step(order_id, "failed")
        return await self._confirm(order_id)

    async def _step(self, order_id: str, status: str) -> Json | None:
        try:
            return await orders.step(self.person, order_id, status)
        except Refused as refusal:
            if refusal.code in ("forbidden", "not_found"):
                return None
            raise

    async def _confirm(self, order_id: str) -> Json | None:
        pin = (await self._office.get(f"/v1/deliveries/{order_id}"))["pin"]
        if pin is None:
            return None
        empties = self._dice.randint(0, 2)
        body = {"confirmation_type": "pin", "pin": pin, "empties_back": empties}
        try:
            await self.person.repeat("POST", f"/v1/deliveries/{order_id}/confirm", body)
        except Refused as refusal:
            if refusal.status not in (403, 404, 409):
                raise
        return await orders.read(self._office, order_id)


async def hire_drivers(world: World, admin: Person, office: Person) -> list[Driver]:
    """The drivers of stack.json and new ones."""
    people = [await world.seeded("driver", "delivery", n) for n in range(SEEDED)]
    for n in range(SEEDED, len(DRIVER_FORMATS)):
        row = await admin.create("/v1/drivers", {"name": f"司機{n}", "phone": new_phone()})
        people.append(await world.hire(admin, f"driver-{n}", "driver", driver_id=row["id"]))
    return [Driver(world, person, office) for person in people]


async def work(world: World, drivers: list[Driver]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for driver in drivers:
            tasks.create_task(driver.drive())
