"""Mitake's API of the local SMS gateway: forms, `name=value` lines, receipts."""

import asyncio

import aiohttp
from aiohttp import web

from infra.local.sms_network import SmsNetwork

_FLAGS = {"delivered": "4", "failed": "6"}
_RECEIPT_TRIES = 3
_POINTS = 100


def add_routes(application: web.Application, gateway: SmsNetwork) -> None:
    """Adds SmSend and SmQuery below `/mitake`."""
    receipts: set[asyncio.Task[None]] = set()

    async def send(request: web.Request) -> web.Response:
        form = await request.post()
        fields = {name: str(value) for name, value in form.items()}
        if not gateway.is_key(fields.get("password", "")):
            return _lines(statuscode="e", Error="帳號、密碼錯誤")
        if not all(fields.get(name) for name in ("username", "dstaddr", "smbody", "clientid")):
            return _lines(statuscode="y", Error="參數錯誤")
        behaviour = gateway.next_behaviour()
        if behaviour.mode == "refuse":
            return _lines(statuscode="v", Error="無效的手機號碼")
        if behaviour.mode == "fail":
            return web.Response(status=behaviour.status)
        text = fields["smbody"].replace("\x06", "\n")
        message_id, known = gateway.accept(fields["clientid"], fields["dstaddr"], text, "mitake")
        if behaviour.receipt in _FLAGS and "response" in fields and not known:
            report = _report(fields["response"], message_id, fields["dstaddr"], _FLAGS[behaviour.receipt])
            task = asyncio.create_task(report)
            receipts.add(task)
            task.add_done_callback(receipts.discard)
        if behaviour.mode == "stall":
            await asyncio.sleep(behaviour.seconds)
        if behaviour.mode == "repeat":
            return web.Response(status=behaviour.status)
        if behaviour.mode == "garbage":
            return web.Response(text="<html>OK</html>", content_type="text/html")
        again = {"Duplicate": "Y"} if known else {}
        return _lines(msgid=message_id, statuscode="1", AccountPoint=str(_POINTS), **again)

    async def query(request: web.Request) -> web.Response:
        form = await request.post()
        if not gateway.is_key(str(form.get("password", ""))):
            return _lines(statuscode="e", Error="帳號、密碼錯誤")
        status = await gateway.outage()
        return _lines(AccountPoint=str(_POINTS)) if status is None else web.Response(status=status)

    async def stop(_: web.Application) -> None:
        for task in receipts:
            task.cancel()

    application.router.add_post("/mitake/SmSend", send)
    application.router.add_post("/mitake/SmQuery", query)
    application.on_cleanup.append(stop)


def _lines(**values: str) -> web.Response:
    text = "".join(f"{name}={value}\r\n" for name, value in values.items())
    return web.Response(text=f"[1]\r\n{text}", content_type="text/plain")


async def _report(url: str, message_id: str, phone: str, flag: str) -> None:
    """Sends a receipt to the sender, and repeats it until the sender acknowledges it."""
    query = {"msgid": message_id, "dstaddr": phone, "statuscode": "0", "statusstr": "", "StatusFlag": flag}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        for _ in range(_RECEIPT_TRIES):
            try:
                async with session.get(url, params=query) as response:
                    if f"msgid={message_id}" in await response.text():
                        return
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(1)
