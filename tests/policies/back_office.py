"""Uses everything of the API and the schedules that staff, guests at tables and imports need."""

from datetime import timedelta

from pynamodb.expressions.update import Action

from chalicelib.auth.totp import stage_key
from chalicelib.auth.users import NewUser, create_user
from chalicelib.core import aws
from chalicelib.core.clock import now
from chalicelib.core.settings import settings
from chalicelib.models.dining_table import DiningTable
from chalicelib.models.order import Order
from chalicelib.models.order_template import OrderTemplate
from tests.factories import PASSWORD, Business, delivery_business, order_body, table_business
from tests.imports.files import checked, csv_file, reported
from tests.visits import sat_down
from tests.world import World


def use_people(world: World, gas: Business) -> None:
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
    guess = {**login, "username": "driver@example.com", "password": "wrong-password"}
    assert [api.post("/v1/auth/login", guess).status for _ in range(6)] == [401] * 5 + [429]
    tokens = api.post("/v1/auth/login", login).body
    tokens = api.post("/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]}).body
    change = {"current_password": PASSWORD, "new_password": PASSWORD + "!"}
    tokens = api.post("/v1/auth/password", change, token=tokens["access_token"]).body
    assert api.get("/v1/auth/me", token=tokens["access_token"]).status == 200
    assert len(api.get("/v1/auth/sessions", token=tokens["access_token"]).body["items"]) == 1
    assert api.call("DELETE", f"/v1/users/{gas.staff.id}/sessions", as_=gas.admin).status == 204
    assert api.post("/v1/auth/logout", token=tokens["access_token"]).status == 204
    boss = create_user(gas.tenant.id, NewUser("boss@example.com", PASSWORD, "N", "admin"))
    stage_key.cache_clear()
    assert api.post("/v1/auth/totp/start", {"current_password": PASSWORD}, as_=boss).status == 200
    for path in ("/v1/health", "/v1/health/websocket", "/v1/health/notifications", "/v1/health/hours"):
        assert api.get(path, as_=gas.staff).status == 200
    assert api.get("/v1/orders", as_=gas.staff).status == 200, "before any event in a channel"


def use_records(world: World, gas: Business) -> None:
    for kind, new in (
        ("customers", {"name": "N"}),
        ("drivers", {"name": "N"}),
        ("products", {"name": "N", "unit_price": "1"}),
    ):
        row = world.api.post(f"/v1/{kind}", new, as_=gas.staff).body
        for path in (f"/v1/{kind}", f"/v1/{kind}/{row['id']}"):
            assert world.api.get(path, as_=gas.staff).status == 200
        assert world.api.patch(f"/v1/{kind}/{row['id']}", {"name": "M"}, as_=gas.staff).status == 200


def use_recurring(world: World, gas: Business) -> None:
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
    # Other functions put the metrics.
    metric = {"MetricName": "Connections", "Value": 1, "Timestamp": now()}
    aws.client("cloudwatch").put_metric_data(Namespace=f"luckygas-{settings().stage}", MetricData=[metric])
    world.record_metrics(now() + timedelta(seconds=1))
    assert world.notify_overdue(now() + timedelta(days=1))["notified"] == 1
    world.deliver()


def use_reports(world: World, gas: Business) -> None:
    """Every report on days with a delivery by a driver."""
    row = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    done: list[Action] = [Order.status.set("delivered"), Order.driver_id.set(gas.driver.id)]
    Order(gas.tenant.id, row["id"]).update(done)
    days = {"from": row["scheduled_date"], "to": row["scheduled_date"]}
    assert world.api.get("/v1/reports/daily", as_=gas.staff).status == 200
    for report in ("orders-by-status", "drivers", "sales", "notifications"):
        assert world.api.get(f"/v1/reports/{report}", as_=gas.staff, query=days).status == 200
    world.deliver()


def use_imports(world: World, gas: Business) -> None:
    """Files of every kind, with rows that are new, changed and wrong."""
    create_user(delivery_business().tenant.id, NewUser("taken@x.tw", PASSWORD, "N", "office_staff"))
    for kind, header, row, changed in (
        ("customers", ("id", "name", "phone"), ("c1", "N", "0912345678"), ("c1", "M", "0912345678")),
        ("customers", ("name", "phone"), ("王小姐", "0912345678"), ("N", "0911111111")),
        ("drivers", ("id", "name"), ("d1", "N"), ("d1", "M")),
        ("users", ("id", "email", "name", "role"), ("1", "u@x.tw", "N", "staff"), ("1", "u@x.tw", "M", "staff")),
        ("users", ("id", "email", "name", "role"), ("2", "taken@x.tw", "N", "staff"), None),
        (
            "orders",
            ("id", "customer_id", "item", "quantity", "unit_price", "address"),
            ("1", "c1", "20公斤瓦斯桶", "1", "700", "台北"),
            ("1", "c1", "20公斤瓦斯桶", "2", "700", "台北"),
        ),
        ("orders", ("order_number", "phone", "item", "quantity"), ("1", "0912345678", "x", ""), None),
        (
            "orders",
            ("id", "customer_id", "item", "quantity", "address", "status"),
            ("2", "c1", "20公斤瓦斯桶", "1", "台北", "delivered"),
            None,
        ),
        (
            "templates",
            ("id", "customer_id", "item", "quantity", "every_days", "active"),
            ("1", "c1", "20公斤瓦斯桶", "1", "7", "f"),
            ("1", "c1", "20公斤瓦斯桶", "2", "7", "f"),
        ),
        (
            "routes",
            ("id", "date", "driver_id", "stops"),
            ("1", "2024-05-01", "d1", "2"),
            ("1", "2024-05-02", "d1", "2"),
        ),
    ):
        for values in (row, row, changed):
            if values is not None:
                found = checked(world, gas.admin, kind, csv_file(header, values))
                world.api.post(f"/v1/imports/{found['id']}/commit", as_=gas.admin)
                world.deliver_imports()
        assert reported(world.api, gas.admin, found["id"])
        assert world.api.get(f"/v1/imports/{found['id']}/rows?only=errors", as_=gas.admin).status == 200
    assert world.api.get("/v1/imports", as_=gas.staff).status == 200


def use_restaurant(world: World) -> None:
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
    world.send(phone, {"type": "subscribe", "channel": f"order:{order['id']}", "since": 0})
    world.send(phone, {"type": "authenticate", "token": guest.token})
    assert world.received(phone)[-1]["type"] == "authenticated"
    world.deliver()
    world.disconnect(phone)
