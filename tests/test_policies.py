"""Each function may do what it does and nothing else: the policies against the calls of a whole journey."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pynamodb.expressions.update import Action

from chalicelib import aws
from chalicelib.clock import epoch, now, wire
from chalicelib.models.connection import Connection, Subscription
from chalicelib.models.dining_table import DiningTable
from chalicelib.models.notification import Notification
from chalicelib.models.order import Order
from chalicelib.models.order_template import OrderTemplate
from chalicelib.models.sms_circuit import SmsCircuit
from chalicelib.models.tenant import SmsSettings, Tenant
from chalicelib.models.user import User
from chalicelib.realtime.channels import channel_key
from chalicelib.settings import settings
from chalicelib.sms.circuit import THRESHOLD
from chalicelib.sms.queue import message_for, put_on_queue
from tests.api_client import Answer
from tests.aws_in_process import ENVIRONMENT, resources
from tests.calls import permissions_used
from tests.deliveries.doors import on_the_way, uploaded
from tests.factories import PASSWORD, Business, crowd_of, driver, order_body, table_business
from tests.guests.visits import gas_order, move, sat_down, tracker
from tests.imports.files import checked, csv_file, reported
from tests.routes.rounds import PLACES, done, order, orders_of, planned
from tests.sms.gateway import Gateway as SmsGateway
from tests.world import STREAMS, World

POLICIES = Path(__file__).parent.parent / ".chalice" / "policies"
FUNCTIONS = sorted(path.stem for path in POLICIES.glob("*.json"))

# What Lambda itself does under a function's role, before and after the function runs.
_LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
_STREAM = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}
_QUEUE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
_PLATFORM: dict[str, set[tuple[str, str]]] = {
    **{
        function: {
            *((action, f"luckygas-test-{table}/stream/*") for action in _STREAM),
            ("sqs:SendMessage", "luckygas-test-stream-dead-letters"),
        }
        for table, (function, _) in STREAMS.items()
    },
    "fan_out": {("sqs:SendMessage", "luckygas-test-stream-dead-letters")},
    "run_import": {(action, "luckygas-test-imports") for action in _QUEUE},
    # The forms that phones and browsers post files with are signed, and then used, in the API's name.
    "api_handler": {
        ("s3:PutObject", f"{ENVIRONMENT['PROOF_BUCKET']}/*"),
        ("s3:PutObject", f"{ENVIRONMENT['IMPORT_BUCKET']}/uploads/*"),
    },
    "send_sms": {*((action, "luckygas-test-sms") for action in _QUEUE), ("sns:Publish", "telephones")},
}
# Read once per process, maybe long before the journey.
_READING_JWT_KEYS = {"api_handler", "websocket_connect", "websocket_message"}
_CLOSING = {
    "connections_stream",
    "users_stream",
    "tenants_stream",
    "sessions_stream",
    "sweep_connections",
    "websocket_message",
}
_POSTING = {
    *_CLOSING,
    "orders_stream",
    "announcements_stream",
    "positions_stream",
    "routes_stream",
    "fan_out",
}


def granted(function: str) -> set[tuple[str, str]]:
    """(action, name of the resource) of a function's policy, with the test stage's names."""
    found = set()
    for statement in json.loads((POLICIES / f"{function}.json").read_text())["Statement"]:
        assert statement["Effect"] == "Allow"
        # Telephones have no ARN: whatever is no topic.
        wanted = statement.get("Resource", "telephones")
        for resource in wanted if isinstance(wanted, list) else [wanted]:
            found |= {(action, _name(resource)) for action in statement["Action"]}
    return found


def _name(resource: dict[str, Any] | str) -> str:
    if isinstance(resource, str):
        return resource
    if "Fn::GetAtt" in resource:
        name: str = resources()[resource["Fn::GetAtt"][0]]["Properties"]["QueueName"]["Fn::Sub"]
        return name.replace("${Stage}", "test")
    arn = resource["Fn::Sub"].replace("${Stage}", "test").replace("${WebsocketAPI}", "websocket-api")
    # S3's ARNs have neither; without `::` they would split apart.
    arn = arn.replace("${AWS::AccountId}-${AWS::Region}", "123456789012-ap-northeast-1")
    arn = arn.replace("${AWS::AccountId}/", "123456789012/").replace("AWS::", "")
    last: str = arn.split(":", 5)[5]
    return last.removeprefix("table/").removeprefix("parameter")


@pytest.fixture
def used(world: World, gas: Business, sms_gateway: SmsGateway) -> dict[str, set[tuple[str, str]]]:
    """What everything that the system can do needed."""
    gas.tenant.update([Tenant.sms.set(SmsSettings(provider="http", url=sms_gateway.url, sender="X"))])
    key = f"{settings().secrets_prefix}/sms/{gas.tenant.id}"
    aws.client("ssm").put_parameter(Name=key, Value="provider-key", Type="SecureString")
    with permissions_used() as used:
        _people(world, gas)
        _records(world, gas)
        _recurring(world, gas)
        _reports(world, gas)
        _imports(world, gas)
        _orders(world, gas)
        _texts(world, gas, sms_gateway.url)
        _positions(world, gas)
        _proposals(world, gas)
        _routes(world, gas)
        _deliveries(world, gas)
        _realtime(world, gas)
        _crowd(world, gas)
        _restaurant(world)
        _tracker(world, gas)
        _access(world, gas)
    return used


def _people(world: World, gas: Business) -> None:
    api = world.api
    login = {"username": "new@example.com", "password": PASSWORD}
    for role, links in (
        ("office_staff", {}),
        ("driver", {"driver_id": gas.driver.id}),
        ("customer", {"customer_id": gas.customer.id if gas.customer else ""}),
    ):
        body = {**login, "username": f"{role}@example.com", "name": "N", "role": role, **links}
        answer = api.post("/v1/users", body, as_=gas.admin)
        assert answer.status == 201, answer.body
    body = {**login, "name": "N", "role": "office_staff"}
    user_id = api.post("/v1/users", body, as_=gas.admin).body["id"]
    for request in (
        ("GET", "/v1/users", None),
        ("GET", f"/v1/users/{user_id}", None),
        ("PATCH", f"/v1/users/{user_id}", {"name": "M"}),
    ):
        assert api.call(*request, as_=gas.admin).status == 200
    assert api.post("/v1/auth/login", {**login, "password": "wrong-password"}).status == 401
    tokens = api.post("/v1/auth/login", login).body
    tokens = api.post("/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]}).body
    change = {"current_password": PASSWORD, "new_password": PASSWORD + "!"}
    tokens = api.post("/v1/auth/password", change, token=tokens["access_token"]).body
    assert api.get("/v1/auth/me", token=tokens["access_token"]).status == 200
    assert api.post("/v1/auth/logout", token=tokens["access_token"]).status == 204
    for path in ("/v1/health", "/v1/health/websocket", "/v1/health/notifications"):
        assert api.get(path).status == 200
    assert api.get("/v1/orders", as_=gas.staff).status == 200, "before anything was said in a channel"


def _records(world: World, gas: Business) -> None:
    for kind, new in (
        ("customers", {"name": "N"}),
        ("drivers", {"name": "N"}),
        ("products", {"name": "N", "unit_price": "1"}),
    ):
        row = world.api.post(f"/v1/{kind}", new, as_=gas.staff).body
        for path in (f"/v1/{kind}", f"/v1/{kind}/{row['id']}"):
            assert world.api.get(path, as_=gas.staff).status == 200
        assert world.api.patch(f"/v1/{kind}/{row['id']}", {"name": "M"}, as_=gas.staff).status == 200


def _recurring(world: World, gas: Business) -> None:
    """Recurring orders through pause, resume, end and a change of time zone, and the hour's figures."""
    api, path = world.api, "/v1/order-templates"
    assert gas.customer is not None
    body = {
        "customer_id": gas.customer.id,
        "items": [{"product_id": gas.products[0].id, "quantity": 1}],
        "rule": {"by_consumption": {}},
    }
    row = api.post(path, body, as_=gas.staff).body
    api.post("/v1/orders", order_body(gas), as_=gas.staff)
    assert world.create_due_orders(now() + timedelta(days=40)) == {"made": 1, "skipped": 1}
    for suffix in ("", "/preview", "/orders"):
        assert api.get(f"{path}/{row['id']}{suffix}", as_=gas.staff).status == 200
    assert api.get(path, as_=gas.staff).status == 200
    assert api.patch(f"{path}/{row['id']}", {"status": "paused"}, as_=gas.staff).status == 200
    OrderTemplate(gas.tenant.id, row["id"]).update([OrderTemplate.next_date.set("2020-01-01")])
    assert api.patch(f"{path}/{row['id']}", {"status": "active"}, as_=gas.staff).status == 200
    assert api.call("DELETE", f"{path}/{row['id']}", as_=gas.staff).status == 204
    world.record_metrics(now())
    world.deliver()


