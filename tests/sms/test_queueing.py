import msgspec
import pytest

from chalicelib.core import aws as clients
from chalicelib.core.settings import settings
from chalicelib.models.notification import Notification
from chalicelib.models.tenant import SmsSettings
from chalicelib.sms.queue import QueuedSms, message_for
from chalicelib.sms.queueing import queue_sms
from tests import factories
from tests.sms.fakes import Clock, Died, facts, make_order, make_tenant, stored

pytestmark = pytest.mark.usefixtures("aws")


def rows(tenant_id: str) -> list[Notification]:
    return list(Notification.query(tenant_id, consistent_read=True))


def on_the_queue() -> list[QueuedSms]:
    answer = clients.client("sqs").receive_message(QueueUrl=settings().sms_queue_url, MaxNumberOfMessages=10)
    return [msgspec.json.decode(message["Body"], type=QueuedSms) for message in answer.get("Messages", [])]


def test_a_confirmed_order_gets_a_row_and_a_message() -> None:
    tenant = make_tenant()
    order = make_order(tenant)
    queue_sms(order, tenant, "corr-7", now=Clock())
    [row] = rows(tenant.id)
    assert row.id == f"{order.id}.confirmed.confirmed"
    assert (row.type, row.order_id, row.template, row.status) == ("sms", order.id, "confirmed", "queued")
    assert row.recipient == "+886912345678"
    assert row.content == "您的瓦斯訂單 ORD-261122120000-A1B2 已確認。預計送達時間：2026-11-23"
    assert facts(row, "segments", "attempts", "error") == (1, 0, None)
    assert row.created_at == "2026-11-22T04:00:00.000Z"
    assert on_the_queue() == [QueuedSms(tenant.id, row.id, "corr-7", 1795320000)]


@pytest.mark.parametrize("status", ["pending", "assigned", "delivering", "arrived", "failed", "cancelled"])
def test_a_status_without_a_template_leaves_nothing(status: str) -> None:
    tenant = make_tenant()
    assert queue_sms(make_order(tenant, status=status), tenant, "corr-1") is None
    assert rows(tenant.id) == []
    assert on_the_queue() == []


@pytest.mark.parametrize(
    ("phone", "reason", "recipient"),
    [
        (None, "no_phone", None),
        ("", "no_phone", None),
        ("12345", "invalid_phone", None),
        ("+85261234567", "invalid_phone", None),
        ("02-2345-6789", "landline", "+886223456789"),
    ],
)
def test_an_sms_to_an_invalid_number_is_skipped_with_a_reason(
    phone: str | None, reason: str, recipient: str | None
) -> None:
    tenant = make_tenant()
    queue_sms(make_order(tenant, customer_phone=phone), tenant, "corr-1")
    [row] = rows(tenant.id)
    assert (row.status, row.error, row.recipient) == ("skipped", reason, recipient)
    assert on_the_queue() == []


@pytest.mark.parametrize("sms", [None, SmsSettings(provider="pigeon", url="http://x.test", sender="x")])
def test_a_tenant_without_a_provider_sends_nothing(sms: SmsSettings | None) -> None:
    tenant = make_tenant(sms=sms)
    queue_sms(make_order(tenant), tenant, "corr-1")
    [row] = rows(tenant.id)
    assert (row.status, row.error) == ("skipped", "no_provider")
    assert on_the_queue() == []


def test_a_customer_who_opted_out_is_skipped_and_others_are_not() -> None:
    tenant = make_tenant()
    out = factories.customer(tenant, sms_opt_out=True)
    staying = factories.customer(tenant)
    for customer_id in (out.id, staying.id, "unknown", None):
        queue_sms(make_order(tenant, customer_id=customer_id), tenant, "corr-1")
    assert sorted((row.status, row.error) for row in rows(tenant.id) if row.status == "skipped") == [
        ("skipped", "opted_out")
    ]
    assert len(on_the_queue()) == 3


def test_another_tenants_opt_out_is_not_ours() -> None:
    tenant, other = make_tenant(), make_tenant()
    namesake = factories.customer(other, sms_opt_out=True)
    row = queue_sms(make_order(tenant, customer_id=namesake.id), tenant, "corr-1")
    assert row is not None
    assert row.status == "queued"


def test_a_record_repeated_ten_times_leaves_one_row() -> None:
    tenant = make_tenant()
    order = make_order(tenant)
    for _ in range(10):
        queue_sms(order, tenant, "corr-1")
    assert len(rows(tenant.id)) == 1
    assert len(set(on_the_queue())) == 1


def test_a_function_that_died_before_the_queue_is_made_good_by_the_repeated_record() -> None:
    tenant = make_tenant()
    order = make_order(tenant)

    def dies(message: QueuedSms) -> None:
        raise Died

    with pytest.raises(Died):
        queue_sms(order, tenant, "corr-1", put=dies)
    assert on_the_queue() == []
    row = queue_sms(order, tenant, "corr-1")
    assert row is not None
    assert on_the_queue() == [message_for(row)]


@pytest.mark.parametrize("status", ["sending", "sent", "delivered", "failed", "unknown", "skipped"])
def test_a_status_reached_again_after_its_text_queues_nothing(status: str) -> None:
    tenant = make_tenant()
    order = make_order(tenant)
    first = queue_sms(order, tenant, "corr-1")
    assert first is not None
    on_the_queue()
    first.update([Notification.status.set(status)])
    queue_sms(make_order(tenant, id=order.id, scheduled_date="2026-12-01"), tenant, "corr-2")
    assert on_the_queue() == []
    assert stored(first).content == first.content


def test_each_status_has_its_own_text() -> None:
    tenant = make_tenant()
    order = make_order(tenant)
    for status in ("confirmed", "arriving", "delivered"):
        order.status = status
        queue_sms(order, tenant, "corr-1")
    assert [row.template for row in rows(tenant.id)] == ["arriving", "confirmed", "delivered"]
    assert len(on_the_queue()) == 3


def test_a_repeated_record_leaves_a_skipped_sms_that_staff_have_sent_since() -> None:
    tenant = make_tenant()
    order = make_order(tenant, customer_phone=None)
    row = queue_sms(order, tenant, "corr-1", now=Clock())
    assert row is not None
    stored(row).update(row.becomes("sent"))
    queue_sms(order, tenant, "corr-1", now=Clock())
    assert facts(row, "status", "receipt_code") == ("sent", row.receipt_code)
