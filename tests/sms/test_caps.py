"""The daily caps of SMS, and which texts and numbers a customer's login can use."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core import clock
from chalicelib.core.errors import Conflict
from chalicelib.models.counter import Counter
from chalicelib.models.notification import Notification
from chalicelib.models.tenant import Tenant
from chalicelib.sms.caps import MOST_PER_LOGIN, MOST_PER_RECIPIENT, MOST_PER_TENANT
from chalicelib.sms.own_templates import save_template
from chalicelib.sms.queueing import queue_sms
from chalicelib.sms.resending import resend
from tests import factories
from tests.crashes import Crash, at_call, crash
from tests.factories import Business, order_body
from tests.sms.fakes import Clock, make_order, make_tenant, stored
from tests.world import World

pytestmark = pytest.mark.usefixtures("aws")

NUMBER = "+886912345678"


def text(tenant: Tenant, now: Clock, **fields: Any) -> Notification:
    """The row of a new order's text."""
    row = queue_sms(make_order(tenant, **fields), tenant, "corr-1", now=now)
    assert row is not None
    return row


def outcome(row: Notification) -> tuple[str, str | None]:
    return stored(row).status, stored(row).error


def counted(tenant: Tenant) -> int:
    """How many texts the tenant's counters of all days hold."""
    return sum(int(row.value) for row in Counter.scan() if row.key.startswith(f"{tenant.id}#sms#"))


def test_one_number_gets_only_so_many_texts_in_a_day() -> None:
    tenant, now = make_tenant(), Clock()
    rows = [text(tenant, now) for _ in range(MOST_PER_RECIPIENT + 2)]
    assert [outcome(row) for row in rows[-3:]] == [("queued", None), *[("skipped", "recipient_cap")] * 2]
    assert outcome(text(tenant, now, customer_phone="0922-333-444")) == ("queued", None)
    assert outcome(text(make_tenant(), now)) == ("queued", None), "another tenant's texts are not ours"


def test_one_login_causes_only_so_many_texts_in_a_day() -> None:
    tenant, now = make_tenant(), Clock()
    customer = factories.customer(tenant)
    rows = [text(tenant, now, customer_id=customer.id, customer_login="u-1") for _ in range(MOST_PER_LOGIN + 1)]
    assert [outcome(row) for row in rows[-2:]] == [("queued", None), ("skipped", "customer_cap")]
    assert outcome(text(tenant, now, customer_id=customer.id)) == ("queued", None), "the office sends on"
    assert outcome(text(tenant, now, customer_id=customer.id, customer_login="u-2")) == ("queued", None)


def test_a_tenant_sends_only_so_many_texts_in_its_own_day() -> None:
    tenant, now = make_tenant(), Clock()
    tenant.update([Tenant.sms_daily_cap.set(2)])
    rows = [text(tenant, now, customer_phone=f"091200000{n}") for n in range(3)]
    assert [outcome(row)[1] for row in rows] == [None, None, "tenant_cap"]
    # 12:00 in Taipei; midnight is twelve hours later.
    now.forward(hours=11, minutes=59)
    assert outcome(text(tenant, now, customer_phone="0912000009"))[1] == "tenant_cap"
    now.forward(minutes=1)
    assert outcome(text(tenant, now, customer_phone="0912000009")) == ("queued", None)


def test_a_dealer_with_400_texts_a_day_is_far_from_the_default() -> None:
    assert MOST_PER_TENANT >= 4 * 400


def test_a_skipped_sms_does_not_count() -> None:
    tenant, now = make_tenant(), Clock()
    text(tenant, now, customer_phone="02-2345-6789")
    assert counted(tenant) == 0


def test_a_repeated_stream_record_counts_once_and_a_skipped_text_stays_skipped() -> None:
    tenant, now = make_tenant(), Clock()
    tenant.update([Tenant.sms_daily_cap.set(1)])
    orders = [make_order(tenant) for _ in range(2)]
    for _ in range(3):
        for order in orders:
            queue_sms(order, tenant, "corr-1", now=now)
    assert counted(tenant) == 1
    now.forward(days=1)
    again = queue_sms(orders[1], tenant, "corr-1", now=now)
    assert again is not None
    assert outcome(again) == ("skipped", "tenant_cap")


@pytest.mark.parametrize("event", ["before-call", "after-call"])
def test_a_crash_around_the_count_leaves_one_text_and_one_count(event: str) -> None:
    tenant, now = make_tenant(), Clock()
    order = make_order(tenant)
    with at_call("TransactWriteItems", 1, event, crash), suppress(Crash):
        queue_sms(order, tenant, "corr-1", now=now)
    rows = len(list(Notification.query(tenant.id)))
    assert rows == counted(tenant) == (event == "after-call"), "both or neither"
    queue_sms(order, tenant, "corr-1", now=now)
    assert len(list(Notification.query(tenant.id))) == counted(tenant) == 1


