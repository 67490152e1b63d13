"""Cases that fail if a read of an SMS, its order, customer or provider is only eventually consistent."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.auth.links import RECEIPT, store_link
from chalicelib.core import clock
from chalicelib.models.customer import Customer
from chalicelib.models.notification import Notification
from chalicelib.models.tenant import Tenant
from chalicelib.sms import circuit, receipts
from chalicelib.sms.history import HistoryQuery, list_notifications
from chalicelib.sms.opt_outs import all_opted_out, opt_out, opted_out
from chalicelib.sms.own_templates import save_template, texts_of
from chalicelib.sms.providers.base import Receipt, TemporaryFailure
from chalicelib.sms.queueing import queue_sms
from chalicelib.sms.resending import resend
from chalicelib.sms.sending import send_all
from chalicelib.sms.stats import Today, today
from tests import factories
from tests.sms.fakes import Clock, FakeProvider, always, facts, make_order, make_tenant, task_for
from tests.stale_reads import stale_reads

PHONE = "+886912345678"
DOWN = TemporaryFailure("http_503")


@pytest.fixture
def tenant(aws: None) -> Iterator[Tenant]:
    """A business, on a DynamoDB whose eventually consistent reads are one write behind."""
    with stale_reads():
        yield make_tenant()


def queued(tenant: Tenant, **fields: object) -> Notification:
    row = queue_sms(make_order(tenant, **fields), tenant, "corr-1", now=Clock())
    assert row is not None
    return row


def test_a_number_that_opted_out_a_moment_ago_receives_no_sms(tenant: Tenant) -> None:
    opt_out(tenant.id, PHONE, by="link", now=clock.now())
    assert opted_out(tenant.id, PHONE)
    assert all_opted_out([(tenant.id, PHONE)]) == {(tenant.id, PHONE)}
    assert queued(tenant).status == "skipped"


def test_a_customer_who_opted_out_a_moment_ago_receives_no_sms(tenant: Tenant) -> None:
    customer = factories.customer(tenant)
    customer.update([Customer.sms_opt_out.set(True)])
    assert queued(tenant, customer_id=customer.id).error == "opted_out"


def test_a_record_that_is_repeated_at_once_finds_the_row_of_the_first(tenant: Tenant) -> None:
    order = make_order(tenant)
    first, again = (queue_sms(order, tenant, "corr-1", now=Clock()) for _ in range(2))
    assert first is not None
    assert again is not None
    assert again.receipt_code == first.receipt_code


def test_a_receipt_that_comes_at_once_finds_its_row(tenant: Tenant) -> None:
    row = queued(tenant)
    # The link itself is read eventually consistently; another one was written since.
    for code in (row.receipt_code, "another"):
        store_link(code, RECEIPT, tenant.id, row.id, lasts=timedelta(days=7), now=clock.now())
    receipts.record_receipt(row.receipt_code, Receipt("m-1", "delivered"), clock.now())
    assert facts(row, "status") == ("delivered",)


def test_an_sms_of_an_order_that_was_stored_a_moment_ago_is_sent_again(tenant: Tenant) -> None:
    order = make_order(tenant)
    row = queue_sms(order, tenant, "corr-1", now=Clock())
    assert row is not None
    row.update([*row.becomes("failed"), Notification.error.set("refused")])
    order.save()
    again = resend(factories.principal(tenant), tenant, row.id, correlation_id="corr-2", now=Clock()())
    assert again.status == "queued"
    assert again.correlation_id == "corr-2"


def test_a_provider_that_failed_a_moment_ago_gets_no_further_sms(tenant: Tenant) -> None:
    at = Clock()()
    circuit.record_outcomes(tenant.id, circuit.gate(tenant.id, at), [DOWN] * circuit.THRESHOLD, at)
    assert circuit.gate(tenant.id, at).wait == circuit.PAUSE_SECONDS
    assert circuit.open_circuits(at) == {tenant.id}


def test_the_history_has_an_sms_that_was_queued_a_moment_ago(tenant: Tenant) -> None:
    staff, row = factories.principal(tenant), queued(tenant)
    for query in (HistoryQuery(), HistoryQuery(status="queued"), HistoryQuery(order_id=row.order_id)):
        rows, _ = list_notifications(staff, tenant, query)
        assert [found.id for found in rows] == [row.id]


def test_an_sms_has_the_text_that_was_saved_a_moment_ago(tenant: Tenant) -> None:
    admin = factories.principal(tenant, "admin")
    save_template(admin, tenant, "confirmed", "zh-TW", "您好", now=clock.now())
    assert texts_of(tenant).choose("confirmed", None) == ("您好", "zh-TW")


def test_the_counts_of_the_day_have_an_sms_that_was_sent_a_moment_ago(tenant: Tenant) -> None:
    send_all([task_for(queued(tenant))], provider_for=always(FakeProvider()), now=Clock())
    assert today(Clock()) == Today(sent=1, failed=0)
