"""The local stack's edge and its API Gateway: one port for both APIs, static files and @connections.

The routing table, `infra/edge.py`, decides where a request goes. Only @connections is not in it: functions call it
at the WebSocket API's own address. It requires a SigV4 header, as AWS does.
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from chalicelib.auth.source import ADDRESS_HEADER, KEY_HEADER
from infra import edge
from infra.local.functions import Invoke
from infra.local.rest_api import MAX_BODY, REST_TIMEOUT, STAGE, RestApi
from infra.local.static_origin import StaticOrigin
from infra.local.websocket_api import WebSocketApi
from infra.local.websocket_connection import Limits

_PREFIX = f"/{STAGE}"
_CONNECTIONS = f"{_PREFIX}/@connections/"
# The origin of a request. Not set for @connections, which does not pass the edge.
_ORIGIN = web.RequestKey("_ORIGIN", str)
# Settings of aiohttp's server. It must not decode bodies, because API Gateway decodes other codings.
SERVER: dict[str, Any] = {"auto_decompress": False}


class FrontDoor:
    """Dispatches requests to the origins by the routing table."""

    def __init__(
        self,
        template: dict[str, Any],
        invoke: Invoke,
        static: StaticOrigin,
        limits: Limits | None = None,
        *,
        origin_key: str = "",
        timeout: float = REST_TIMEOUT,
    ) -> None:
        self._invoke = invoke
        self._origin_key = origin_key
        self._static = static
        self._timeout = timeout
        self.sockets = WebSocketApi(invoke, limits or Limits())
        self.serve(template)

    def serve(self, template: dict[str, Any]) -> None:
        """Uses the routes of a newly deployed template; open connections stay open."""
        self._rest = RestApi(template["Resources"]["RestAPI"]["Properties"], self._invoke, timeout=self._timeout)

    def application(self) -> web.Application:
        """The aiohttp application, to be served by `running` or a test."""
        application = web.Application(client_max_size=MAX_BODY)
        application.router.add_route("*", "/{path:(?s:.*)}", self._dispatch)

        async def close_all(_: web.Application) -> None:
            await self.sockets.close_all()

        application.on_shutdown.append(close_all)
        # With the signal, because a WebSocket's 101 is sent before its handler returns.
        application.on_response_prepare.append(_add_headers)
        return application

    async def _dispatch(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if path.startswith(_CONNECTIONS):
            return await self._connections(request, unquote(path.removeprefix(_CONNECTIONS)))
        upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
        found = edge.route(path, request.rel_url.raw_query_string, upgrade=upgrade)
        request[_ORIGIN] = found.origin if isinstance(found, edge.Forward) else "redirect"
        if found is None:
            # API Gateway's answer outside of a stage, and of its WebSocket API for any other path.
            return web.json_response({"message": "Forbidden"}, status=HTTPStatus.FORBIDDEN)
        if isinstance(found, edge.Redirect):
            return web.Response(status=HTTPStatus.FOUND, headers={"Location": found.location})
        forwarded = request.clone(
            rel_url=URL.build(path=found.path, query_string=found.query, encoded=True),
            headers=self._with_address(request),
        )
        if found.origin == "websocket":
            return await self.sockets.connect(forwarded)
        if found.origin == "static":
            return await self._static.handle(forwarded)
        return await self._rest.handle(forwarded, found.path.removeprefix(_PREFIX) or "/")

    def _with_address(self, request: web.Request) -> CIMultiDict[str]:
        """The headers with the client's address, which replaces one sent by the client, as CloudFront does."""
        # Not `request.headers`, whose names are in lower case: API Gateway passes names as they were sent.
        sent = (
            (name.decode(errors="replace"), value.decode(errors="replace")) for name, value in request.raw_headers
        )
        headers = CIMultiDict(sent)
        headers[ADDRESS_HEADER] = request.remote or ""
        headers[KEY_HEADER] = self._origin_key
        return headers

    async def _connections(self, request: web.Request, connection_id: str) -> web.Response:
        # Only the presence of a signature is checked, because local keys are arbitrary.
        authorised = request.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 ")
        if request.method == "POST":
            return await self.sockets.post(connection_id, authorised, await request.read())
        if request.method == "GET":
            return self.sockets.show(connection_id, authorised)
        if request.method == "DELETE":
            return self.sockets.delete(connection_id, authorised)
        return self._rest.refuse("MISSING_AUTHENTICATION_TOKEN")


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    if origin := request.get(_ORIGIN):
        edge.add_headers(response.headers, origin)


@asynccontextmanager
async def running(application: web.Application, reservation: socket.socket) -> AsyncIterator[None]:
    """Serves an application on a bound socket. Raises OSError if another program listens on its port."""
    # No access log: at a thousand posts a second it would be the slowest part.
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1, **SERVER)
    await runner.setup()
    try:
        await web.SockSite(runner, reservation).start()
        yield
    finally:
        await runner.cleanup()
