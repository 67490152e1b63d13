"""API Gateway's REST API for the deployed template: routes, preflights, events, and its own refusals.

The emulator's REST API is not used, because it loses header case and repeated headers, does not read gateway
responses from an API's definition, shows a function's error to the client, and changes its id on update.
"""

import asyncio
import base64
import json
import secrets
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from infra.local import content_codings
from infra.local.environment import ACCOUNT
from infra.local.functions import Event, FunctionFailed, Invoke
from infra.other_methods import ANY_METHOD

STAGE = "api"
MAX_BODY = 10 * 1024 * 1024
# Lambda's limits for a synchronous invocation, in bytes of the event's and of the answer's JSON. A body is a text
# in it, so a quote takes two bytes. Lambda's Python 3.11 answers in ASCII, so a Chinese character takes six.
MAX_EVENT = 6 * 1024 * 1024
MAX_ANSWER = MAX_EVENT + 100
REST_TIMEOUT = 29.0
# The methods of a route for all methods.
_METHODS = frozenset(("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"))
_HOP_BY_HOP = frozenset(("connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"))
# The function receives the decoded body.
_NOT_PASSED_ON = _HOP_BY_HOP | {"content-encoding"}
# API Gateway sets these response headers itself, and renames a function's own.
_REMAPPED = frozenset(("connection", "content-length", "date", "host", "server", "via", "www-authenticate"))

Operation = dict[str, Any]