def _reports(world: World, gas: Business) -> None:
    """Every report on days with a delivery by a driver."""
    row = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    done: list[Action] = [Order.status.set("delivered"), Order.driver_id.set(gas.driver.id)]
    Order(gas.tenant.id, row["id"]).update(done)
    days = {"from": row["scheduled_date"], "to": row["scheduled_date"]}
    assert world.api.get("/v1/reports/daily", as_=gas.staff).status == 200
    for report in ("orders-by-status", "drivers", "sales", "notifications"):
        assert world.api.get(f"/v1/reports/{report}", as_=gas.staff, query=days).status == 200
    world.deliver()


def _orders(world: World, gas: Business) -> None:
    api, office, gone = world.api, world.connect(gas.staff), world.connect(gas.admin)
    world.deliver()
    world.say(office, {"type": "heartbeat"})
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
    assert world.heard(office, "order_status_changed")
    for message in (
        {"type": "subscribe", "channel": "orders", "since": 0},
        {"type": "subscribe", "channel": f"order:{order['id']}", "since": 99},
        {"type": "subscribe", "channel": "route:of-which-nothing-was-said"},
        {"type": "heartbeat"},
        {"type": "unsubscribe", "channel": "orders"},
        {"type": "order_update", "order_id": order["id"], "status": "delivering"},
        {"type": "authenticate", "token": api.token(gas.staff)},
    ):
        world.say(office, message)
        assert world.heard(office)[-1]["type"] != "error", world.heard(office)[-1]
    driver = world.connect(gas.driver_user)
    world.say(driver, {"type": "subscribe", "channel": f"order:{order['id']}"})
    api.post(f"{path}/status", {"status": "failed"}, as_=gas.staff)
    api.post(f"{path}/status", {"status": "confirmed"}, as_=gas.staff)
    world.deliver()
    world.deliver_sms(times=2)
    _sms_trouble(world, gas, order)
    world.disconnect(office)


