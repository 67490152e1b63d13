"""An HTTP proxy between the deployed functions and AWS, which injects faults.

A function's signatures cover host and path, so both are forwarded unchanged: X-Amz-Target tells the service, and
the credentials of the signature tell the function.
"""

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from infra.local.front_door import running
from infra.local.ports import HOST, number_of, reserved

_HOP_BY_HOP: Final = frozenset(("connection", "content-length", "keep-alive", "transfer-encoding"))
_SINGLE_WRITES: Final = frozenset(("DeleteItem", "PutItem", "UpdateItem"))
_TRANSACTIONS: Final = frozenset(("TransactGetItems", "TransactWriteItems"))
_THROTTLES: Final = {
    "dynamodb": ("ProvisionedThroughputExceededException", "ThrottlingException"),
    "sqs": ("RequestThrottled", "ThrottlingException"),
}
_JSON_SERVICES: Final = {"DynamoDB_20120810": "dynamodb", "AmazonSQS": "sqs"}
_ACCESS_KEY: Final = re.compile(r"Credential=(\w+)/")
_DYNAMODB: Final = "com.amazonaws.dynamodb.v20120810#"
# Some are longer than the functions wait for an answer: 3 s for DynamoDB and SQS, less for a post.
_DELAYS: Final = (0.2, 5.0)


class Proxy:
    """Forwards requests.

    active: for each service, the share of its requests that each fault meets: `throttle`, `conflict`, `delay`,
    `lose` (the request is forwarded, and the connection closed without an answer), and for the gateway `refuse`
    (429) and `fail` (500).
    doomed: functions to kill at their next request, and whether it is forwarded before.
    targets: URLs of `dynamodb`, `sqs` and `gateway`. functions: names by access key. kill: ends a function's
    processes.
    """

    def __init__(self, targets: Mapping[str, str], dice: random.Random) -> None:
        self._targets = targets
        self._dice = dice
        # Set when the stack is ready.
        self.functions: Mapping[str, str] = {}
        self.kill: Callable[[str], object] = print
        self.active: dict[str, dict[str, float]] = {service: {} for service in targets}
        self.doomed: dict[str, bool] = {}
        self.counts: Counter[str] = Counter()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serves the proxy; its URL."""
        application = web.Application(client_max_size=32 * 1024 * 1024)
        application.router.add_route("*", "/{path:(?s:.*)}", self._handle)
        reservation = reserved({}, "")
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        async with self._session, running(application, reservation):
            yield f"http://{HOST}:{number_of(reservation)}"

    async def _handle(self, request: web.Request) -> web.Response:
        target, _, operation = request.headers.get("X-Amz-Target", "").rpartition(".")
        service = _JSON_SERVICES.get(target, "gateway")
        function = self._function(request) if self.functions else ""
        try:
            body = await request.read()
        except ConnectionError:  # the function was killed
            return _lost(request)
        url = self._targets[service] + str(request.rel_url)
        forwards_before = self.doomed.pop(function, None)
        if forwards_before is not None:
            if forwards_before:
                await self._forward(request, url, body)
            self.kill(function)
            return _lost(request)
        fault = self._fault(service)
        answer = _refusal(service, fault, operation, body, self._dice)
        if answer is not None:
            self.counts[f"{service} {fault}"] += 1
            return answer
        answer = await self._forward(request, url, body)
        if fault == "delay":
            self.counts[f"{service} {fault}"] += 1
            await asyncio.sleep(self._dice.uniform(*_DELAYS))
        elif fault == "lose":
            self.counts[f"{service} {fault}"] += 1
            return _lost(request)
        return answer

    def _function(self, request: web.Request) -> str:
        """The caller. Raises KeyError for an unknown access key, so that the call fails."""
        signed = _ACCESS_KEY.search(request.headers.get("Authorization", ""))
        return self.functions[signed[1] if signed else ""]

    def _fault(self, service: str) -> str | None:
        """The fault of this request."""
        return next((name for name, share in self.active[service].items() if self._dice.random() < share), None)

    async def _forward(self, request: web.Request, url: str, body: bytes) -> web.Response:
        headers = _without(request.headers)
        try:
            async with self._session.request(
                request.method, URL(url, encoded=True), data=body, headers=headers
            ) as answer:
                return web.Response(
                    status=answer.status, headers=_without(answer.headers), body=await answer.read()
                )
        except aiohttp.ClientError:  # the stack is ending
            return _lost(request)


def _without(headers: Mapping[str, str]) -> "CIMultiDict[str]":
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in _HOP_BY_HOP)


def _lost(request: web.Request) -> web.Response:
    """Closes the connection; the answer is not sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _refusal(
    service: str, fault: str | None, operation: str, body: bytes, dice: random.Random
) -> web.Response | None:
    """The answer of a service that refuses the request; None if the fault does not apply to the operation."""
    if service == "gateway":
        refused = {"refuse": (429, "LimitExceededException"), "fail": (500, "InternalServerError")}.get(
            fault or ""
        )
        return _error(*refused, {}) if refused else None
    prefix = _DYNAMODB if service == "dynamodb" else "com.amazonaws.sqs#"
    if fault == "throttle":
        return _error(400, prefix + dice.choice(_THROTTLES[service]), {})
    if fault == "conflict" and operation in _SINGLE_WRITES:
        return _error(400, prefix + "TransactionConflictException", {})
    if fault == "conflict" and operation in _TRANSACTIONS:
        items = len(json.loads(body)["TransactItems"])
        reasons = [{"Code": "None"} for _ in range(items)]
        reasons[dice.randrange(items)] = {
            "Code": "TransactionConflict",
            "Message": "Transaction is ongoing for the item",
        }
        return _error(400, prefix + "TransactionCanceledException", {"CancellationReasons": reasons})
    return None


def _error(status: int, kind: str, fields: Mapping[str, Any]) -> web.Response:
    name = kind.rpartition("#")[2]
    message = f"Injected {name}"
    if "CancellationReasons" in fields:
        codes = ", ".join(reason["Code"] for reason in fields["CancellationReasons"])
        message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return web.json_response(
        {"__type": kind, "message": message, "Message": message, **fields},
        status=status,
        headers={"x-amzn-ErrorType": name},
    )
