"""The tree of errors with stable codes. HTTP and WebSocket each translate it in one place.

Refusal                  a request cannot be fulfilled; nothing was written
├── BadRequest           400  bad_request, malformed_json
├── Unauthenticated      401  unauthenticated, token_expired, …
├── Forbidden            403  forbidden, tenant_suspended
├── NotFound             404  not_found (also for another tenant's or user's resource)
├── MethodNotAllowed     405  method_not_allowed (by API Gateway, with Allow)
├── Conflict             409  conflict, stale_version
│   └── IllegalTransition     illegal_transition
├── TooLarge             413  too_large
├── UnsupportedMedia     415  unsupported_media_type
├── Invalid              422  invalid (with `errors` per field)
├── TooFast              429  too_fast (with Retry-After)
├── Unreadable           500  row_unreadable (models/parsing.py: a stored row is damaged)
└── Unavailable          503  unavailable (with Retry-After)
    └── Busy                  busy
"""

from typing import Any, ClassVar

from chalicelib.core.error_codes import ErrorCode


class Refusal(Exception):
    """A request cannot be fulfilled, and why.

    status: the HTTP status.
    code: a stable word for programs; may be narrowed per instance. detail: a sentence, by default the code's own.
    extra: further members of the problem document, JSON values only.
    """

    status: ClassVar[int]
    title: ClassVar[str]
    code: ErrorCode

    def __init__(self, detail: str | None = None, *, code: ErrorCode | None = None, **extra: Any) -> None:
        if code is not None:
            self.code = code
        if detail is None:
            detail = "" if code is None else code.detail
        super().__init__(detail)
        self.detail = detail
        self.extra = extra

    @property
    def headers(self) -> dict[str, str]:
        """HTTP headers that belong to this refusal."""
        return {}

    def problem(self) -> dict[str, Any]:
        """The RFC 9457 problem document."""
        return {
            "type": f"urn:luckygas:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.extra,
        }


class BadRequest(Refusal):
    """The request cannot be read at all."""

    status, title, code = 400, "Bad request", ErrorCode.BAD_REQUEST


class Unauthenticated(Refusal):
    """There is no token, or it is not valid (any more)."""

    status, title, code = 401, "Not signed in", ErrorCode.UNAUTHENTICATED

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(Refusal):
    """The token is valid, but its role or tenant may not do this."""

    status, title, code = 403, "Not allowed", ErrorCode.FORBIDDEN


class NotFound(Refusal):
    """The resource does not exist, or belongs to another tenant or user."""

    status, title, code = 404, "Not found", ErrorCode.NOT_FOUND


class MethodNotAllowed(Refusal):
    """The path has no such method. API Gateway answers this; no endpoint raises it."""

    status, title, code = 405, "Method not allowed", ErrorCode.METHOD_NOT_ALLOWED


class Conflict(Refusal):
    """The request does not fit the present state."""

    status, title, code = 409, "Conflict", ErrorCode.CONFLICT


class IllegalTransition(Conflict):
    """The order, or the route, cannot change to this status from its current one."""

    code = ErrorCode.ILLEGAL_TRANSITION

    def __init__(self, current: str, requested: str, allowed: list[str], *, what: str = "An order") -> None:
        super().__init__(
            f"{what} that is {current} cannot become {requested}.", current_status=current, allowed=allowed
        )


class TooLarge(Refusal):
    """The body is larger than this endpoint accepts."""

    status, title, code = 413, "Too large", ErrorCode.TOO_LARGE


class UnsupportedMedia(Refusal):
    """The body is neither JSON nor, if the endpoint accepts one, a form."""

    status, title, code = 415, "Unsupported media type", ErrorCode.UNSUPPORTED_MEDIA_TYPE


class Invalid(Refusal):
    """The request has fields with invalid values.

    errors: one (field, message) for each, the field as a dotted path: `items.0.quantity`.
    """

    status, title, code = 422, "Invalid", ErrorCode.INVALID

    def __init__(self, *errors: tuple[str, str], code: ErrorCode | None = None) -> None:
        detail = "; ".join(f"{field}: {message}" if field else message for field, message in errors)
        super().__init__(
            detail, code=code, errors=[{"field": field, "message": message} for field, message in errors]
        )


class TooFast(Refusal):
    """Too many attempts; wait `retry_after` seconds."""

    status, title, code = 429, "Too many requests", ErrorCode.TOO_FAST

    def __init__(self, detail: str | None = None, *, retry_after: int, code: ErrorCode | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


class Unavailable(Refusal):
    """A service that the request needs does not answer.

    retry_after: the seconds after which another attempt makes sense.
    """

    status, title, code = 503, "Unavailable", ErrorCode.UNAVAILABLE
    retry_after: ClassVar[int] = 5

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


class Busy(Unavailable):
    """Other requests are writing the same rows; try again after a moment."""

    code, retry_after = ErrorCode.BUSY, 1


def stale(current: int) -> Conflict:
    """The refusal for a client that sent another version than the current one."""
    return Conflict(
        "It was changed elsewhere meanwhile. Read it again.", code=ErrorCode.STALE_VERSION, current_version=current
    )
