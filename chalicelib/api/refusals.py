"""What each endpoint may refuse, and with which codes: for the OpenAPI document, and for the tests that hold all
answers to it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from chalicelib.api.http import Route
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

# The codes that are narrower than their error's own. A test compares them with those that the code raises.
CODES: Final[Mapping[type[Refusal], tuple[str, ...]]] = {
    BadRequest: ("accept_needed", "malformed_json"),
    Unauthenticated: (
        "invalid_refresh_token",
        "invalid_token",
        "qr_expired",
        "qr_invalid",
        "refresh_token_reused",
        "session_revoked",
        "token_expired",
        "token_outdated",
        "totp_required",
        "totp_wrong",
        "wrong_credentials",
    ),
    Forbidden: (
        "channel_forbidden",
        "delivery_only",
        "not_a_restaurant",
        "password_change_required",
        "table_suspended",
        "tenant_suspended",
        "user_suspended",
    ),
    Conflict: (
        "already_confirmed",
        "already_queued",
        "already_sent",
        "busy",
        "cannot_be_sent",
        "changes_full",
        "closed",
        "history_full",
        "illegal_payment_step",
        "import_has_errors",
        "import_not_ready",
        "link_in_use",
        "may_have_arrived",
        "no_dates_left",
        "number_in_use",
        "number_taken",
        "order_closed",
        "order_delivered",
        "order_paid",
        "order_under_way",
        "own_account",
        "own_password",
        "price_changed",
        "route_closed",
        "route_empty",
        "route_under_way",
        "stale_version",
        "stops_open",
        "too_many_display_tokens",
        "totp_not_started",
        "totp_off",
        "totp_on",
        "username_taken",
    ),
    Invalid: (
        "clock_wrong",
        "customer_suspended",
        "idempotency_key_reused",
        "link_not_allowed",
        "number_not_allowed",
        "order_too_large",
        "password_needed",
        "password_unchanged",
        "password_weak",
        "password_wrong",
        "pin_wrong",
        "qr_expired",
        "qr_invalid",
        "qr_other_order",
        "qr_used",
        "reason_required",
        "serial_mismatch",
        "sold_out",
        "texts_deleted",
        "too_many_orders",
        "totp_wrong",
        "unknown_variable",
        "upload_invalid",
        "upload_missing",
    ),
    TooFast: ("pin_locked", "too_many_imports", "too_many_orders", "too_many_proposals", "too_many_sign_ins"),
}


def refusals(route: Route) -> frozenset[type[Refusal]]:
    """What the endpoint raises, by what it takes and by what it says of itself; TooFast is API Gateway's, too."""
    return frozenset(_derived(route)) | route.errors


def codes(refusal: type[Refusal]) -> list[str]:
    """Every code that an answer with this error's status can have."""
    # Those of the tree; others are of parts of the code, and never answered.
    heirs = {each.code for each in refusal.__subclasses__() if each.__module__ == refusal.__module__}
    return sorted({refusal.code, *heirs, *CODES.get(refusal, ())})


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
