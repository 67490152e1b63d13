"""Headers, encoding and size of requests and answers, the same for all routes."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from chalice.app import CORSConfig, Request, Response

from chalicelib.core.clock import new_id
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Unauthenticated

# Any origin may call, because access depends on the bearer token alone and no cookie is read.
CORS: Final = CORSConfig(
    allow_origin="*",
    allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Correlation-Id"],
    expose_headers=["Date", "Location", "Retry-After", "X-Correlation-Id"],
    max_age=600,
)

# The most bytes of rows in an answer; Lambda's limit for the whole answer is 6 MB.
MOST_ANSWER_BYTES: Final = 5 * 1024 * 1024

_CORRELATION_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def correlation_id_of(raw: Request) -> str:
    """The client's correlation id, if it is valid; otherwise a new one."""
    sent = raw.headers.get("x-correlation-id", "")
    if _CORRELATION_ID.fullmatch(sent):
        return sent
    return str(raw.context.get("requestId") or new_id())


def bearer_token(headers: Mapping[str, str]) -> str:
    """The access token, not verified. Raises Unauthenticated if there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("This needs an access token: `Authorization: Bearer …`.")
    return token.strip()


def response(body: Any, status: int, headers: Mapping[str, str], correlation_id: str) -> Response:
    """The answer as Chalice sends it. body: None for none; text and bytes are sent unchanged, all else as JSON."""
    headers = {
        "X-Correlation-Id": correlation_id,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        **headers,
    }
    if body is None:
        return Response(body="", status_code=status, headers=headers)
    if isinstance(body, str | bytes):
        return Response(body=body, status_code=status, headers=headers)
    problem = status >= 400  # noqa: PLR2004 - where HTTP begins refusing
    headers["Content-Type"] = "application/problem+json" if problem else "application/json"
    return Response(body=msgspec.json.encode(body).decode(), status_code=status, headers=headers)


def answer_bytes(body: Any) -> int:
    """How many bytes of Lambda's 6 MB a JSON body takes.

    The function's result is JSON in which the body is a text, and Lambda's Python 3.11 writes it in ASCII: a quote
    takes two bytes, a Chinese character six.
    """
    return len(json.dumps(msgspec.json.encode(body).decode()))


def internal_error(correlation_id: str) -> dict[str, Any]:
    """The problem document of an unexpected error."""
    return {
        "type": f"urn:luckygas:problem:{ErrorCode.INTERNAL_ERROR}",
        "title": "Internal error",
        "status": 500,
        "detail": "Something went wrong on our side. It has been logged under the correlation id.",
        "code": ErrorCode.INTERNAL_ERROR,
        "correlation_id": correlation_id,
    }
