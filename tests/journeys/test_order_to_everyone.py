"""An order changes, every screen gets the event, the customer gets the SMS: real handlers and stream records."""

import io
import json
from typing import Any

import pytest

from chalicelib.models.connection import Connection, Subscription
from chalicelib.models.notification import Notification
from chalicelib.models.tenant import SmsSettings, Tenant
from chalicelib.realtime.posts import GatewayDown
from tests.factories import Business, order_body
from tests.sms.gateway import Gateway as SmsGateway
from tests.world import World


@pytest.fixture
def gas_with_sms(gas: Business, sms_gateway: SmsGateway, world: World) -> Business:
    """The gas business with its provider listening."""
    from chalicelib.core import aws
    from chalicelib.core.settings import settings

    sms = SmsSettings(provider="http", url=sms_gateway.url, sender="LUCKYGAS")
    gas.tenant.update([Tenant.sms.set(sms)])
    name = f"{settings().secrets_prefix}/sms/{gas.tenant.id}"
    aws.client("ssm").put_parameter(Name=name, Value="provider-key", Type="SecureString")
    return gas


def new_order(world: World, business: Business, **values: Any) -> dict[str, Any]:
    answer = world.api.post("/v1/orders", order_body(business, **values), as_=business.staff)
    assert answer.status == 201, answer.body
    order: dict[str, Any] = answer.body
    return order


def step(world: World, business: Business, order_id: str, status: str, **values: Any) -> None:
    if status == "assigned":
        body: dict[str, Any] = {"driver_id": business.driver.id, **values}
        answer = world.api.post(f"/v1/orders/{order_id}/assign", body, as_=business.staff)
    else:
        body = {"status": status, **values}
        answer = world.api.post(f"/v1/orders/{order_id}/status", body, as_=business.staff)
    assert answer.status == 200, answer.body


DELIVERY_WAY = ("confirmed", "assigned", "delivering", "arriving", "arrived", "delivered")


def test_a_new_connection_gets_a_welcome(world: World, gas: Business) -> None:
    connection_id = world.connect(gas.staff)
    world.deliver()
    (welcome,) = world.received(connection_id)
    assert welcome["type"] == "connected"
    assert welcome["data"]["connection_id"] == connection_id
    assert (welcome["data"]["user_id"], welcome["data"]["role"]) == (gas.staff.id, "office_staff")
    assert welcome["data"]["channels"] == ["customers", "drivers", "orders", "routes", "system"]
    assert welcome["data"]["heartbeat_interval"] == 30
    assert welcome["data"]["token_expires_at"].endswith("Z")


