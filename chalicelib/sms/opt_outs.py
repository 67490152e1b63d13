"""Who wants no texts. Asked by number and by customer, before a text is queued and again before it is sent."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from chalicelib.core import clock
from chalicelib.core.logs import log
from chalicelib.models.customer import Customer
from chalicelib.models.sms_opt_out import SmsOptOut

BY_LINK: Final = "link"

# The key alone says it: a row that is damaged otherwise must not count as none.
_KEY: Final = ["tenant_id", "phone"]


def opted_out(tenant_id: str, phone: str) -> bool:
    """Whether this number wants no texts from this tenant. Consistent: who has just said no gets not one more."""
    return SmsOptOut.find(tenant_id, phone, consistent_read=True, attributes_to_get=_KEY) is not None


def all_opted_out(numbers: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (tenant's id, number) want no texts, in one call. Consistent."""
    if not numbers:
        return set()
    found = SmsOptOut.batch_get(list(numbers), consistent_read=True, attributes_to_get=_KEY)
    return {(row.tenant_id, row.phone) for row in found}


def opt_out(tenant_id: str, phone: str | None, *, customer_id: str | None = None, by: str, now: datetime) -> None:
    """No more texts to the number, nor to the customer whatever number they will have. Harmless when repeated."""
    if customer_id is not None:
        _mark(tenant_id, customer_id, True)
    if phone is not None:
        SmsOptOut(tenant_id, phone, made_by=by, created_at=clock.wire(now)).save()
    log.info("sms_opted_out", extra={"customer_id": customer_id, "made_by": by})


def opt_in(tenant_id: str, phone: str | None, *, customer_id: str | None = None, by: str) -> None:
    """Texts again. Harmless when repeated."""
    if phone is not None:
        SmsOptOut(tenant_id, phone).delete()
    if customer_id is not None:
        _mark(tenant_id, customer_id, False)
    log.info("sms_opted_in", extra={"customer_id": customer_id, "made_by": by})


def _mark(tenant_id: str, customer_id: str, out: bool) -> None:
    # A customer who is gone wants no texts either.
    Customer(tenant_id, customer_id).update_if([Customer.sms_opt_out.set(out)], Customer.id.exists())
