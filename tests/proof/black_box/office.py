"""The gas business: its office and its customers order, and each order has a life of its own."""

import asyncio

from tests.proof.black_box import orders
from tests.proof.black_box.clients import World, new_phone
from tests.proof.black_box.drivers import Driver
from tests.proof.black_box.rest import Json, Person

# A login may create ten orders at once, and then one each 2.4 hours.
MOST_OF_A_CUSTOMER = 6
EVERY = (4.0, 9.0)
# While the system is slow, the office does not pile up orders that all repeat their requests.
MOST_OPEN = 12


class Office:
    """staff, customers: signed in. products: cylinders."""

    def __init__(
        self,
        world: World,
        staff: list[Person],
        customers: list[Person],
        drivers: list[Driver],
        products: list[Json],
    ) -> None:
        self._world = world
        self._staff = staff
        self._customers = customers
        self._drivers = {driver.id: driver for driver in drivers}
        self._products = products
        self._dice = world.dice("office")
        self._ordered = dict.fromkeys((person.name for person in customers), 0)

    async def work(self) -> None:
        """Receives orders until the day closes; returns when all of them have ended."""
        places = asyncio.Semaphore(MOST_OPEN)
        async with asyncio.TaskGroup() as lives:
            while not self._world.closing.is_set():
                if not places.locked():
                    lives.create_task(self._live(places))
                await self._world.pause(self._dice, *EVERY)

    async def _live(self, places: asyncio.Semaphore) -> None:
        async with places:
            await self._serve()

    async def _serve(self) -> None:
        """One order, from its creation to its end."""
        dice, pause, clerk = self._dice, self._world.pause, self._dice.choice(self._staff)
        order = await self._create(clerk)
        order_id = order["id"]
        await pause(dice, 1, 4)
        if dice.random() < 0.1:
            await orders.step(clerk, order_id, "cancelled")
            return
        while order["status"] in ("pending", "failed"):
            if await orders.step(clerk, order_id, "confirmed") is None:
                return
            if dice.random() < 0.4:
                await self._edit(clerk, order)
            driver = await self._assign(clerk, order_id)
            if dice.random() < 0.08:
                await orders.step(clerk, order_id, "cancelled")
                return
            ended = await driver.deliver(order_id)
            if ended is None:
                return
            order = ended
        await pause(dice, 1, 4)
        await orders.pay(clerk, order_id, dice.choice(("cash", "transfer")))

    async def _create(self, clerk: Person) -> Json:
        """By a customer who may still order, else by the office for a person without a login."""
        dice = self._dice
        product = dice.choice(self._products)
        body: Json = {
            "items": [{"product_id": product["id"], "quantity": dice.randint(1, 3)}],
            "payment_method": "cash",
        }
        customer = dice.choice(self._customers)
        if dice.random() < 0.3 and self._ordered[customer.name] < MOST_OF_A_CUSTOMER:
            self._ordered[customer.name] += 1
            return await customer.create("/v1/orders", body)
        if dice.random() < 0.2:
            body["customer_id"] = customer.me["customer_id"]
        body |= {"customer_name": "電話顧客", "customer_phone": new_phone()}
        return await clerk.create("/v1/orders", {**body, "address": "臺北市中正區證明路1號"})

    async def _edit(self, clerk: Person, order: Json) -> None:
        """Another clerk adds a cylinder or a note while the order goes on."""
        product, dice = order["items"][0], self._dice
        body: Json = {"notes": f"請按電鈴 {dice.randint(1, 99)}"}
        if dice.random() < 0.5:
            quantity = product["quantity"] + 1
            body = {"items": [{"product_id": product["product_id"], "quantity": quantity}]}
        await orders.edit(clerk, order["id"], body)

    async def _assign(self, clerk: Person, order_id: str) -> Driver:
        dice, pause = self._dice, self._world.pause
        drivers = list(self._drivers.values())
        driver = dice.choice(drivers)
        await pause(dice, 1, 4)
        await orders.assign(clerk, order_id, driver.id)
        if dice.random() < 0.15:
            driver = dice.choice([other for other in drivers if other is not driver])
            await pause(dice, 1, 3)
            await orders.assign(clerk, order_id, driver.id)
        return driver
