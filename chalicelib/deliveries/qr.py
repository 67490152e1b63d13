"""The QR of a delivery: signed, for one order of one tenant, for a day.

    <payload>.<signature>

payload    base64url of a JSON list: key id, tenant, order, the QR's own id, end (epoch seconds), cylinder's serial
signature  base64url of HMAC-SHA256 under a key derived from the one that signs tokens

That it works once needs no memory of its own: an order is delivered once, and its proof names the QR.
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

# A label printed in the evening is good for the next day's round.
LIFETIME: Final = timedelta(hours=24)

_PURPOSE: Final = "delivery-qr"


class Claims(Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """What a QR says."""

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
    """A QR's text and its end."""

    text: str
    expires_at: datetime


@rule(roles=STAFF)
def issue_qr(principal: Principal, order_id: str, cylinder_serial: str | None, *, now: datetime) -> Qr:
    """A new QR for an open order. Raises NotFound, Conflict `order_closed`, or Unavailable."""
    order = open_order(principal, order_id)
    return make_qr(order.tenant_id, order.id, cylinder_serial, now=now)


def make_qr(
    tenant_id: str, order_id: str, cylinder_serial: str | None, *, now: datetime, keys: KeyRing = key_ring
) -> Qr:
    """A new QR for the order. Raises Unavailable."""
    key = keys.signing()
    expires_at = epoch(now + LIFETIME)
    claims = Claims(key.kid, tenant_id, order_id, new_id(), expires_at, cylinder_serial)
    payload = _encoded(msgspec.json.encode(claims))
    return Qr(f"{payload}.{_signature(key.derived(_PURPOSE), payload)}", from_epoch(expires_at))


def read_qr(text: str, tenant_id: str, *, keys: KeyRing = key_ring) -> Claims:
    """What a QR of this tenant's says, also when it is over.

    Raises Invalid `qr_invalid` for one that was not made here, or for another tenant; and Unavailable.
    """
    payload, _, signature = text.partition(".")
    try:
        claims = msgspec.json.decode(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=Claims)
    except (ValueError, msgspec.MsgspecError) as error:
        raise invalid_qr("not a QR of a delivery", ErrorCode.QR_INVALID) from error
    key = keys.find(claims.kid)
    # Texts are compared, not bytes: several texts stand for the same bytes, and only ours counts.
    if key is None or not hmac.compare_digest(
        _signature(key.derived(_PURPOSE), payload).encode(), signature.encode()
    ):
        raise invalid_qr("not a QR of a delivery", ErrorCode.QR_INVALID)
    if claims.tenant_id != tenant_id:
        raise invalid_qr("not a QR of a delivery", ErrorCode.QR_INVALID)
    return claims


def invalid_qr(message: str, code: ErrorCode) -> Invalid:
    """A QR that does not confirm this."""
    return Invalid(("qr", message), code=code)


def _signature(key: bytes, payload: str) -> str:
    return _encoded(hmac.digest(key, payload.encode(), "sha256"))


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