class RestApi:
    """Serves what an `AWS::Serverless::Api` with an OpenAPI definition serves.

    properties: the resource's properties in the finished template.
    timeout: seconds a function may take before the client gets 504.
    """

    def __init__(self, properties: dict[str, Any], invoke: Invoke, *, timeout: float = REST_TIMEOUT) -> None:
        self._invoke = invoke
        self._timeout = timeout
        self._responses: dict[str, Any] = properties.get("GatewayResponses", {})
        definition = properties["DefinitionBody"]
        self._compress_from: int | None = properties.get("MinimumCompressionSize")
        self._binary: list[str] = definition.get("x-amazon-apigateway-binary-media-types", [])
        self._routes = [(_segments(path), path, operations) for path, operations in definition["paths"].items()]

    async def handle(self, request: web.Request, path: str) -> web.Response:
        """Answers a request for `path`, raw and without the stage."""
        found = self._match(_segments(path), request.method)
        if found is None:
            return self.refuse("MISSING_AUTHENTICATION_TOKEN")
        resource, operation, parameters = found
        if operation["x-amazon-apigateway-integration"]["type"].lower() == "mock":
            return self._mock(request, operation["x-amazon-apigateway-integration"])
        try:
            coding = ", ".join(request.headers.getall("Content-Encoding", []))
            body = content_codings.decode(await request.read(), coding, MAX_BODY)
        except (web.HTTPRequestEntityTooLarge, content_codings.TooLarge):
            return self.refuse("REQUEST_TOO_LARGE")
        except content_codings.UnsupportedCoding:
            return self.refuse("UNSUPPORTED_MEDIA_TYPE")
        event = self._event(request, path, resource, parameters, body)
        if len(json.dumps(event, ensure_ascii=False).encode()) > MAX_EVENT:
            return self.refuse("REQUEST_TOO_LARGE")
        return await self._answered(request, event)

    async def _answered(self, request: web.Request, event: Event) -> web.Response:
        """The function's answer, or API Gateway's own refusal if that is late, too large or invalid."""
        try:
            answer = await asyncio.wait_for(self._invoke("APIHandler", event), self._timeout)
            if len(json.dumps(answer)) > MAX_ANSWER:
                return self.refuse("INTEGRATION_FAILURE")
            return self._compressed(request, self._response(answer, request.headers.get("Accept", "")))
        except TimeoutError:
            return self.refuse("INTEGRATION_TIMEOUT")
        except (FunctionFailed, KeyError, TypeError, ValueError, AttributeError):
            return self.refuse("DEFAULT_5XX")  # the reason is in the function's log

    def refuse(self, kind: str) -> web.Response:
        """API Gateway's own answer of a gateway response type."""
        response = self._responses[kind]
        headers = {name: value.strip("'") for name, value in response["ResponseParameters"]["Headers"].items()}
        template = response["ResponseTemplates"]["application/json"]
        return web.Response(status=int(response["StatusCode"]), headers=headers, body=template.encode())

    def _mock(self, request: web.Request, integration: dict[str, Any]) -> web.Response:
        """The answer of a mock integration, for CORS preflights and for methods that a path does not have."""
        # Without a Content-Type, API Gateway assumes JSON.
        sent = request.headers.get("Content-Type", "application/json").partition(";")[0].strip().lower()
        if integration.get("passthroughBehavior") == "never" and sent not in integration["requestTemplates"]:
            return self.refuse("UNSUPPORTED_MEDIA_TYPE")
        answer = integration["responses"]["default"]
        prefix = "method.response.header."
        parameters = answer["responseParameters"].items()
        headers = {name.removeprefix(prefix): value.strip("'") for name, value in parameters}
        headers.setdefault("Content-Type", "application/json")
        body = answer.get("responseTemplates", {}).get("application/json", "{}")
        return web.Response(status=int(answer["statusCode"]), headers=headers, body=body.encode())

    def _match(self, requested: list[str], method: str) -> tuple[str, Operation, dict[str, str]] | None:
        """The most literal resource that matches; None for an unknown path, or one without the method."""
        fits = []
        for segments, path, operations in self._routes:
            if len(segments) == len(requested) and all(
                _is_parameter(segment) or segment == unquote(have)
                for segment, have in zip(segments, requested, strict=True)
            ):
                fits.append(([_is_parameter(segment) for segment in segments], segments, path, operations))
        if not fits:
            return None
        _, segments, path, operations = min(fits, key=lambda fit: fit[0])
        operation = operations.get(method.lower()) or (operations.get(ANY_METHOD) if method in _METHODS else None)
        if operation is None:
            return None
        pairs = zip(segments, requested, strict=True)
        return path, operation, {name[1:-1]: unquote(value) for name, value in pairs if _is_parameter(name)}

    def _event(
        self, request: web.Request, path: str, resource: str, parameters: dict[str, str], body: bytes
    ) -> Event:
        """The Lambda proxy event of a REST API (payload format 1.0)."""
        now = datetime.now(UTC)
        peer = request.remote or ""
        headers = _collected(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in request.raw_headers
            if name.decode("latin-1").lower() not in _NOT_PASSED_ON
        )
        headers["X-Forwarded-For"] = [*headers.get("X-Forwarded-For", []), peer]
        headers["X-Forwarded-Proto"] = [request.scheme]
        headers["X-Amzn-Trace-Id"] = [f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"]
        query = _collected(request.query.items())
        binary = _matches(request.content_type, self._binary)
        return {
            "resource": resource,
            "path": path,
            "httpMethod": request.method,
            "headers": {name: values[-1] for name, values in headers.items()},
            "multiValueHeaders": headers,
            "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
            "multiValueQueryStringParameters": query or None,
            "pathParameters": parameters or None,
            "stageVariables": None,
            "requestContext": {
                "accountId": ACCOUNT,
                "apiId": "local",
                "domainName": request.host,
                "extendedRequestId": secrets.token_urlsafe(11),
                "httpMethod": request.method,
                "identity": {"sourceIp": peer, "userAgent": request.headers.get("User-Agent")},
                "path": f"/{STAGE}{path}",
                "protocol": "HTTP/1.1",
                "requestId": secrets.token_hex(16),
                "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
                "requestTimeEpoch": int(now.timestamp() * 1000),
                "resourceId": "local",
                "resourcePath": resource,
                "stage": STAGE,
            },
            "body": (base64.b64encode(body).decode() if binary else body.decode(errors="replace"))
            if body
            else None,
            "isBase64Encoded": bool(body) and binary,
        }

    def _response(self, answer: Any, accept: str) -> web.Response:
        """A function's result as HTTP.

        Raises KeyError, TypeError, ValueError and AttributeError for a result that API Gateway would not accept.
        """
        response = web.Response(status=int(answer["statusCode"]))
        single = {name: [value] for name, value in (answer.get("headers") or {}).items()}
        for name, values in {**single, **(answer.get("multiValueHeaders") or {})}.items():
            shown = f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name
            for value in values:
                response.headers.add(shown, str(value))
        response.headers.setdefault("Content-Type", "application/json")
        response.headers["x-amzn-RequestId"] = secrets.token_hex(16)
        body = answer.get("body") or ""
        if not isinstance(body, str):
            raise TypeError("body must be a string")
        # Only the first media type of Accept decides whether the client gets bytes or base64.
        media_type = accept.split(",", maxsplit=1)[0].split(";", maxsplit=1)[0].strip()
        decoded = answer.get("isBase64Encoded") and _matches(media_type, self._binary)
        response.body = base64.b64decode(body) if decoded else body.encode()
        return response

    def _compressed(self, request: web.Request, response: web.Response) -> web.Response:
        """The response, compressed depending on its size only, unless the function has compressed it."""
        body, smallest = response.body, self._compress_from
        if smallest is None or "Content-Encoding" in response.headers or not isinstance(body, bytes):
            return response
        if len(body) >= smallest:
            accepted = ",".join(request.headers.getall("Accept-Encoding", []))
            response.body, coding = content_codings.encode(body, accepted)
            if coding is not None:
                response.headers["Content-Encoding"] = coding
        return response


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{")


def _collected(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    collected: dict[str, list[str]] = {}
    for name, value in pairs:
        collected.setdefault(name, []).append(value)
    return collected


def _matches(media_type: str, patterns: list[str]) -> bool:
    major = media_type.split("/", maxsplit=1)[0]
    return bool(media_type) and any(pattern in (media_type, "*/*", f"{major}/*") for pattern in patterns)