def _deliveries(world: World, gas: Business) -> None:
    """Every kind of proof, by both doors; and an attempt that fails."""
    api = world.api
    for confirmation_type in ("qr_code", "pin", "signature"):
        order_id = on_the_way(api, gas)
        world.deliver()
        path = f"/v1/deliveries/{order_id}"
        proof: dict[str, str] = {}
        if confirmation_type == "qr_code":
            proof["qr"] = api.post(f"{path}/qr", {}, as_=gas.driver_user).body["qr"]
        elif confirmation_type == "pin":
            proof["pin"] = api.get(path, as_=gas.staff).body["pin"]
        else:
            proof["upload_key"] = uploaded(api, gas, order_id, confirmation_type)
        body = {"confirmation_type": confirmation_type, **proof}
        if confirmation_type == "qr_code":
            said = {
                "type": "delivery.confirmed",
                "order_id": order_id,
                "confirmed_at": "2026-11-22T05:00:00Z",
                **body,
            }
            world.say(world.connect(gas.driver_user), said)
        answer = api.post(f"{path}/confirm", body, as_=gas.driver_user)
        assert answer.status == 200, answer.body
        assert api.get(path, as_=gas.staff).body["status"] == "delivered"
    picture = uploaded(api, gas, order_id := on_the_way(api, gas), "photo")
    said = {"confirmation_type": "photo", "upload_key": picture, "confirmed_at": "2026-11-22T05:00:00Z"}
    driver = world.connect(gas.driver_user)
    world.say(driver, {"type": "delivery.confirmed", "order_id": order_id, **said})
    world.deliver()
    assert world.heard(driver, "delivery.confirmed_accepted")
    for query in ({"date": "2026-11-22"}, {"driver_id": gas.driver.id}, {"outcome": "delivered"}, {}):
        assert api.get("/v1/deliveries", as_=gas.staff, query=query).status == 200


