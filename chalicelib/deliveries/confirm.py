"""Confirms a delivery: checks the proof, then sets the order to delivered and stores the proof in one write."""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.auth.principal import DRIVER, STAFF, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.clock import from_wire, wire
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Conflict, IllegalTransition, Invalid
from chalicelib.core.fields import instant
from chalicelib.deliveries.access import delivery_order
from chalicelib.deliveries.drafts import Confirmation
from chalicelib.deliveries.pictures import store_picture
from chalicelib.deliveries.pin_tries import check_pin, forget_tries, is_pin
from chalicelib.deliveries.qr import Claims, invalid_qr, read_qr
from chalicelib.models.order import Order, Proof
from chalicelib.orders.change import change_status
from chalicelib.orders.drafts import StatusDraft
from chalicelib.orders.status import next_statuses

DELIVERED: Final = "delivered"

# The field of a confirmation that contains the proof, by type.
_FIELD: Final = {"qr_code": "qr", "pin": "pin", "signature": "upload_key", "photo": "upload_key"}
# Phones' clocks are set by their network. A larger difference is an error or a false time.
_CLOCKS_DIFFER: Final = timedelta(minutes=5)


@rule(roles=STAFF | {DRIVER})
def confirm_delivery(
    principal: Principal,
    order_id: str,
    sent: Confirmation,
    *,
    correlation_id: str,
    now: datetime,
    allow_unverified: bool = False,
) -> Order:
    """Confirms a delivery and returns the order. The same proof again returns the same.

    allow_unverified: accept a confirmation without a proof and store it as not verified.
    Raises NotFound, IllegalTransition, Conflict `already_confirmed`, TooFast `pin_locked` or Invalid:
    `clock_wrong`, `qr_invalid`, `qr_expired`, `qr_used`, `qr_other_order`, `serial_mismatch`, `pin_wrong`,
    `upload_invalid`, `upload_missing`.
    """
    if not (allow_unverified and _is_unverified(sent)):
        _check_fields(sent)
    if sent.confirmed_at is not None and instant("confirmed_at", sent.confirmed_at) > now + _CLOCKS_DIFFER:
        raise Invalid(("confirmed_at", "in the future"), code=ErrorCode.CLOCK_WRONG)
    order = delivery_order(principal, order_id)
    if order.status == DELIVERED:
        return _confirmed_before(order, sent)
    allowed = next_statuses(order.kind, order.status)
    if DELIVERED not in allowed:
        raise IllegalTransition(order.status, DELIVERED, allowed)
    if sent.confirmed_at is not None and sent.confirmed_at < _assigned_at(order) - _CLOCKS_DIFFER:
        raise Invalid(("confirmed_at", "before the order was given to its driver"), code=ErrorCode.CLOCK_WRONG)
    proof = _checked(principal, order, sent, now)
    reason = f"{proof.confirmation_type} {proof.cylinder_serial or ''}".strip()
    try:
        return change_status(
            principal,
            order_id,
            StatusDraft(status=DELIVERED, reason=reason),
            correlation_id=correlation_id,
            now=now,
            also=[Order.proof.set(proof), *forget_tries()],
        )
    except IllegalTransition:
        # Another request was faster. With the same proof it is the same confirmation, sent twice.
        order = delivery_order(principal, order_id)
        if order.status != DELIVERED:
            raise
        return _confirmed_before(order, sent)


def _is_unverified(sent: Confirmation) -> bool:
    return sent.qr is None and sent.pin is None and sent.upload_key is None


def _check_fields(sent: Confirmation) -> None:
    expected = _FIELD[sent.confirmation_type]
    for name in ("qr", "pin", "upload_key"):
        given = getattr(sent, name) is not None
        if given != (name == expected):
            message = f"does not go with {sent.confirmation_type}" if given else "missing"
            raise Invalid((name, message))


def _assigned_at(order: Order) -> datetime:
    """When the order's current driver could first know of it.

    Not when it became `delivering`: a phone without a network sends that status late, together with the
    confirmation.
    """
    given = [entry.at for entry in order.history if entry.status == "assigned"]
    return from_wire(given[-1] if given else order.created_at)


def _checked(principal: Principal, order: Order, sent: Confirmation, now: datetime) -> Proof:
    serial, reference, picture = sent.cylinder_serial, sent.upload_key, None
    if sent.qr is not None:
        claims = _checked_qr(order, sent.qr, now)
        serial, reference = _serial(sent, claims), claims.id
    elif sent.pin is not None:
        check_pin(order, sent.pin, now=now)
    elif sent.upload_key is not None:
        picture = store_picture(order.tenant_id, order.id, sent.confirmation_type, sent.upload_key)
    return Proof(
        confirmation_type=sent.confirmation_type,
        confirmed_at=wire(sent.confirmed_at or now),
        by=principal.user_id,
        cylinder_serial=serial,
        reference=reference,
        picture_key=picture and picture.key,
        picture_sha256=picture and picture.sha256,
        empties_back=sent.empties_back,
        verified=not _is_unverified(sent),
    )


def _checked_qr(order: Order, text: str, now: datetime) -> Claims:
    claims = read_qr(text, order.tenant_id)
    if claims.order_id != order.id:
        if _was_used(claims):
            raise invalid_qr("has confirmed another delivery before", ErrorCode.QR_USED)
        raise invalid_qr("belongs to another order", ErrorCode.QR_OTHER_ORDER)
    if claims.is_over(now):
        raise invalid_qr("has expired; get a new one", ErrorCode.QR_EXPIRED)
    return claims


def _was_used(claims: Claims) -> bool:
    order = Order.find(claims.tenant_id, claims.order_id, consistent_read=True)
    if order is None:
        return False
    return order.proof is not None and order.proof.reference == claims.id


def _serial(sent: Confirmation, claims: Claims) -> str | None:
    if sent.cylinder_serial and claims.cylinder_serial and sent.cylinder_serial != claims.cylinder_serial:
        raise Invalid(("cylinder_serial", "the QR belongs to another cylinder"), code=ErrorCode.SERIAL_MISMATCH)
    return sent.cylinder_serial or claims.cylinder_serial


def _confirmed_before(order: Order, sent: Confirmation) -> Order:
    if order.proof is not None and _is_same(order, order.proof, sent):
        return order
    raise Conflict(code=ErrorCode.ALREADY_CONFIRMED)


def _is_same(order: Order, proof: Proof, sent: Confirmation) -> bool:
    if proof.confirmation_type != sent.confirmation_type or proof.empties_back != sent.empties_back:
        return False
    if bool(proof.verified) == _is_unverified(sent):
        return False
    if sent.qr is not None:
        claims = read_qr(sent.qr, order.tenant_id)
        return proof.reference == claims.id and proof.cylinder_serial == _serial(sent, claims)
    if proof.cylinder_serial != sent.cylinder_serial:
        return False
    return is_pin(order, sent.pin) if sent.pin is not None else bool(proof.reference == sent.upload_key)
