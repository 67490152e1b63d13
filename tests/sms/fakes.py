"""A fake provider, a fake clock, and the rows behind SMS."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.core.clock import new_id
from chalicelib.models.notification import Notification
from chalicelib.models.order import Order
from chalicelib.models.tenant import SmsSettings, Tenant
from chalicelib.sms.claims import Task, claim
from chalicelib.sms.providers.base import Outcome, OutgoingSms, Sent
from tests import factories

AT = "2026-11-22T04:00:00.000Z"


class Clock:
    """A clock that stands still unless a test changes it. dies_at: the number of the call that raises Died."""

    def __init__(self, moment: datetime = datetime(2026, 11, 22, 4, tzinfo=UTC)) -> None:
        self.moment = moment
        self.looks = 0
        self.dies_at = 0

    def __call__(self) -> datetime:
        self.looks += 1
        if self.looks == self.dies_at:
            raise Died
        return self.moment

    def forward(self, **amount: float) -> None:
        self.moment += timedelta(**amount)


class Died(BaseException):
    """The function ends here: out of time, out of memory, or its machine is gone."""


class FakeProvider:
    """Delivers each SMS once, even if it is sent several times with the same id, and repeats its answer.

    Answers come from `script` first, each an outcome or an exception; texts answered from it are not delivered.
    """

    name = "fake"
    sends_receipts = False

    def __init__(self, *script: Outcome | Exception, dedupes_for: timedelta = timedelta(hours=24)) -> None:
        self.script = list(script)
        self.dedupes_for = dedupes_for
        self.messages: list[OutgoingSms] = []
        self.delivered: dict[str, OutgoingSms] = {}

    def send(self, message: OutgoingSms) -> Outcome:
        self.messages.append(message)
        if self.script:
            answer = self.script.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        self.delivered.setdefault(message.id, message)
        return Sent(f"fake-{message.id}")

    def probe(self) -> str | None:
        return "script" if self.script else None

    @property
    def phones(self) -> list[str]:
        return [message.phone for message in self.delivered.values()]


def always(provider: FakeProvider) -> Callable[[str], FakeProvider]:
    return lambda tenant_id: provider


def make_tenant(**fields: Any) -> Tenant:
    """A gas business that has a provider."""
    sms = SmsSettings(provider="http", url="http://gateway.test/sms", sender="LuckyGas")
    return factories.tenant("delivery", **{"sms": sms, **fields})


def make_order(tenant: Tenant, **fields: Any) -> Order:
    """A confirmed order as in a record of the stream; not in the table."""
    order_id = fields.get("id") or new_id()
    values: dict[str, Any] = {
        "tenant_id": tenant.id,
        "id": order_id,
        "day_key": f"2026-11-23#{order_id}",
        "status_key": f"confirmed#{order_id}",
        "kind": tenant.kind,
        "order_number": "ORD-261122120000-A1B2",
        "customer_name": "王小明",
        "customer_phone": "0912-345-678",
        "address": "台北市信義區市府路1號",
        "items": [],
        "total_price": Decimal(850),
        "currency": "TWD",
        "scheduled_date": "2026-11-23",
        "status": "confirmed",
        "payment_status": "pending",
        "version": 2,
        "created_at": AT,
        "updated_at": AT,
        "history": [],
        "notify": True,
        "correlation_id": "corr-1",
    }
    return Order(**{**values, **fields})


def stored(row: Notification) -> Notification:
    """The row as it is in the table now."""
    return Notification.get(row.tenant_id, row.id, consistent_read=True)


def claimed(row: Notification, now: datetime) -> Notification:
    """The stored row, claimed by a sender at this moment."""
    fresh = stored(row)
    assert claim(fresh, now)
    return fresh


def facts(row: Notification, *names: str) -> tuple[Any, ...]:
    """Attributes of the row as it is in the table now."""
    fresh = stored(row)
    return tuple(getattr(fresh, name) for name in names)


def task_for(row: Notification, *, last_attempt: bool = False) -> Task:
    return Task(row.tenant_id, row.id, row.correlation_id, last_attempt)


def sqs_record(body: str, *, receives: int = 1, receipt: str | None = None) -> Mapping[str, Any]:
    return {
        "messageId": new_id(),
        "receiptHandle": receipt or new_id(),
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(receives)},
        "eventSource": "aws:sqs",
    }
