"""People with the tracking link of an SMS: they follow their order until it has ended."""

import asyncio
import re

from tests.proof.black_box.clients import World
from tests.proof.black_box.rest import Json, Person

MOST = 3
TEXT = "您的瓦斯訂單 {order_number} 已確認 {tracking_url}"
LINK = re.compile(r"/v1/l/([0-9A-Za-z_-]+)$")
ENDED = ("delivered", "failed", "cancelled")


async def write_text(admin: Person) -> None:
    """The business's own SMS for confirmed orders, with the link."""
    await admin.repeat("PUT", "/v1/notifications/templates/confirmed/zh-TW", {"text": TEXT})


async def follow_links(world: World, tenant: str | None) -> None:
    """Opens the links of the SMS that come, not more than a few at a time, until the day closes."""
    places, number = asyncio.Semaphore(MOST), 0
    async with asyncio.TaskGroup() as people:
        closing = people.create_task(world.closing.wait())
        while not world.closing.is_set():
            coming = asyncio.create_task(world.sms.get())
            await asyncio.wait([coming, closing], return_when=asyncio.FIRST_COMPLETED)
            code = LINK.search(coming.result()) if coming.done() else None
            coming.cancel()
            if code and not places.locked():
                number += 1
                people.create_task(_follow(world, tenant, f"tracker-{number}", code[1], places))


async def _follow(world: World, tenant: str | None, name: str, code: str, places: asyncio.Semaphore) -> None:
    async with places:
        person = world.person(name)
        entered = await person.enter("/v1/guests/tracking", {"code": code})
        person.token = entered["access_token"]
        order_id, who = entered["order_id"], {"role": "tracker", "tenant": tenant}
        socket = world.connect(name, person, "standard", **who, order_id=order_id)
        channel = f"order:{order_id}"
        socket.watch(channel, entered["cursors"][channel], entered["epochs"][channel])
        listening = world.run(socket.run())
        try:
            while (await _read(person, order_id))["status"] not in ENDED:
                await world.pause(world.dice(name), 3, 3)
            await socket.settle()
        finally:
            listening.cancel()
            del world.listeners[name]


async def _read(person: Person, order_id: str) -> Json:
    order: Json = await person.get(f"/v1/orders/{order_id}")
    return order
