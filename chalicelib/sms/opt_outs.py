"""Opt-outs from SMS, by number and by customer. Checked before an SMS is queued and again before it is sent."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from chalicelib.core import clock
from chalicelib.core.logs import log
from chalicelib.models.customer import Customer
from chalicelib.models.sms_opt_out import SmsOptOut

BY_LINK: Final = "link"

# Only the key is read, so that a damaged row still counts as an opt-out.
_KEY: Final = ["tenant_id", "phone"]


def opted_out(tenant_id: str, phone: str) -> bool:
    """Whether the number has opted out. Strongly consistent, so that no SMS is sent after an opt-out."""
    return SmsOptOut.find(tenant_id, phone, consistent_read=True, attributes_to_get=_KEY) is not None


def all_opted_out(numbers: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the (tenant's id, number) that have opted out, in one strongly consistent call."""
    if not numbers:
        return set()
    found = SmsOptOut.batch_get(list(numbers), consistent_read=True, attributes_to_get=_KEY)
    return {(row.tenant_id, row.phone) for row in found}


def opt_out(tenant_id: str, phone: str | None, *, customer_id: str | None = None, by: str, now: datetime) -> None:
    """Opts out the number, and the customer with any later number. Repeating it changes nothing."""
    if customer_id is not None:
        _mark(tenant_id, customer_id, True)
    if phone is not None:
        SmsOptOut(tenant_id, phone, made_by=by, created_at=clock.wire(now)).save()
    log.info("sms_opted_out", extra={"customer_id": customer_id, "made_by": by})


def opt_in(tenant_id: str, phone: str | None, *, customer_id: str | None = None, by: str) -> None:
    """Opts the number and the customer in again. Repeating it changes nothing."""
    if phone is not None:
        SmsOptOut(tenant_id, phone).delete()
    if customer_id is not None:
        _mark(tenant_id, customer_id, False)
    log.info("sms_opted_in", extra={"customer_id": customer_id, "made_by": by})


def _mark(tenant_id: str, customer_id: str, out: bool) -> None:
    # Opting out a deleted customer is no error.
    Customer(tenant_id, customer_id).update_if([Customer.sms_opt_out.set(out)], Customer.id.exists())