def _imports(world: World, gas: Business) -> None:
    """Files of every kind, with rows that are new, changed and wrong."""
    for kind, header, row, changed in (
        ("customers", ("id", "name", "phone"), ("c1", "N", "0912345678"), ("c1", "M", "0912345678")),
        ("customers", ("name", "phone"), ("王小姐", "0912345678"), ("N", "0911111111")),
        ("drivers", ("id", "name"), ("d1", "N"), ("d1", "M")),
        ("users", ("id", "email", "name", "role"), ("1", "u@x.tw", "N", "staff"), ("1", "u@x.tw", "M", "staff")),
        (
            "orders",
            ("id", "customer_id", "item", "quantity", "unit_price", "address"),
            ("1", "c1", "20公斤瓦斯桶", "1", "700", "台北"),
            ("1", "c1", "20公斤瓦斯桶", "2", "700", "台北"),
        ),
        ("orders", ("order_number", "phone", "item", "quantity"), ("1", "0912345678", "x", ""), None),
        ("routes", ("id", "driver_id"), ("1", "d1"), None),
        ("templates", ("id", "customer_id"), ("1", "c1"), None),
    ):
        for values in (row, row, changed):
            if values is not None:
                found = checked(world, gas.admin, kind, csv_file(header, values))
                world.api.post(f"/v1/imports/{found['id']}/commit", as_=gas.admin)
                world.deliver_imports()
        assert reported(world.api, gas.admin, found["id"])
        assert world.api.get(f"/v1/imports/{found['id']}/rows?only=errors", as_=gas.admin).status == 200
    assert world.api.get("/v1/imports", as_=gas.staff).status == 200


def _sms_trouble(world: World, gas: Business, order: dict[str, Any]) -> None:
    """A provider that is down: the text goes back to the queue."""
    gas.tenant.update([Tenant.sms.set(SmsSettings(provider="http", url="http://127.0.0.1:1", sender="X"))])
    other = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    world.api.post(f"/v1/orders/{other['id']}/status", {"status": "confirmed"}, as_=gas.staff)
    world.deliver()


def _texts(world: World, gas: Business, sms_url: str) -> None:
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
    put_on_queue(message_for(row))
    world.deliver_sms()
    row.update([Notification.queued_at.set(0)])
    put_on_queue(message_for(row))
    world.deliver_sms()
    row.refresh()
    assert row.status == "failed"
    assert world.api.post("/v1/notifications/redrive", as_=gas.staff).body == {"queued": 1}
    circuit.update([SmsCircuit.open_until.set(0)])


def _positions(world: World, gas: Business) -> None:
    api, driver, gone = world.api, world.connect(gas.driver_user), world.connect(gas.admin)
    for row in Subscription.scan():
        row.update([Subscription.connected_at.set(0)])
    world.gateway.answer(gone, 410)
    fix = {"latitude": 25.03, "longitude": 121.56, "timestamp": wire(now())}
    assert api.post("/v1/drivers/me/location", fix, as_=gas.driver_user).body["accepted"] == 1
    world.say(driver, {"type": "location_update", "latitude": 25.03, "longitude": 121.56})
    world.deliver()
    for path in ("/v1/drivers/positions", f"/v1/drivers/{gas.driver.id}/track"):
        assert api.get(path, as_=gas.staff).status == 200


def _routes(world: World, gas: Business) -> None:
    api, gone = world.api, world.connect(gas.admin)
    Subscription(channel_key(gas.tenant.id, "routes"), gone).update([Subscription.connected_at.set(0)])
    world.gateway.answer(gone, 410)
    dropped = planned(api, gas)
    done(api, gas, dropped, "cancel")
    route = planned(api, gas)
    api.patch(f"/v1/routes/{route['id']}", {"name": "x"}, as_=gas.staff)
    rider, row = driver(gas.tenant, "黃建志")
    done(api, gas, route, "assign", driver_id=gas.driver.id)
    world.say(world.connect(gas.driver_user), {"type": "subscribe", "channel": f"route:{route['id']}"})
    route = done(api, gas, route, "assign", driver_id=row.id)
    done(api, gas, route, "start")
    first, second = orders_of(route)
    # Whoever finds that an order has been moved meanwhile looks why.
    with _meanwhile(lambda: api.post(f"/v1/orders/{second}/status", {"status": "delivering"}, as_=gas.staff)):
        world.deliver()
    for seconds in (40, 20):
        _fix(world, rider, seconds)
        world.deliver()
    _fix(world, rider, 0)
    with _meanwhile(lambda: api.post(f"/v1/orders/{first}/status", {"status": "arrived"}, as_=gas.staff)):
        world.deliver()
    assert order(api, gas, first)["status"] == "arrived"
    for query in ({}, {"driver_id": gas.driver.id}):
        assert api.get("/v1/routes", query=query, as_=gas.staff).status == 200


