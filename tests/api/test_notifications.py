"""`/v1/notifications`: lists, stats, sending again, and opt-outs."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.paging import encode_cursor
from chalicelib.models.customer import Customer
from chalicelib.models.notification import Notification
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant
from chalicelib.sms.opt_outs import opted_out
from chalicelib.sms.queueing import queue_sms
from tests import factories
from tests.api_client import ApiClient
from tests.factories import Business, order_body
from tests.sms.fakes import Clock, make_order
from tests.world import World

PATH = "/v1/notifications"


def text(of: Tenant, at: datetime, status: str = "queued", **fields: Any) -> Notification:
    """A row as if its order had been confirmed at that moment."""
    row = queue_sms(make_order(of, **fields), of, "corr-1", now=Clock(at))
    assert row is not None
    row.update(row.becomes(status))
    return row


def listed(api: ApiClient, gas: Business, **query: str) -> list[str]:
    """The ids of all pages."""
    found: list[str] = []
    while True:
        answer = api.get(PATH, as_=gas.staff, query=query)
        assert answer.status == 200, answer.body
        found += [item["id"] for item in answer.body["items"]]
        if not answer.body["next_cursor"]:
            return found
        query = {**query, "cursor": answer.body["next_cursor"]}


NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
BEFORE_MIDNIGHT = datetime(2026, 11, 22, 15, 59, 59, 999_000, tzinfo=UTC)
AFTER_MIDNIGHT = datetime(2026, 11, 22, 16, tzinfo=UTC)


def test_lists_are_newest_first_and_each_filter_narrows_them(api: ApiClient, gas: Business) -> None:
    noon = text(gas.tenant, NOON, "failed")
    late = text(gas.tenant, BEFORE_MIDNIGHT, "sent")
    next_day = text(gas.tenant, AFTER_MIDNIGHT, "failed")
    text(make_other(), NOON, "failed")
    assert listed(api, gas) == [next_day.id, late.id, noon.id]
    assert listed(api, gas, status="failed") == [next_day.id, noon.id]
    assert listed(api, gas, date="2026-11-22") == [late.id, noon.id]
    assert listed(api, gas, date="2026-11-23") == [next_day.id]
    assert listed(api, gas, status="failed", date="2026-11-22") == [noon.id]
    assert listed(api, gas, order_id=late.order_id) == [late.id]
    assert listed(api, gas, order_id=late.order_id, status="failed") == []
    assert listed(api, gas, order_id=late.order_id, date="2026-11-23") == []
    assert listed(api, gas, order_id="unknown") == []


@pytest.mark.parametrize("query", [{}, {"status": "sent"}, {"date": "2026-11-22"}])
def test_pages_follow_each_other_without_gap_or_repeat(
    api: ApiClient, gas: Business, query: dict[str, str]
) -> None:
    rows = [text(gas.tenant, NOON, "sent") for _ in range(7)]
    found = listed(api, gas, limit="3", **query)
    assert sorted(found) == sorted(row.id for row in rows)
    assert len(found) == 7


def steps_of(order: Order, of: Tenant) -> list[Notification]:
    """A row for each of its steps, a minute apart, oldest first. Their ids sort otherwise."""
    rows = []
    for minutes, order.status in enumerate(("delivered", "arriving", "confirmed")):
        row = queue_sms(order, of, "corr-1", now=Clock(NOON + timedelta(minutes=minutes)))
        assert row is not None
        rows.append(row)
    return rows


def test_the_texts_of_one_order_are_newest_first_on_all_pages(api: ApiClient, gas: Business) -> None:
    order = make_order(gas.tenant)
    newest_first = [row.id for row in reversed(steps_of(order, gas.tenant))]
    text(gas.tenant, NOON)
    for limit in ("1", "2", "3", "50"):
        assert listed(api, gas, order_id=order.id, limit=limit) == newest_first
    assert listed(api, gas, order_id=order.id, date="2026-11-22", status="queued", limit="1") == newest_first


def test_a_text_that_is_made_between_two_pages_of_an_order_moves_no_other(api: ApiClient, gas: Business) -> None:
    order = make_order(gas.tenant)
    oldest, middle, newest = steps_of(order, gas.tenant)
    newest.delete()
    first = api.get(PATH, as_=gas.staff, query={"order_id": order.id, "limit": "1"}).body
    newest.save()
    rest = listed(api, gas, order_id=order.id, limit="1", cursor=first["next_cursor"])
    assert ([item["id"] for item in first["items"]], rest) == ([middle.id], [oldest.id])


def make_other() -> Tenant:
    return factories.delivery_business().tenant


@pytest.mark.parametrize(
    "query",
    [
        {"status": "lost"},
        {"date": "yesterday"},
        {"limit": "0"},
        {"limit": "101"},
        {"order_id": "a b"},
        {"colour": "red"},
        {"cursor": "nonsense"},
        {"cursor": encode_cursor(["", ""])},
        {"cursor": encode_cursor(["x", "2026-11-22T04:00:00.000Z"]), "date": "2026-01-01"},
        {"cursor": encode_cursor(["x", "2026-11-22T04:00:00.000Z"]), "order_id": "y"},
        {"cursor": encode_cursor(["x", "\x7f"])},
    ],
)
def test_an_invalid_filter_is_refused(api: ApiClient, gas: Business, query: dict[str, str]) -> None:
    assert api.get(PATH, as_=gas.staff, query=query).status == 422


def test_one_text_is_shown_to_its_tenants_staff(api: ApiClient, gas: Business) -> None:
    row = text(gas.tenant, NOON)
    body = api.get(f"{PATH}/{row.id}", as_=gas.staff).body
    assert (body["recipient"], body["status"], body["language"]) == ("+886912345678", "queued", "zh-TW")
    assert (body["type"], body["segments"], body["order_id"]) == ("sms", 1, row.order_id)
    assert "receipt_code" not in body
    assert api.get(f"{PATH}/{row.id}", as_=factories.delivery_business().staff).status == 404
    assert api.get(f"{PATH}/nonsense", as_=gas.staff).status == 404


def test_stats_count_the_tenants_own_day(api: ApiClient, gas: Business) -> None:
    gas.tenant.update([Tenant.sms_price.set(Decimal("0.85"))])
    for status in ("sent", "delivered", "failed", "unknown", "skipped"):
        text(gas.tenant, NOON, status)
    text(gas.tenant, AFTER_MIDNIGHT, "sent")
    text(make_other(), NOON, "sent")
    body = api.get(f"{PATH}/stats", as_=gas.staff, query={"date": "2026-11-22"}).body
    assert {name: body[name] for name in ("total", "sent", "delivered", "failed", "unknown", "skipped")} == {
        "total": 5,
        "sent": 1,
        "delivered": 1,
        "failed": 1,
        "unknown": 1,
        "skipped": 1,
    }
    assert (body["success_rate"], body["segments"], body["cost"], body["currency"]) == (0.5, 3, "2.55", "TWD")


@pytest.mark.parametrize("path", ["/v1/notifications", "/v1/notifications/stats"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_calendars_end_is_refused(api: ApiClient, gas: Business, path: str, day: str) -> None:
    refused = api.get(path, as_=gas.staff, query={"date": day})
    assert (refused.status, [each["field"] for each in refused.body["errors"]]) == (422, ["date"])


def test_today_is_the_tenants_day(api: ApiClient, gas: Business) -> None:
    gas.tenant.update([Tenant.time_zone.set("Pacific/Kiritimati")])
    text(gas.tenant, clock.now(), "sent")
    body = api.get(f"{PATH}/stats", as_=gas.staff).body
    assert (body["date"], body["sent"]) == (clock.local_day(clock.now(), "Pacific/Kiritimati"), 1)
    assert body["cost"] is None


def test_a_failed_text_is_sent_again_by_hand(world: World, gas: Business) -> None:
    api, office = world.api, world.connect(gas.admin)
    order = api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    api.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed"}, as_=gas.staff)
    world.deliver()
    [item] = api.get(PATH, as_=gas.staff, query={"order_id": order["id"]}).body["items"]
    row = Notification.get(gas.tenant.id, item["id"])
    row.update([*row.becomes("failed"), Notification.error.set("http_400")])
    answer = api.post(f"{PATH}/{item['id']}/resend", as_=gas.staff)
    assert (answer.status, answer.body["status"], answer.body["error"]) == (202, "queued", None)
    row.update(row.becomes("delivered"))
    answer = api.post(f"{PATH}/{item['id']}/resend", as_=gas.staff)
    assert (answer.status, answer.body["code"]) == (409, "already_sent")
    assert api.post(f"{PATH}/nonsense/resend", as_=gas.staff).status == 404
    assert api.post(f"{PATH}/redrive", as_=gas.staff).body == {"queued": 0}
    world.deliver()
    received = [message["data"] for message in world.received(office, "text_changed")]
    assert received == [{"notification_id": item["id"]}], "once: refusals change nothing"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PATH),
        ("GET", f"{PATH}/stats"),
        ("GET", f"{PATH}/x"),
        ("POST", f"{PATH}/x/resend"),
        ("POST", f"{PATH}/redrive"),
    ],
)
def test_only_staff_see_texts_and_send_them_again(api: ApiClient, gas: Business, method: str, path: str) -> None:
    assert api.call(method, path).status == 401
    for user in (gas.driver_user, gas.customer_user):
        assert api.call(method, path, as_=user).status == 403


def test_only_staff_and_the_customer_may_opt_out(api: ApiClient, gas: Business) -> None:
    assert gas.customer is not None
    path = f"/v1/customers/{gas.customer.id}/sms-opt-out"
    for principal in (gas.staff, gas.customer_user):
        for _ in range(2):
            answer = api.call("PUT", path, as_=principal)
            assert answer.body == {"customer_id": gas.customer.id, "sms_opt_out": True}
        assert Customer.get(gas.tenant.id, gas.customer.id).sms_opt_out
        assert opted_out(gas.tenant.id, "+886912345678")
        for _ in range(2):
            assert api.call("DELETE", path, as_=principal).body["sms_opt_out"] is False
        assert not opted_out(gas.tenant.id, "+886912345678")
    someone = factories.customer(gas.tenant)
    assert api.call("PUT", path, as_=gas.driver_user).status == 403
    assert api.call("PUT", f"/v1/customers/{someone.id}/sms-opt-out", as_=gas.customer_user).status == 404
    assert api.call("PUT", path, as_=factories.delivery_business().staff).status == 404
    assert api.call("PUT", "/v1/customers/unknown/sms-opt-out", as_=gas.staff).status == 404
