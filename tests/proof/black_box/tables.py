"""The restaurant's tables: guests sit down by the table's code, order, and leave; the kitchen serves."""

import asyncio

from tests.proof.black_box import orders
from tests.proof.black_box.clients import TABLES, World
from tests.proof.black_box.rest import Json, Person

WAY = ("confirmed", "preparing", "ready", "served")
FORMATS = ("restaurant", "standard", "restaurant")


class Table:
    """One table, and its guests one after the other."""

    def __init__(self, world: World, kitchen: list[Person], row: Json, n: int) -> None:
        self._world = world
        self._kitchen = kitchen
        self._row = row
        self._n = n
        self._dice = world.dice(f"table {n}")

    async def work(self) -> None:
        """Receives guests until the day closes."""
        guests = 0
        await self._world.pause(self._dice, 0, 20)
        while not self._world.closing.is_set():
            guests += 1
            await self._receive(f"guest-{self._n}-{guests}")
            await self._world.pause(self._dice, 5, 20)

    async def _receive(self, name: str) -> None:
        clerk = self._dice.choice(self._kitchen)
        code = (await clerk.get(f"/v1/tables/{self._row['id']}/qr"))["qr"]
        guest = self._world.person(name)
        seat = await guest.enter("/v1/guests/table", {"qr": code})
        guest.token = seat["access_token"]
        socket = self._world.connect(
            name,
            guest,
            FORMATS[self._n % len(FORMATS)],
            role="table",
            tenant=clerk.me["tenant"]["id"],
            guest_id=seat["guest_id"],
        )
        listening = self._world.run(socket.run())
        try:
            menu = [dish for part in (await guest.get("/v1/menu"))["sections"] for dish in part["items"]]
            for _ in range(self._dice.choice((1, 1, 2))):
                dishes = self._dice.sample(menu, self._dice.randint(1, 3))
                items = [{"menu_item_id": dish["id"], "quantity": self._dice.choice((1, 2))} for dish in dishes]
                order = await guest.create("/v1/orders", {"items": items})
                socket.watch(f"order:{order['id']}", 0)
                await self._serve(clerk, order["id"])
                # A guest leaves when the phone has shown the last change: each version has one event.
                last = (await orders.read(clerk, order["id"]))["version"]
                while socket.channels[f"order:{order['id']}"].cursor < last:
                    await asyncio.sleep(1)
            await socket.settle()
        finally:
            listening.cancel()
            del self._world.listeners[name]

    async def _serve(self, clerk: Person, order_id: str) -> None:
        dice = self._dice
        for status in WAY:
            await self._world.pause(dice, 6, 20)
            if status == "preparing" and dice.random() < 0.08:
                await orders.step(clerk, order_id, "cancelled")
                return
            if await orders.step(clerk, order_id, status) is None:
                return
        await self._world.pause(dice, 5, 20)
        await orders.pay(clerk, order_id, dice.choice(("cash", "card", "line_pay")))
        await orders.step(clerk, order_id, "completed")


async def open_tables(world: World, admin: Person, kitchen: list[Person]) -> list[Table]:
    """The tables of the restaurant, and as many new ones as it lacks."""
    rows = await admin.all("/v1/tables", status="active")
    for n in range(len(rows), TABLES):
        rows.append(await admin.create("/v1/tables", {"number": f"P{n}-{world.seed % 1000}", "seats": 4}))
    return [Table(world, kitchen, row, n) for n, row in enumerate(rows[:TABLES])]
