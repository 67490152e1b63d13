"""The restaurant: guests order at tables by QR code, the kitchen changes their orders' status, and they pay."""

import asyncio
from typing import Any, Final

from infra.local.demo.person import Person, Refused
from infra.local.demo.simulation import Simulation

_NEXT: Final = {
    "pending": "confirmed",
    "confirmed": "preparing",
    "preparing": "ready",
    "ready": "served",
    "served": "completed",
}
_GUESTS_EVERY: Final = (15.0, 45.0)
_KITCHEN_EVERY: Final = 4.0
# The share of the board's orders that change in each round: a dish takes about a minute.
_MOVED: Final = 1 / 3


class Restaurant:
    """kitchen: the user of the kitchen board."""

    def __init__(self, kitchen: Person, simulation: Simulation) -> None:
        self._kitchen = kitchen
        self._diary = simulation.diary
        self._clock = simulation.clock
        self._dice = simulation.dice("restaurant")

    async def receive_guests(self, closed: asyncio.Event) -> None:
        """Guests sit down, one after the other, until the day is over."""
        tables = await self._kitchen.all("/v1/tables", status="active")
        while not closed.is_set():
            table = self._dice.choice(tables)
            try:
                await self._order(table)
            except Refused as refusal:
                # The restaurant is closed, or the table has ordered too often.
                self._diary.note(f"Table {table['number']}", str(refusal), counts_as="guests who left again")
            await self._clock.sleep(self._dice.uniform(*_GUESTS_EVERY))

    async def cook(self, closed: asyncio.Event) -> None:
        """Changes the orders' status; returns when the day is over and no guest waits for a dish."""
        while (orders := await self._open_orders()) or not closed.is_set():
            for order in orders:
                if closed.is_set() or self._dice.random() < _MOVED:
                    await self._move(order)
            await self._clock.sleep(_KITCHEN_EVERY)

    async def _order(self, table: Any) -> None:
        code = await self._kitchen.get(f"/v1/tables/{table['id']}/qr")
        seat = await self._kitchen.guest().post("/v1/guests/table", {"qr": code["qr"]})
        guest = self._kitchen.guest(seat["access_token"])
        menu = [item for section in (await guest.get("/v1/menu"))["sections"] for item in section["items"]]
        dishes = self._dice.sample(menu, self._dice.randint(1, min(4, len(menu))))
        items = [{"menu_item_id": dish["id"], "quantity": self._dice.choice((1, 1, 2))} for dish in dishes]
        await guest.post("/v1/orders", {"items": items})
        self._diary.note(
            f"Table {table['number']}",
            f"orders {'、'.join(dish['name'] for dish in dishes)}",
            counts_as="orders at tables",
        )

    async def _open_orders(self) -> list[Any]:
        return await self._kitchen.all("/v1/orders", status=",".join(_NEXT))

    async def _move(self, order: Any) -> None:
        status = _NEXT[order["status"]]
        if status == "completed" and order["payment_status"] == "pending":
            paid = {"payment_status": "paid", "payment_method": "cash"}
            await self._kitchen.post(f"/v1/orders/{order['id']}/payment", paid)
        await self._kitchen.post(f"/v1/orders/{order['id']}/status", {"status": status})
        if status == "completed":
            self._diary.counts["orders served and paid at tables"] += 1