def _fix(world: World, rider: User, seconds: int) -> None:
    fix = {**PLACES[0], "timestamp": wire(now() - timedelta(seconds=seconds))}
    assert world.api.post("/v1/drivers/me/location", fix, as_=rider).body["accepted"] == 1


@contextmanager
def _meanwhile(act: Callable[[], Answer]) -> Iterator[None]:
    """Somebody else is quicker, right after orders were read by whoever is going to move them."""
    events = aws.client("dynamodb").meta.events
    acts = [act]

    def look(parsed: dict[str, Any], **_: Any) -> None:
        if "luckygas-test-orders" in parsed.get("Responses", {}) and acts:
            assert acts.pop()().status == 200

    events.register("after-call.dynamodb.BatchGetItem", look)
    try:
        yield
    finally:
        events.unregister("after-call.dynamodb.BatchGetItem", look)
    assert not acts


def _proposals(world: World, gas: Business) -> None:
    """Routes for a day's orders, and for one that is named."""
    order = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    day = order["scheduled_date"]
    assert world.api.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed"}, as_=gas.staff).status == 200
    body = {
        "date": day,
        "depot": {"latitude": 25.04, "longitude": 121.55},
        "vehicles": [{"driver_id": gas.driver.id, "start_at": f"{day}T08:00:00+08:00"}],
    }
    for wanted in ({}, {"order_ids": [order["id"]]}):
        answer = world.api.post("/v1/routes/optimize", {**body, **wanted}, as_=gas.staff)
        assert answer.body["routes"], answer.body


def _realtime(world: World, gas: Business) -> None:
    api = world.api
    offices = [world.connect(gas.admin) for _ in range(6)]
    world.deliver()
    assert len(world.gateway.closed) == 1
    gone = next(each for each in offices if each not in world.gateway.closed)
    message = {"type": "alert", "data": {}}
    assert api.post("/v1/realtime/publish", {"channel": "system", **message}, as_=gas.admin).status == 202
    assert api.post(f"/v1/realtime/users/{gas.admin.id}/send", message, as_=gas.admin).status == 202
    for row in Subscription.scan():
        row.update([Subscription.connected_at.set(0)])
    world.gateway.answer(gone, 410)
    world.deliver()
    for path in ("/v1/realtime/status", "/v1/realtime/connections", "/v1/events?channel=system&since=0"):
        assert api.get(path, as_=gas.admin).status == 200
    crowd = [world.connect(gas.staff) for _ in range(6)]
    leaving = Connection.get(crowd[-1])
    leaving.update([Connection.connected_at.set(leaving.connected_at - 6_900_000)])
    Connection(next(each for each in offices if each not in (gone, *world.gateway.closed))).update(
        [Connection.last_seen_at.set(0)]
    )
    done = world.sweep(now())
    assert done["idle"] == done["rollover"] == done["too_many_connections"] == 1


def _restaurant(world: World) -> None:
    """Tables, hours, guests on both ways in, and a payment."""
    api, shop = world.api, table_business()
    table = api.post("/v1/tables", {"number": "A1"}, as_=shop.staff).body
    path = f"/v1/tables/{table['id']}"
    for request in (
        ("GET", "/v1/tables", None),
        ("GET", path, None),
        ("PATCH", path, {"seats": 2}),
        ("PATCH", path, {"number": "A2"}),
        ("POST", f"{path}/qr", None),
        ("PUT", "/v1/opening-hours", {"weekly": None}),
        ("GET", "/v1/opening-hours", None),
        ("GET", "/v1/menu", None),
    ):
        assert api.call(*request, as_=shop.admin).status == 200, request
    guest = sat_down(api, DiningTable.get(shop.tenant.id, table["id"]))
    order = guest.order(shop).body
    for own in ("/v1/menu", "/v1/orders", f"/v1/orders/{order['id']}"):
        assert guest.get(own).status == 200
    payment = f"/v1/orders/{order['id']}/payment"
    for _ in range(2):
        assert api.post(payment, {"payment_status": "paid"}, as_=shop.staff).status == 200
    phone = world.connect_with(guest.token)
    world.say(phone, {"type": "subscribe", "channel": f"order:{order['id']}", "since": 0})
    world.say(phone, {"type": "authenticate", "token": guest.token})
    assert world.heard(phone)[-1]["type"] == "authenticated"
    world.deliver()
    world.disconnect(phone)


