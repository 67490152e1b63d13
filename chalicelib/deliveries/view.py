"""Attempts as answers contain them."""

from typing import Annotated, get_args

from msgspec import Struct

from chalicelib.auth.principal import ROLES, Principal
from chalicelib.auth.rules import rule
from chalicelib.core.fields import WireTime, one_of
from chalicelib.deliveries.attempts import OUTCOMES, attempt_of
from chalicelib.deliveries.drafts import ConfirmationType
from chalicelib.deliveries.pictures import picture_url
from chalicelib.models.delivery import Delivery
from chalicelib.models.order import Order, Proof
from chalicelib.models.views import view_of
from chalicelib.orders.status import OrderStatus, is_final


class ProofView(Struct):
    """The proof. confirmed_at: by the phone's clock. by: the user's id. picture_url: valid for five minutes.

    verified: false if the driver confirmed without a proof.
    """

    confirmation_type: Annotated[str, one_of(get_args(ConfirmationType))]
    confirmed_at: WireTime
    by: str | None
    cylinder_serial: str | None
    verified: bool
    picture_url: str | None


class AttemptView(Struct):
    """One attempt. outcome: `under_way`, `delivered` or `failed`."""

    id: str
    order_id: str
    order_number: str
    attempt: int
    customer_id: str | None
    driver_id: str | None
    started_at: WireTime
    arrived_at: WireTime | None
    finished_at: WireTime | None
    eta: WireTime | None
    outcome: Annotated[str, one_of(dict.fromkeys(OUTCOMES.values()))]
    failure_reason: str | None
    proof: ProofView | None
    cylinders_out: int
    empties_back: int


class DeliveryView(Struct):
    """An order's attempts, oldest first. pin: of the order, while it can be used."""

    order_id: str
    status: OrderStatus
    pin: str | None
    attempts: list[AttemptView]


@rule(roles=ROLES)
def delivery_view(principal: Principal, order: Order, zone: str) -> DeliveryView:
    """The order's deliveries as staff receive them. Only for staff it signs the URLs of the pictures."""
    attempts = Delivery.query(order.tenant_id, Delivery.id.startswith(f"{order.id}-"), consistent_read=True)
    rows = {row.id: row for row in attempts}
    # The attempt's row is written shortly after the order, so the latest one is derived from the order here.
    present = attempt_of(order, zone)
    if present is not None:
        rows[present.id] = present
    return DeliveryView(
        order_id=order.id,
        status=order.status,
        pin=None if is_final(order.kind, order.status) else order.pin,
        attempts=[attempt_view(principal, rows[each]) for each in sorted(rows)],
    )


def attempt_view(principal: Principal, row: Delivery) -> AttemptView:
    """The row as a view; pictures for staff only."""
    proof = _proof_view(principal, row.proof) if row.proof else None
    return view_of(AttemptView, row, attempt=int(row.number), proof=proof)


def _proof_view(principal: Principal, proof: Proof) -> ProofView:
    is_picture = proof.confirmation_type in ("signature", "photo")
    picture = (proof.picture_key or proof.reference) if is_picture else None
    return ProofView(
        confirmation_type=proof.confirmation_type,
        confirmed_at=proof.confirmed_at,
        by=proof.by,
        cylinder_serial=proof.cylinder_serial,
        verified=bool(proof.verified),
        picture_url=picture_url(picture) if picture is not None and principal.is_staff else None,
    )
