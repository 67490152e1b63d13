"""An SMS gateway for the local stack: accepts SMS as providers do, and shows them instead of sending.

    POST /                 {"phone", "message", "sender"}, a bearer key and an Idempotency-Key → {"message_id"}
    POST /mitake/SmSend    Mitake's form, the key as password; a receipt goes to `response` (see sms_mitake.py)
    POST /mitake/SmQuery   the account's remaining points
    GET  /                 the messages, newest first: a page, or with `Accept: application/json` a list
    GET  /health           {"status": "ok"}; 401 for a wrong bearer key, and as the modes say
    POST /behave           {"mode", "status", "count", "seconds", "share", "receipt"}: how to answer from now on

Modes: `ok`; `refuse` answers `status` (400 by default) and `fail` too (500), neither sends; `stall` sends, but
answers only after `seconds`; `repeat` sends, but loses the answer (`status`, 504), so that the sender will try
again; `garbage` sends and returns an invalid answer. `fail` and `stall` without a `count` are an outage, also for
GET /health and SmQuery. `count` limits a mode to so many messages; after them the mode is `ok`. With `share` below
1 the mode applies to that share of the messages, at random. `receipt` is Mitake's later report: `delivered`,
`failed` or `none`.
"""

import asyncio
import json
from dataclasses import asdict
from html import escape
from typing import Any

from aiohttp import web

from infra.local import sms_mitake
from infra.local.sms_network import Behaviour, Message, SmsNetwork

_STATUS = {"refuse": 400, "fail": 500, "repeat": 504}
_RECEIPTS = {name: name for name in ("delivered", "failed", "none")}
_MODES = ("ok", "stall", "garbage", *_STATUS)


class SmsGateway(SmsNetwork):
    """The gateway over HTTP."""

    def application(self) -> web.Application:
        """The aiohttp application."""
        application = web.Application()
        application.router.add_post("/", self._send)
        application.router.add_get("/", self._inbox)
        application.router.add_get("/health", self._health)
        application.router.add_post("/behave", self._behave)
        sms_mitake.add_routes(application, self)
        return application

    async def _send(self, request: web.Request) -> web.Response:
        if not self.is_key(request.headers.get("Authorization", "").removeprefix("Bearer ")):
            return _problem(401, "wrong key")
        fields = await _json(request)
        if fields is None:
            return _problem(400, "the body is not a JSON object")
        wrong = [name for name in ("phone", "message", "sender") if not _is_text(fields.get(name))]
        if wrong:
            return _problem(422, f"missing or not a text: {', '.join(wrong)}")
        idempotency_key = request.headers.get("Idempotency-Key")
        if not idempotency_key:
            return _problem(400, "no Idempotency-Key")

        behaviour = self.next_behaviour()
        if behaviour.mode in ("fail", "refuse"):
            return _problem(behaviour.status, "mode refuse")
        message_id, _ = self.accept(idempotency_key, fields["phone"], fields["message"], fields["sender"])
        if behaviour.mode == "stall":
            await asyncio.sleep(behaviour.seconds)
        if behaviour.mode == "repeat":
            return _problem(behaviour.status, "mode repeat: the answer is lost")
        if behaviour.mode == "garbage":
            return web.Response(text="<html>OK</html>", content_type="text/html")
        return web.json_response({"message_id": message_id})

    async def _inbox(self, request: web.Request) -> web.Response:
        newest_first = self._sent[::-1]
        if "application/json" in request.headers.get("Accept", ""):
            return web.json_response([asdict(message) for message in newest_first])
        return web.Response(text=_page(newest_first), content_type="text/html", headers=_PAGE_HEADERS)

    async def _health(self, request: web.Request) -> web.Response:
        key = request.headers.get("Authorization")
        if key is not None and not self.is_key(key.removeprefix("Bearer ")):
            return _problem(401, "wrong key")
        status = await self.outage()
        return web.json_response({"status": "ok"}) if status is None else _problem(status, "mode fail")

    async def _behave(self, request: web.Request) -> web.Response:
        wish = await _json(request) or {}
        mode = wish.get("mode")
        if mode not in _MODES:
            return _problem(422, f"mode is one of {', '.join(_MODES)}")
        try:
            count = wish.get("count")
            self._behaviour = Behaviour(
                mode=mode,
                status=int(wish.get("status", _STATUS.get(mode, 500))),
                count=None if count is None else int(count),
                seconds=float(wish.get("seconds", 30.0)),
                share=float(wish.get("share", 1.0)),
                receipt=_RECEIPTS[wish.get("receipt", "delivered")],
            )
        except (TypeError, ValueError, KeyError):
            return _problem(422, "status and count are whole numbers, seconds and share are numbers")
        return web.json_response(asdict(self._behaviour))


async def _json(request: web.Request) -> dict[str, Any] | None:
    try:
        fields = await request.json()
    except (ValueError, UnicodeDecodeError):
        return None
    return fields if isinstance(fields, dict) else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _problem(status: int, detail: str) -> web.Response:
    body = json.dumps({"status": status, "detail": detail})
    return web.Response(status=status, text=body, content_type="application/problem+json")


# No script: the page refreshes by itself, and no content of a message can run.
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Refresh": "3",
    "Cache-Control": "no-store",
}
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; color: #222;
       background: #f4f5f7; }
h1 { font-size: 1.4rem; } small, time { color: #667; }
li { list-style: none; background: #fff; border-radius: .75rem; padding: .75rem 1rem; margin: .75rem 0;
     box-shadow: 0 1px 2px #0002; overflow-wrap: anywhere; }
ul { padding: 0; } p { margin: .25rem 0; white-space: pre-wrap; } b { font-variant-numeric: tabular-nums; }
"""


def _page(messages: list[Message]) -> str:
    rows = "".join(
        f"<li><b>{escape(m.phone)}</b> <small>寄件者 From {escape(m.sender)}</small>"
        f"<p>{escape(m.message)}</p><time>{escape(m.at)}</time></li>"
        for m in messages
    )
    content = f"<ul>{rows}</ul>" if rows else "<p>尚無簡訊 No messages yet</p>"
    return (
        '<!doctype html><html lang="zh-Hant-TW"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>簡訊匣 SMS inbox</title><style>{_STYLE}</style></head>"
        f"<body><h1>簡訊匣 SMS inbox <small>({len(messages)})</small></h1>{content}</body></html>"
    )