@settings(max_examples=25, deadline=None)
@given(
    most=st.integers(1, 4),
    records=st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from(["", "before-call", "after-call"])), max_size=12
    ),
)
def test_the_count_equals_the_texts_after_any_repeats_and_crashes(
    most: int, records: list[tuple[int, str]]
) -> None:
    tenant, now = make_tenant(sms_daily_cap=most), Clock()
    orders = [make_order(tenant) for _ in range(5)]
    for which, event in [*records, *((n, "") for n in range(5))]:
        with at_call("TransactWriteItems", 1, event or "never", crash), suppress(Crash):
            queue_sms(orders[which], tenant, "corr-1", now=now)
    rows = list(Notification.query(tenant.id, consistent_read=True))
    queued = [row for row in rows if row.status == "queued"]
    assert len(rows) == len(orders)
    assert len(queued) == counted(tenant) == most
    assert {row.error for row in rows if row not in queued} <= {"tenant_cap"}


def test_sending_again_counts_and_ends_at_the_cap() -> None:
    tenant, now = make_tenant(), Clock()
    tenant.update([Tenant.sms_daily_cap.set(2)])
    order = make_order(tenant)
    order.save()
    row = queue_sms(order, tenant, "corr-1", now=now)
    assert row is not None
    row.update(row.becomes("failed"))
    row = resend(factories.principal(tenant), tenant, row.id, correlation_id="corr-2", now=now())
    assert (row.status, counted(tenant)) == ("queued", 2)
    resend(factories.principal(tenant), tenant, row.id, correlation_id="corr-2", now=now())
    assert counted(tenant) == 2, "it was still on the queue"
    row.update(row.becomes("failed"))
    with pytest.raises(Conflict) as refused:
        resend(factories.principal(tenant), tenant, row.id, correlation_id="corr-2", now=now())
    assert (refused.value.code, refused.value.extra["reason"]) == ("cannot_be_sent", "tenant_cap")
    assert (stored(row).status, counted(tenant)) == ("failed", 2)
    now.forward(days=1)
    assert (
        resend(factories.principal(tenant), tenant, row.id, correlation_id="corr-2", now=now()).status == "queued"
    )


def test_a_text_above_a_cap_is_logged_with_its_metric_and_without_the_number(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tenant = make_tenant()
    tenant.update([Tenant.sms_daily_cap.set(1)])
    for _ in range(2):
        text(tenant, Clock())
    [line] = [each for each in caplog.records if each.message == "sms_capped"]
    assert (line.__dict__["reason"], line.__dict__["SmsCapped"]) == ("tenant_cap", 1)
    assert not any(NUMBER in row.key or NUMBER[4:] in row.key for row in Counter.scan())


STRANGERS = [f"09220000{n:02}" for n in range(20)]
OWN_WORDS = "您中獎了請撥0922111222"


def own_text(business: Business, status: str, text: str) -> None:
    admin = factories.principal(business.tenant, "admin")
    save_template(admin, business.tenant, status, "zh-TW", text, now=clock.now())


def test_a_login_sends_none_of_its_words_and_reaches_no_number_but_its_own(world: World, gas: Business) -> None:
    for status in ("pending", "cancelled"):
        own_text(gas, status, "{customer_name}：{address} {status}")
    assert gas.customer is not None
    for number in STRANGERS:
        body = order_body(gas, customer_phone=number, customer_name=OWN_WORDS, address=OWN_WORDS, notes=OWN_WORDS)
        order = world.api.post("/v1/orders", body, as_=gas.customer_user)
        if order.status == 201:
            cancel = {"status": "cancelled", "reason": OWN_WORDS}
            world.api.post(f"/v1/orders/{order.body['id']}/status", cancel, as_=gas.customer_user)
        world.deliver()
    rows = list(Notification.query(gas.tenant.id, consistent_read=True))
    assert rows
    assert {row.recipient for row in rows} == {NUMBER}
    assert not any(OWN_WORDS in row.content for row in rows)
    assert all(row.content.startswith("王小姐：待確認") for row in rows)
    assert sum(row.status != "skipped" for row in rows) <= MOST_PER_LOGIN


def test_a_login_that_cancels_the_offices_order_is_texted_at_its_own_number(world: World, gas: Business) -> None:
    own_text(gas, "cancelled", "{status}")
    body = order_body(gas, customer_phone="0922-333-444")
    order = world.api.post("/v1/orders", body, as_=gas.staff).body
    path = f"/v1/orders/{order['id']}/status"
    assert world.api.post(path, {"status": "cancelled"}, as_=gas.customer_user).status == 200
    world.deliver()
    [row] = Notification.query(gas.tenant.id, consistent_read=True)
    assert row.recipient == NUMBER


def test_the_office_may_send_an_order_to_another_number(world: World, gas: Business) -> None:
    body = order_body(gas, customer_phone="0922-333-444")
    order = world.api.post("/v1/orders", body, as_=gas.staff).body
    world.api.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed"}, as_=gas.staff)
    world.deliver()
    [row] = Notification.query(gas.tenant.id, consistent_read=True)
    assert row.recipient == "+886922333444"


def test_a_login_without_a_number_on_its_row_gets_no_text() -> None:
    tenant, now = make_tenant(), Clock()
    customer = factories.customer(tenant, phone=None)
    row = text(tenant, now, customer_id=customer.id, customer_login="u-1")
    assert outcome(row) == ("skipped", "no_own_phone")
    assert row.recipient is None
    row = text(tenant, now, customer_id="gone", customer_login="u-1")
    assert outcome(row) == ("skipped", "no_own_phone")
