"""API Gateway's own answers, without a function: problem documents like the application's.

Chalice has no setting for these. SAM writes them into the API's definition, so they take effect with the
deployment that adds them; separate `AWS::ApiGateway::GatewayResponse` resources would only take effect with the
next one.
"""

import json
from http import HTTPStatus
from typing import Any

from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Unavailable

# response type: (status, code, title, detail). `$context.status` is empty without an integration's answer, so
# every type has its status. The two DEFAULT_… at the end are for types that are not listed.
_RESPONSES: dict[str, tuple[int, ErrorCode, str, str]] = {
    # An unknown path. API Gateway's own answer is a 403 "Missing Authentication Token". Known paths have a method
    # for all others (other_methods.py).
    "MISSING_AUTHENTICATION_TOKEN": (404, ErrorCode.NOT_FOUND, "Not found", "There is no such path."),
    "RESOURCE_NOT_FOUND": (404, ErrorCode.NOT_FOUND, "Not found", "There is no such path."),
    "BAD_REQUEST_BODY": (400, ErrorCode.BAD_REQUEST, "Bad request", "The body cannot be read."),
    "BAD_REQUEST_PARAMETERS": (400, ErrorCode.BAD_REQUEST, "Bad request", "The parameters cannot be read."),
    "UNAUTHORIZED": (401, ErrorCode.UNAUTHENTICATED, "Not signed in", "Sign in first."),
    "ACCESS_DENIED": (403, ErrorCode.FORBIDDEN, "Not allowed", "This request is not allowed."),
    "WAF_FILTERED": (403, ErrorCode.FORBIDDEN, "Not allowed", "This request is not allowed."),
    "EXPIRED_TOKEN": (403, ErrorCode.FORBIDDEN, "Not allowed", "The request's signature has expired."),
    "INVALID_SIGNATURE": (403, ErrorCode.FORBIDDEN, "Not allowed", "The request's signature is not valid."),
    "REQUEST_TOO_LARGE": (413, ErrorCode.TOO_LARGE, "Too large", "The body is too large."),
    "UNSUPPORTED_MEDIA_TYPE": (415, ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Unsupported media type", "Send JSON."),
    "THROTTLED": (429, ErrorCode.TOO_FAST, "Too many requests", "Try again in a second."),
    "QUOTA_EXCEEDED": (429, ErrorCode.TOO_FAST, "Too many requests", "Try again later."),
    # Also an answer over Lambda's 6 MB.
    "INTEGRATION_FAILURE": (502, ErrorCode.UNAVAILABLE, "Unavailable", "No answer; try again."),
    "INTEGRATION_TIMEOUT": (504, ErrorCode.UNAVAILABLE, "Unavailable", "No answer in time; try again."),
    "DEFAULT_4XX": (400, ErrorCode.BAD_REQUEST, "Bad request", "The request cannot be served."),
    "DEFAULT_5XX": (500, ErrorCode.INTERNAL_ERROR, "Internal error", "Something went wrong on our side."),
}

# After which another try makes sense, in seconds.
_RETRY_AFTER: dict[int, int] = {
    HTTPStatus.TOO_MANY_REQUESTS: 1,
    HTTPStatus.BAD_GATEWAY: Unavailable.retry_after,
    HTTPStatus.GATEWAY_TIMEOUT: Unavailable.retry_after,
}


def gateway_responses() -> dict[str, dict[str, Any]]:
    """The `GatewayResponses` property of `AWS::Serverless::Api`."""
    return {kind: _response(*row) for kind, row in _RESPONSES.items()}


def _response(status: int, code: ErrorCode, title: str, detail: str) -> dict[str, Any]:
    headers = {"Content-Type": "'application/problem+json'", "Access-Control-Allow-Origin": "'*'"}
    if status in _RETRY_AFTER:
        headers["Retry-After"] = f"'{_RETRY_AFTER[status]}'"
    problem = {
        "type": f"urn:luckygas:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return {
        "StatusCode": status,
        "ResponseParameters": {"Headers": headers},
        "ResponseTemplates": {"application/json": json.dumps(problem)},
    }
