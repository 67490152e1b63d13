"""The refusals and codes of each endpoint, for the OpenAPI document and for the tests that check all answers."""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from chalicelib.api.http import Route
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    TooFast,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
)

# Sent over the WebSocket only, in answer to a message or to `$connect`.
_OF_SOCKETS: Final = frozenset(
    {
        ErrorCode.BINARY_NOT_SUPPORTED,
        ErrorCode.MESSAGE_TOO_LARGE,
        ErrorCode.RATE_LIMITED,
        ErrorCode.TOO_MANY_CHANNELS,
        ErrorCode.TOO_MANY_CONNECTIONS,
        ErrorCode.TOO_MANY_CONNECTS,
        ErrorCode.UNKNOWN_TYPE,
    }
)


def refusals(route: Route) -> frozenset[type[Refusal]]:
    """The refusals of an endpoint: those that follow from its parameters, and its `errors`.

    TooFast is among them, because API Gateway may answer it to any request.
    """
    return frozenset(_derived(route)) | route.errors


def codes(refusal: type[Refusal]) -> list[str]:
    """Every code that an HTTP answer with this error's status can have."""
    return sorted(code for code in ErrorCode if refusal.status in code.statuses and code not in _OF_SOCKETS)


def _derived(route: Route) -> Iterator[type[Refusal]]:
    annotations = route.view.__annotations__
    yield from (TooFast, Unavailable)
    if route.roles is not None:
        yield from (Unauthenticated, Forbidden)
    if route.path_shapes:
        yield NotFound
    if annotations.keys() & {"body", "query", "headers"}:
        yield Invalid
    if "body" in annotations:
        yield from (BadRequest, TooLarge, UnsupportedMedia)
        if _has_version(annotations["body"]):
            yield Conflict


def _has_version(body: Any) -> bool:
    return isinstance(body, type) and issubclass(body, Struct) and "version" in body.__struct_fields__
