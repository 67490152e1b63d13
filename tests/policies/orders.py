"""Uses everything that orders, their SMS and their proofs need."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from chalicelib.core.clock import epoch, now, wire
from chalicelib.core.settings import settings
from chalicelib.models.connection import Subscription
from chalicelib.models.notification import Notification
from chalicelib.models.sms_circuit import SmsCircuit
from chalicelib.models.tenant import SmsSettings, Tenant
from chalicelib.sms.circuit import THRESHOLD
from chalicelib.sms.queue import QueuedSms, message_for, park, put_on_queue
from tests.deliveries.doors import on_the_way, uploaded
from tests.factories import Business, order_body
from tests.visits import gas_order, move, tracker
from tests.world import World


def use_orders(world: World, gas: Business) -> None:
    api, office, gone = world.api, world.connect(gas.staff), world.connect(gas.admin)
    # A driver whose channels have no event yet: the welcome creates their heads.
    world.connect(gas.drivers[1][0])
    world.deliver()
    world.send(office, {"type": "heartbeat"})
    headers = {"Idempotency-Key": "k"}
    order = api.post("/v1/orders", order_body(gas), as_=gas.staff, headers=headers).body
    api.post("/v1/orders", order_body(gas), as_=gas.staff, headers=headers)
    path = f"/v1/orders/{order['id']}"
    assert api.get(path, as_=gas.staff).status == 200
    assert api.patch(path, {"notes": "x"}, as_=gas.staff).status == 200
    assert api.post(f"{path}/status", {"status": "confirmed"}, as_=gas.staff).status == 200
    assert api.post(f"{path}/assign", {"driver_id": gas.driver.id}, as_=gas.staff).status == 200
    assert gas.customer is not None
    for query in (
        {},
        {"status": "assigned"},
        {"date": order["scheduled_date"]},
        {"customer_id": gas.customer.id},
        {"driver_id": gas.driver.id},
        {"updated_since": "2026-01-01T00:00:00Z"},
    ):
        assert api.get("/v1/orders", as_=gas.staff, query=query).status == 200
    for row in Subscription.scan():
        row.update([Subscription.connected_at.set(0)])
    world.gateway.answer(gone, 410)
    records = world.take("orders")
    world.follow("orders", records)
    world.follow("orders", records)
    assert world.received(office, "order_status_changed")
    for message in (
        {"type": "subscribe", "channel": "orders", "since": 0},
        {"type": "subscribe", "channel": f"order:{order['id']}", "since": 99},
        {"type": "subscribe", "channel": "route:without-any-event"},
        {"type": "heartbeat"},
        {"type": "unsubscribe", "channel": "orders"},
        {"type": "order_update", "order_id": order["id"], "status": "delivering"},
        {"type": "authenticate", "token": api.token(gas.staff)},
    ):
        world.send(office, message)
        assert world.received(office)[-1]["type"] != "error", world.received(office)[-1]
    driver = world.connect(gas.driver_user)
    world.send(driver, {"type": "subscribe", "channel": f"order:{order['id']}"})
    api.post(f"{path}/status", {"status": "failed"}, as_=gas.staff)
    api.post(f"{path}/status", {"status": "confirmed"}, as_=gas.staff)
    world.deliver()
    world.deliver_sms(times=2)
    _sms_trouble(world, gas, order)
    world.disconnect(office)


def use_deliveries(world: World, gas: Business) -> None:
    """Every kind of proof, by both doors; and an attempt that fails."""
    api = world.api
    for confirmation_type in ("qr_code", "pin", "signature"):
        order_id = on_the_way(api, gas)
        world.deliver()
        path = f"/v1/deliveries/{order_id}"
        proof: dict[str, str] = {}
        if confirmation_type == "qr_code":
            proof["qr"] = api.post(f"{path}/qr", {}, as_=gas.staff).body["qr"]
        elif confirmation_type == "pin":
            proof["pin"] = api.get(path, as_=gas.staff).body["pin"]
        else:
            proof["upload_key"] = uploaded(api, gas, order_id, confirmation_type)
        body = {"confirmation_type": confirmation_type, **proof}
        if confirmation_type == "qr_code":
            sent = {
                "type": "delivery.confirmed",
                "order_id": order_id,
                "confirmed_at": wire(now()),
                **body,
            }
            world.send(world.connect(gas.driver_user), sent)
        answer = api.post(f"{path}/confirm", body, as_=gas.driver_user)
        assert answer.status == 200, answer.body
        assert api.get(path, as_=gas.staff).body["status"] == "delivered"
    picture = uploaded(api, gas, order_id := on_the_way(api, gas), "photo")
    sent = {"confirmation_type": "photo", "upload_key": picture, "confirmed_at": wire(now())}
    driver = world.connect(gas.driver_user)
    world.send(driver, {"type": "delivery.confirmed", "order_id": order_id, **sent})
    world.deliver()
    assert world.received(driver, "delivery.confirmed_accepted")
    for query in ({"date": "2026-11-22"}, {"driver_id": gas.driver.id}, {"outcome": "delivered"}, {}):
        assert api.get("/v1/deliveries", as_=gas.staff, query=query).status == 200


def use_texts(world: World, gas: Business, sms_url: str) -> None:
    """What staff, customers and providers do with texts, and a provider that is left alone."""
    api, path, beginning = world.api, "/v1/notifications", settings().public_url
    allowed = {"allowed_links": [urlsplit(beginning).netloc]}
    assert api.patch(f"{path}/settings", allowed, as_=gas.admin).status == 200
    text = {"text": "{order_number} {tracking_url} {opt_out_url}"}
    assert api.call("PUT", f"{path}/templates/confirmed/zh-TW", text, as_=gas.admin).status == 200
    order = api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    api.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed"}, as_=gas.staff)
    world.deliver()
    for query in ({"order_id": order["id"]}, {"status": "queued"}, {"date": "2026-11-22"}, {}):
        assert api.get(path, as_=gas.staff, query=query).status == 200
    [row] = api.get(path, as_=gas.staff, query={"order_id": order["id"]}).body["items"]
    for get in (f"{path}/stats", f"{path}/{row['id']}", f"{path}/templates", f"{path}/settings"):
        assert api.get(get, as_=gas.staff).status == 200
    assert api.post(f"{path}/preview", {"order_id": order["id"]}, as_=gas.staff).status == 200
    assert api.call("DELETE", f"{path}/templates/confirmed/zh-TW", as_=gas.admin).status == 204
    _, track, stop = row["content"].split(" ")
    for method, url in (("GET", track), ("GET", stop), ("POST", stop), ("POST", f"{stop}?again=1")):
        assert api.page(method, url.removeprefix(beginning), {}).status_code == 200
    assert gas.customer is not None
    for method in ("PUT", "DELETE"):
        assert api.call(method, f"/v1/customers/{gas.customer.id}/sms-opt-out", as_=gas.staff).status == 200
    mine = Notification.get(gas.tenant.id, row["id"])
    mine.update([*mine.becomes("unknown"), Notification.key_used_at.set(epoch(now()))])
    _provider_down(world, gas, mine)
    gas.tenant.update([Tenant.sms.set(SmsSettings(provider="http", url=sms_url, sender="X"))])
    world.probe_providers(now() + timedelta(minutes=1))
    world.make_queue_visible()
    world.deliver_sms()
    assert SmsCircuit.count() == 0
    assert (
        world.api.page("GET", f"/v1/receipts/mitake/{mine.receipt_code}?msgid=1&StatusFlag=4", {}).status_code
        == 200
    )


def _provider_down(world: World, gas: Business, row: Notification) -> None:
    """The circuit opens; a text that has waited too long is parked, and redriven."""
    sms = SmsSettings(provider="mitake", url="http://127.0.0.1:1", username="X")
    gas.tenant.update([Tenant.sms.set(sms)])
    path = f"/v1/notifications/{row.id}/resend"
    for _ in range(THRESHOLD):
        assert world.api.post(path, as_=gas.staff).status == 202
        world.make_queue_visible()
        world.deliver_sms()
    circuit = SmsCircuit.get(gas.tenant.id)
    assert circuit.open_until is not None
    world.probe_providers(now())
    put_on_queue(message_for(row))
    world.deliver_sms()
    row.update([Notification.queued_at.set(0)])
    put_on_queue(message_for(row))
    world.deliver_sms()
    row.refresh()
    assert row.status == "failed"
    park(QueuedSms("another-business", "n", "c", 1))
    assert world.api.post("/v1/notifications/redrive", as_=gas.staff).body == {"queued": 1}
    circuit.update([SmsCircuit.open_until.set(0)])


def _sms_trouble(world: World, gas: Business, order: dict[str, Any]) -> None:
    """A provider that is down: the text goes back to the queue."""
    gas.tenant.update([Tenant.sms.set(SmsSettings(provider="http", url="http://127.0.0.1:1", sender="X"))])
    other = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    world.api.post(f"/v1/orders/{other['id']}/status", {"status": "confirmed"}, as_=gas.staff)
    world.deliver()


def use_tracker(world: World, gas: Business) -> None:
    """A tracker who follows an order by its link, and loses access to the driver."""
    order = gas_order(world.api, gas, "confirmed", "assigned", "delivering")
    guest = tracker(world.api, gas, order["id"])
    assert guest.get(f"/v1/orders/{order['id']}").status == 200
    phone = world.connect_with(guest.token)
    world.send(phone, {"type": "subscribe", "channel": f"driver:{gas.driver.id}"})
    world.send(phone, {"type": "authenticate", "token": guest.token})
    assert world.received(phone)[-1]["type"] == "authenticated"
    move(world.api, gas, order["id"], "delivered")
    world.deliver()
    assert world.received(phone, "unsubscribed")
