"""The QR code of a delivery: signed, for one order of one tenant, valid for a day.

    <payload>.<signature>

payload    base64url of a JSON list: key id, tenant, order, the QR's own id, end (epoch seconds), cylinder's serial
signature  base64url of HMAC-SHA256 under a key derived from the one that signs tokens

It works once, because an order is delivered once and its proof has the QR code's id. No other state is needed.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from chalicelib.auth.principal import STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.auth.signing_keys import KeyRing, key_ring
from chalicelib.core.clock import epoch, from_epoch, new_id
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Invalid
from chalicelib.deliveries.access import open_order

# A label printed in the evening is valid for the next day's round.
LIFETIME: Final = timedelta(hours=24)

_PURPOSE: Final = "delivery-qr"


class Claims(Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """The payload of a QR code."""

    kid: str
    tenant_id: str
    order_id: str
    id: str
    expires_at: int
    cylinder_serial: str | None

    def is_over(self, now: datetime) -> bool:
        """Whether it has expired."""
        return self.expires_at <= epoch(now)


class Qr(Struct, frozen=True):
    """A QR code's text and when it expires."""

    text: str
    expires_at: datetime


@rule(roles=STAFF)
def issue_qr(principal: Principal, order_id: str, cylinder_serial: str | None, *, now: datetime) -> Qr:
    """A new QR code for an open order. Raises NotFound, Conflict `order_closed`, or Unavailable."""
    order = open_order(principal, order_id)
    return make_qr(order.tenant_id, order.id, cylinder_serial, now=now)


def make_qr(
    tenant_id: str, order_id: str, cylinder_serial: str | None, *, now: datetime, keys: KeyRing = key_ring
) -> Qr:
    """A new QR code for the order. Raises Unavailable."""
    key = keys.signing()
    expires_at = epoch(now + LIFETIME)
    claims = Claims(key.kid, tenant_id, order_id, new_id(), expires_at, cylinder_serial)
    payload = urlsafe_b64encode(msgspec.json.encode(claims)).decode().rstrip("=")
    return Qr(f"{payload}.{key.signature(_PURPOSE, payload)}", from_epoch(expires_at))


def read_qr(text: str, tenant_id: str, *, keys: KeyRing = key_ring) -> Claims:
    """The claims of a QR code of this tenant; it may have expired.

    Raises Invalid `qr_invalid` without a valid signature or for another tenant; and Unavailable.
    """
    payload, _, signature = text.partition(".")
    try:
        claims = msgspec.json.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=Claims)
    except (ValueError, msgspec.MsgspecError) as error:
        raise invalid_qr("not a QR of a delivery", ErrorCode.QR_INVALID) from error
    key = keys.find(claims.kid)
    # Compares texts, not bytes: in base64 several texts have the same bytes, and only the one we made is valid.
    if key is None or not hmac.compare_digest(key.signature(_PURPOSE, payload).encode(), signature.encode()):
        raise invalid_qr("not a QR of a delivery", ErrorCode.QR_INVALID)
    if claims.tenant_id != tenant_id:
        raise invalid_qr("not a QR of a delivery", ErrorCode.QR_INVALID)
    return claims


def invalid_qr(message: str, code: ErrorCode) -> Invalid:
    """The refusal of a QR code."""
    return Invalid(("qr", message), code=code)