def _tracker(world: World, gas: Business) -> None:
    """Somebody who follows an order by its link, and loses the driver."""
    order = gas_order(world.api, gas, "confirmed", "assigned", "delivering")
    guest = tracker(world.api, gas, order["id"])
    assert guest.get(f"/v1/orders/{order['id']}").status == 200
    phone = world.connect_with(guest.token)
    world.say(phone, {"type": "subscribe", "channel": f"driver:{gas.driver.id}"})
    world.say(phone, {"type": "authenticate", "token": guest.token})
    assert world.heard(phone)[-1]["type"] == "authenticated"
    move(world.api, gas, order["id"], "delivered")
    world.deliver()
    assert world.heard(phone, "unsubscribed")


def _crowd(world: World, gas: Business) -> None:
    """More than one function tells, one of them gone."""
    crowd_of(gas, "orders", "system", "routes")
    gone = world.connect(gas.admin)
    Subscription(channel_key(gas.tenant.id, "orders"), gone).update([Subscription.connected_at.set(0)])
    world.gateway.answer(gone, 410)
    world.api.post("/v1/orders", order_body(gas), as_=gas.staff)
    planned(world.api, gas)
    crowd_of(gas, "drivers")
    fix = {"latitude": 25.03, "longitude": 121.56, "timestamp": wire(now())}
    assert world.api.post("/v1/drivers/me/location", fix, as_=gas.drivers[1][0]).body["accepted"] == 1
    message = {"channel": "system", "type": "alert", "data": {}}
    assert world.api.post("/v1/realtime/publish", message, as_=gas.admin).status == 202
    world.deliver()


def _access(world: World, gas: Business) -> None:
    api, before = world.api, len(world.gateway.closed)
    world.deliver()
    assert api.post("/v1/auth/logout", as_=gas.driver_user).status == 204
    assert api.patch(f"/v1/users/{gas.staff.id}", {"status": "suspended"}, as_=gas.admin).status == 200
    world.deliver()
    gas.tenant.update([Tenant.status.set("suspended")])
    world.deliver()
    assert len(world.gateway.closed) > before + 2
    assert Connection.count() == 0


def needed(function: str, used: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """What a function's policy must grant, given what its calls used."""
    platform = {(action, "log-group:/aws/lambda/luckygas-test-*") for action in _LOGS}
    platform |= _PLATFORM.get(function, set())
    if function in _POSTING:
        platform.add(("execute-api:ManageConnections", "websocket-api/api/POST/@connections/*"))
    if function in _CLOSING:
        platform.add(("execute-api:ManageConnections", "websocket-api/api/DELETE/@connections/*"))
    if function in _READING_JWT_KEYS:
        platform.add(("ssm:GetParameter", "/luckygas/test/jwt-keys"))
    # One key per tenant: the policy names all of them with a star.
    return platform | {
        (action, "/luckygas/test/sms/*" if name.startswith("/luckygas/test/sms/") else name)
        for action, name in used
    }


# A journey through everything, on moto.
@pytest.mark.timeout(240)
def test_a_policy_grants_what_its_function_uses_and_nothing_else(used: dict[str, set[tuple[str, str]]]) -> None:
    assert used.keys() <= set(FUNCTIONS)
    for function in FUNCTIONS:
        has, wants = granted(function), needed(function, used.get(function, set()))
        assert (function, wants - has, has - wants) == (function, set(), set())


# All inline policies of a role, without white space:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LARGEST_POLICY = 10_240
NAMES = {
    "${AWS::Partition}": "aws-us-gov",
    "${AWS::Region}": "ap-northeast-1",
    "${AWS::AccountId}": "123456789012",
    "${Stage}": "local",
    "${WebsocketAPI}": "abcdefghij",
}


def resolved(value: Any) -> Any:
    """A policy with its references replaced by names as long as AWS's."""
    if isinstance(value, dict) and value.keys() <= {"Fn::Sub", "Fn::GetAtt"}:
        [content] = value.values()
        text = (
            content if isinstance(content, str) else "arn:aws-us-gov:sqs:ap-northeast-1:123456789012:" + "x" * 40
        )
        for name, shown in NAMES.items():
            text = text.replace(name, shown)
        return text
    if isinstance(value, dict):
        return {name: resolved(each) for name, each in value.items()}
    return [resolved(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_policy_is_small_enough_for_iam(function: str) -> None:
    policy = resolved(json.loads((POLICIES / f"{function}.json").read_text()))
    assert len(json.dumps(policy, separators=(",", ":"))) < LARGEST_POLICY