def test_every_step_of_a_delivery_reaches_the_office(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    order = new_order(world, gas)
    for status in DELIVERY_WAY:
        step(world, gas, order["id"], status)
    world.deliver()
    (created,) = world.received(office, "order_created")
    assert created["data"] == order
    changes = [message["data"] for message in world.received(office, "order_status_changed")]
    assert [change["status"] for change in changes] == list(DELIVERY_WAY)
    assert [change["previous_status"] for change in changes] == ["pending", *DELIVERY_WAY[:-1]]
    assert {change["order_number"] for change in changes} == {order["order_number"]}
    ids = [message["id"] for message in world.received(office) if message["type"] != "connected"]
    assert len(set(ids)) == 7


def test_a_driver_hears_of_assigned_orders_and_of_losing_one(world: World, gas: Business) -> None:
    driver = world.connect(gas.driver_user)
    other = world.connect(gas.drivers[1][0])
    order = new_order(world, gas)
    step(world, gas, order["id"], "confirmed")
    step(world, gas, order["id"], "assigned")
    step(world, gas, order["id"], "confirmed")
    world.deliver()
    received = [message["data"]["status"] for message in world.received(driver, "order_status_changed")]
    assert received == ["assigned", "confirmed"]
    assert world.received(other, "order_status_changed") == []


def test_a_customer_receives_a_text_for_each_status(world: World, gas: Business, restaurant: Business) -> None:
    assert gas.customer_user is not None
    standard, flat = world.connect(gas.customer_user), world.connect(gas.customer_user, format="flat")
    # Events before the welcome are delivered live and with it.
    world.deliver()
    order = new_order(world, gas)
    new_order(world, gas, customer_id=None, customer_name="別人", address="別處")
    for status in DELIVERY_WAY:
        step(world, gas, order["id"], status)
    world.deliver()
    received = [message["data"] for message in world.received(standard, "delivery_update")]
    assert [(each["order_id"], each["status"]) for each in received] == [
        (order["id"], each) for each in DELIVERY_WAY
    ]
    arrived = [each for each in world.received(flat, "delivery.update") if each["status"] == "driver_arrived"]
    assert [each["message"] for each in arrived] == ["司機已到達，請準備接收瓦斯"]
    assert world.received(standard, "order_status_changed") == []


def test_an_edit_reaches_the_office_as_the_whole_order(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    order = new_order(world, gas)
    world.api.patch(f"/v1/orders/{order['id']}", {"notes": "二樓"}, as_=gas.staff)
    world.deliver()
    (updated,) = world.received(office, "order_updated")
    assert (updated["data"]["id"], updated["data"]["notes"]) == (order["id"], "二樓")


def test_tenants_receive_no_events_of_each_other(world: World, gas: Business, restaurant: Business) -> None:
    businesses = (gas, restaurant)
    offices = {each.tenant.id: world.connect(each.staff, format="standard") for each in businesses}
    orders = {business.tenant.id: new_order(world, business)["id"] for business in (gas, restaurant)}
    for business in (gas, restaurant):
        step(world, business, orders[business.tenant.id], "confirmed")
    world.deliver()
    for tenant_id, connection_id in offices.items():
        events = [message for message in world.received(connection_id) if message["type"] != "connected"]
        assert {event["data"].get("order_id", event["data"].get("id")) for event in events} == {orders[tenant_id]}


def test_a_quiet_change_is_neither_seen_nor_texted(
    world: World, gas_with_sms: Business, sms_gateway: SmsGateway
) -> None:
    office = world.connect(gas_with_sms.staff)
    order = new_order(world, gas_with_sms, notify=False)
    step(world, gas_with_sms, order["id"], "confirmed", notify=False)
    world.api.patch(f"/v1/orders/{order['id']}", {"notes": "x", "notify": False}, as_=gas_with_sms.staff)
    world.deliver()
    assert [message["type"] for message in world.received(office)] == ["connected"]
    assert sms_gateway.received == []
    assert Notification.count() == 0


def test_the_customer_gets_three_texts_on_the_way(
    world: World, gas_with_sms: Business, sms_gateway: SmsGateway
) -> None:
    order = new_order(world, gas_with_sms, scheduled_date="2026-12-01")
    for status in DELIVERY_WAY:
        step(world, gas_with_sms, order["id"], status)
    world.deliver()
    texts = sorted(body["message"] for _, body in sms_gateway.received)
    number = order["order_number"]
    assert texts == sorted(
        [
            f"您的瓦斯訂單 {number} 已確認。預計送達時間：2026-12-01",
            f"您的瓦斯即將送達！司機將在10-15分鐘內抵達。訂單編號：{number}",
            f"您的瓦斯訂單 {number} 已送達。感謝您的訂購！",
        ]
    )
    assert {body["phone"] for _, body in sms_gateway.received} == {"+886912345678"}
    assert {row.status for row in Notification.scan()} == {"sent"}


def test_each_sms_is_sent_once_after_any_repeats(
    world: World, gas_with_sms: Business, sms_gateway: SmsGateway
) -> None:
    office = world.connect(gas_with_sms.staff)
    order = new_order(world, gas_with_sms)
    step(world, gas_with_sms, order["id"], "confirmed")
    world.deliver(times=5)
    assert len(sms_gateway.received) == 1
    ids = [message["id"] for message in world.received(office) if message["type"].startswith("order")]
    assert len(ids) == 10
    assert len(set(ids)) == 2, "a client drops repeats by their id"


def test_connections_that_are_gone_are_forgotten(world: World, gas: Business) -> None:
    here, gone = world.connect(gas.staff), world.connect(gas.admin)
    world.deliver()
    for row in Subscription.scan():
        row.update([Subscription.connected_at.set(0)])
    world.gateway.answer(gone, 410)
    new_order(world, gas)
    world.deliver()
    assert len(world.received(here, "order_created")) == 1
    assert [row.connection_id for row in Connection.scan()] == [here]
    assert {row.connection_id for row in Subscription.scan()} == {here}


def test_a_gateway_that_is_down_harms_neither_order_nor_text_and_the_event_comes_later(
    world: World, gas_with_sms: Business, sms_gateway: SmsGateway
) -> None:
    office = world.connect(gas_with_sms.staff)
    world.deliver()
    order = new_order(world, gas_with_sms)
    step(world, gas_with_sms, order["id"], "confirmed")
    records = world.take("orders")
    world.gateway.answer(office, 0)
    world.follow("orders", records)
    world.deliver_sms()
    assert len(sms_gateway.received) == 1
    chunks = list(world.functions.invoked)
    with pytest.raises(GatewayDown):
        world.deliver_chunks()
    world.gateway.answer(office, 200)
    world.functions.invoked = chunks
    world.deliver()
    assert len(world.received(office, "order_status_changed")) == 1
    assert len(sms_gateway.received) == 1


def test_a_provider_that_is_down_harms_neither_order_nor_broadcast_and_sends_once_when_back(
    world: World, gas_with_sms: Business, sms_gateway: SmsGateway
) -> None:
    office = world.connect(gas_with_sms.staff)
    sms_gateway.status = 503
    order = new_order(world, gas_with_sms)
    step(world, gas_with_sms, order["id"], "confirmed")
    world.deliver()
    assert len(world.received(office, "order_status_changed")) == 1
    assert [row.status for row in Notification.scan()] == ["queued"]
    sms_gateway.status = 200
    world.make_queue_visible()
    world.deliver_sms()
    assert [row.status for row in Notification.scan()] == ["sent"]
    keys = {headers["Idempotency-Key"] for headers, _ in sms_gateway.received}
    assert len(keys) == 1, "a gateway that dedupes by the key has sent one text"


def test_one_correlation_id_leads_from_the_request_to_the_text(
    world: World, gas_with_sms: Business, logged: io.StringIO
) -> None:
    world.connect(gas_with_sms.staff)
    order = new_order(world, gas_with_sms)
    world.deliver()
    world.api.post(
        f"/v1/orders/{order['id']}/status",
        {"status": "confirmed"},
        as_=gas_with_sms.staff,
        headers={"X-Correlation-Id": "from-the-client-1"},
    )
    world.deliver()
    printed = logged.getvalue()
    lines = [json.loads(line) for line in printed.splitlines()]
    messages = {line["message"] for line in lines if line.get("correlation_id") == "from-the-client-1"}
    assert messages >= {"request_done", "fan_out_done", "sms_queued", "sms_sent"}
    assert "912345678" not in printed
    assert world.api.token(gas_with_sms.staff) not in printed
