"""A front door for tests: on a free port, with functions that are Python callables."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from infra.gateway_responses import gateway_responses
from infra.local.front_door import SERVER, FrontDoor
from infra.local.functions import Event, FunctionFailed
from infra.local.rest_api import REST_TIMEOUT
from infra.local.static_origin import Fetch, StaticOrigin, StoredObject
from infra.local.websocket_connection import Limits
from infra.other_methods import refuse_other_methods
from tests.aws_in_process import ENVIRONMENT

Answer = Callable[[Event], Any]
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=local"}


class FakeFunctions:
    """An Invoke that asks the given callables and remembers the events."""

    def __init__(self, **answers: Answer) -> None:
        self._answers = answers
        self.events: defaultdict[str, list[Event]] = defaultdict(list)
        self.called = asyncio.Event()

    async def __call__(self, function: str, event: Event) -> Any:
        self.events[function].append(event)
        answer = self._answers.get(function, lambda _: {"statusCode": 200})(event)
        self.called.set()
        return await answer if isinstance(answer, Coroutine) else answer

    async def events_of(self, function: str, count: int = 1) -> list[Event]:
        """The events of a function, once there are so many."""
        async with asyncio.timeout(5):
            while len(self.events[function]) < count:
                self.called.clear()
                await self.called.wait()
        return self.events[function]


class FakeBucket:
    """A Fetch from a dictionary. It records the requested keys."""

    def __init__(self, objects: Mapping[str, StoredObject] | None = None) -> None:
        self.objects = dict(objects or {})
        self.keys: list[str] = []

    async def __call__(self, key: str) -> StoredObject | None:
        self.keys.append(key)
        return self.objects.get(key)


def failing(_: Event) -> Any:
    """A function that raises."""
    raise FunctionFailed("boom")


def template(paths: dict[str, list[str]]) -> dict[str, Any]:
    """A template with a finished REST API as Chalice begins it: path → methods, with a preflight each."""
    proxy = {"x-amazon-apigateway-integration": {"type": "aws_proxy"}}
    allow = {"method.response.header.Access-Control-Allow-Origin": "'*'"}
    preflight = {
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "responses": {"default": {"statusCode": "200", "responseParameters": allow}},
        }
    }
    definition = {
        "x-amazon-apigateway-binary-media-types": ["image/png"],
        "paths": {
            path: {**dict.fromkeys(methods, proxy), "options": preflight} for path, methods in paths.items()
        },
    }
    refuse_other_methods(definition)
    properties = {
        "DefinitionBody": definition,
        "GatewayResponses": gateway_responses(),
        "MinimumCompressionSize": 1024,
    }
    return {"Resources": {"RestAPI": {"Properties": properties}}}


class _Server(TestServer):
    """A request that the client has begun continues without the client, as on AWS."""

    async def _make_runner(self, **settings: Any) -> web.BaseRunner:
        return await super()._make_runner(**{**settings, "handler_cancellation": False, **SERVER})


@asynccontextmanager
async def front_door(
    functions: FakeFunctions,
    limits: Limits | None = None,
    *,
    paths: dict[str, list[str]] | None = None,
    timeout: float = REST_TIMEOUT,
    bucket: Fetch | None = None,
) -> AsyncIterator[TestClient[Any, Any]]:
    """A client of a front door whose REST API has the given paths. bucket: its static files."""
    static = StaticOrigin(bucket or FakeBucket())
    routes = template(paths or {"/v1/health": ["get"]})
    door = FrontDoor(routes, functions, static, limits, origin_key=ENVIRONMENT["ORIGIN_KEY"], timeout=timeout)
    async with TestClient(_Server(door.application())) as client:
        yield client
