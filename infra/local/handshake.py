"""Checks the handshake of a WebSocket, https://www.rfc-editor.org/rfc/rfc6455#section-4.2.1."""

import base64
import binascii
from http import HTTPStatus

from aiohttp import web

_VERSION = "13"
_KEY_BYTES = 16


def bad_handshake(request: web.Request) -> web.Response | None:
    """The refusal of an invalid handshake; None for a valid one.

    Call it before $connect: aiohttp checks the handshake later, and a refusal then would leave a connection that
    $connect has stored and that never gets its $disconnect.
    """
    if request.headers.get("Upgrade", "").strip().lower() != "websocket":
        return _refusal(HTTPStatus.UPGRADE_REQUIRED, {"Upgrade": "websocket"})
    connection = ",".join(request.headers.getall("Connection", [])).lower()
    if request.method != "GET" or "upgrade" not in (token.strip() for token in connection.split(",")):
        return _refusal(HTTPStatus.BAD_REQUEST)
    if request.headers.get("Sec-WebSocket-Version", "").strip() != _VERSION:
        return _refusal(HTTPStatus.UPGRADE_REQUIRED, {"Sec-WebSocket-Version": _VERSION})
    keys = request.headers.getall("Sec-WebSocket-Key", [])
    if len(keys) != 1 or not _is_key(keys[0].strip()):
        return _refusal(HTTPStatus.BAD_REQUEST)
    return None


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text.encode(), validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def _refusal(status: HTTPStatus, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"message": status.phrase}, status=status, headers=headers)
