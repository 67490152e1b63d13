"""What REST and the telephone network show before and after the run, for the auditor.

Kinds of lines: `before` (a tenant's orders, the daily report and customers), `order`, `notification`, `delivery`,
`customer`, `report`, `complete` (the last one); in the file `phones`: `sms`.
"""

import asyncio
import contextlib
from typing import Any

from aiohttp import ClientError, ClientTimeout

from tests.proof.black_box.clients import World
from tests.proof.black_box.journal import JournalFile
from tests.proof.black_box.rest import Person

WAITING = ("queued", "sending")


async def read_before(file: JournalFile, admin: Person) -> None:
    """admin: of a business whose orders do not change yet."""
    tenant = admin.me["tenant"]["id"]
    orders = {order["id"]: order["order_number"] for order in await admin.all("/v1/orders", limit="100")}
    customers = {row["id"]: row["cylinders_out"] for row in await admin.all("/v1/customers", limit="100")}
    cylinders = [row["id"] for row in await admin.all("/v1/products", limit="100") if row["is_cylinder"]]
    report = await admin.get("/v1/reports/daily")
    file.write("before", tenant=tenant, orders=orders, customers=customers, cylinders=cylinders, report=report)


async def wait_for_sms(admin: Person) -> None:
    """Until no SMS has waited for ten seconds: the row of the last one may not be written yet."""
    calm = 0
    while calm < 3:
        waiting = [await admin.all("/v1/notifications", status=status) for status in WAITING]
        calm = 0 if any(waiting) else calm + 1
        await asyncio.sleep(4)


async def read_after(file: JournalFile, admin: Person) -> None:
    """admin: of a business whose orders no longer change."""
    tenant = admin.me["tenant"]["id"]
    orders = await admin.all("/v1/orders", limit="100")
    for order in orders:
        file.write("order", tenant=tenant, order=order)
    for row in await admin.all("/v1/customers", limit="100"):
        file.write("customer", tenant=tenant, customer=row)
    if admin.me["tenant"]["kind"] == "delivery":
        for row in await admin.all("/v1/notifications", limit="100"):
            file.write("notification", tenant=tenant, notification=row)
        for row in await admin.all("/v1/deliveries", limit="100"):
            file.write("delivery", tenant=tenant, delivery=row)
    file.write("report", tenant=tenant, report=await admin.get("/v1/reports/daily"))


async def watch_phones(world: World) -> None:
    """Writes each SMS that the telephone network delivers, until it is cancelled."""
    file, known = world.journal.of("phones"), 0
    url, wanted = world.info["sms_inbox_url"], {"Accept": "application/json"}
    while True:
        inbox: list[dict[str, Any]] = []
        with contextlib.suppress(ClientError, OSError, TimeoutError, ValueError):
            async with world.http.get(url, headers=wanted, timeout=ClientTimeout(total=20)) as answer:
                inbox = (await answer.json())[::-1]
        for message in inbox[known:]:
            world.sms.put_nowait(message["message"])
            file.write("sms", phone=message["phone"], message=message["message"], sent_at=message["at"])
        known = max(known, len(inbox))
        await asyncio.sleep(2)
