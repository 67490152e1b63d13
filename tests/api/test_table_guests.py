"""Guests at a table: the endpoints that a QR code's token allows."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.api.http import ROUTES
from chalicelib.auth import tokens
from chalicelib.auth.guest_tokens import table_token
from chalicelib.auth.table_codes import table_code
from chalicelib.core.clock import now
from chalicelib.models.tenant import Tenant
from tests.api_client import ApiClient
from tests.factories import Business, dining_table, product, qr_of, table_business
from tests.visits import Guest, sat_down, tracker, tracking_code

# The endpoints for guests; all others refuse them.
_OPEN_TO = {
    "table": {
        ("GET", "/v1/menu"),
        ("POST", "/v1/orders"),
        ("GET", "/v1/orders"),
        ("GET", "/v1/orders/{order_id}"),
        ("GET", "/v1/events"),
    },
    "tracker": {("GET", "/v1/orders/{order_id}"), ("GET", "/v1/events")},
}


def test_a_code_is_exchanged_for_an_hour_at_its_table(api: ApiClient, restaurant: Business) -> None:
    table = dining_table(restaurant.tenant, "B7")
    answer = api.post("/v1/guests/table", {"qr": qr_of(table)})
    assert (answer.status, answer.body["expires_in"], answer.body["token_type"]) == (200, 3600, "Bearer")
    assert answer.body["table"] == {"id": table.id, "number": "B7"}
    assert answer.body["tenant"]["name"] == restaurant.tenant.name
    assert "refresh_token" not in answer.body
    bearer = tokens.verify_access_token(answer.body["access_token"])
    assert (bearer.role, bearer.table_id, bearer.user_id) == ("table", table.id, answer.body["guest_id"])


def test_guests_are_admitted_only_where_their_role_is_listed(api: ApiClient, restaurant: Business) -> None:
    order = api.post(
        "/v1/orders", {"items": [{"name": "茶", "unit_price": 1, "quantity": 1}]}, as_=restaurant.staff
    )
    guests = {
        "table": sat_down(api, dining_table(restaurant.tenant)),
        "tracker": tracker(api, restaurant, order.body["id"]),
    }
    named = {
        role: {(route.method, route.path) for route in ROUTES if route.roles is not None and role in route.roles}
        for role in guests
    }
    assert named == _OPEN_TO
    for route in ROUTES:
        for role, guest in guests.items():
            if route.roles is not None and role not in route.roles:
                path = route.path.replace("{", "x").replace("}", "")
                refused = api.call(route.method, path, {}, token=guest.token)
                assert (refused.status, refused.body["code"]) == (403, "forbidden"), (route.method, path)


def test_the_menu_is_by_category_and_position_and_marks_sold_out_dishes(
    api: ApiClient, restaurant: Business
) -> None:
    for name, category, position, values in (
        ("紅茶", "飲料", 9, {"available": False}),
        ("牛肉麵", "麵類", 2, {}),
        ("陽春麵", "麵類", 3, {}),
        ("停賣", "麵類", 1, {"status": "suspended"}),
    ):
        row = {"name": name, "category": category, "position": position, "unit_price": "50"}
        made = api.post("/v1/products", row, as_=restaurant.staff).body
        if values:
            assert api.patch(f"/v1/products/{made['id']}", values, as_=restaurant.staff).status == 200
    product(table_business().tenant, "別家的", "1")
    menu = sat_down(api, dining_table(restaurant.tenant)).get("/v1/menu").body
    assert (menu["currency"], menu["open_now"], menu["opens_at"]) == ("TWD", True, None)
    shown = [(each["category"], [item["name"] for item in each["items"]]) for each in menu["sections"]]
    assert shown == [(None, ["滷肉飯", "貢丸湯"]), ("麵類", ["牛肉麵", "陽春麵"]), ("飲料", ["紅茶"])]
    assert menu["sections"][2]["items"][0]["available"] is False


def test_a_guest_orders_for_their_own_table_and_sees_less_than_staff(api: ApiClient, restaurant: Business) -> None:
    guest = sat_down(api, dining_table(restaurant.tenant, "B7"))
    answer = guest.order(restaurant, table_number=1, notes="不要香菜", payment_method="line_pay")
    assert answer.status == 201, answer.body
    order = answer.body
    assert (order["table_number"], order["notes"], order["total_price"]) == ("B7", "不要香菜", "90")
    assert (order["daily_number"], order["payment_method"], order["status"]) == (1, "line_pay", "pending")
    hidden = {"customer_name", "customer_phone", "customer_id", "address", "location", "route_id", "template_id"}
    assert not hidden & order.keys()
    assert list(order["history"][0]) == ["status", "at"]
    assert guest.get(f"/v1/orders/{order['id']}").body == order
    seen = api.get(f"/v1/orders/{order['id']}", as_=restaurant.staff).body
    assert (seen["table_number"], seen["daily_number"], seen["history"][0]["by"]) == ("B7", 1, guest.id)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"items": [{"name": "免費", "unit_price": "0", "quantity": 1}]}, "items.0"),
        ({"items": []}, "items"),
        ({"customer_name": "王"}, "customer_name"),
        ({"customer_phone": "0912345678"}, "customer_phone"),
        ({"customer_id": "x"}, "customer_id"),
        ({"address": "x"}, "address"),
        ({"scheduled_date": "2026-12-24"}, "scheduled_date"),
        ({"estimated_time": 5}, "estimated_time"),
        ({"template_id": "x"}, "template_id"),
        ({"notify": False}, "notify"),
        ({"guest_id": "x"}, "guest_id"),
        ({"daily_number": 1}, "daily_number"),
    ],
)
def test_fields_that_a_guest_may_not_send_are_refused(
    api: ApiClient, restaurant: Business, values: dict[str, Any], field: str
) -> None:
    guest = sat_down(api, dining_table(restaurant.tenant))
    refused = guest.order(restaurant, **values)
    assert (refused.status, [each["field"] for each in refused.body["errors"]]) == (422, [field])
    assert api.get("/v1/orders", as_=restaurant.staff).body["items"] == []


def test_a_guest_cannot_order_sold_out_dishes_or_another_restaurants(api: ApiClient, restaurant: Business) -> None:
    guest = sat_down(api, dining_table(restaurant.tenant))
    api.patch(f"/v1/products/{restaurant.products[0].id}", {"available": False}, as_=restaurant.staff)
    assert guest.order(restaurant).body["code"] == "sold_out"
    assert guest.order(table_business()).status == 422


def test_a_repeated_order_is_one_order(api: ApiClient, restaurant: Business) -> None:
    guest = sat_down(api, dining_table(restaurant.tenant))
    first, second = guest.order(restaurant, key="k1"), guest.order(restaurant, key="k1")
    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body
    assert guest.order(restaurant, key="k1", notes="x").body["code"] == "idempotency_key_reused"
    assert len(api.get("/v1/orders", as_=restaurant.staff).body["items"]) == 1


def test_no_guest_sees_anothers_order_not_even_at_the_same_table(api: ApiClient, restaurant: Business) -> None:
    table = dining_table(restaurant.tenant)
    one, other = sat_down(api, table), sat_down(api, table)
    stranger = sat_down(api, dining_table(table_business().tenant))
    orders = [one.order(restaurant, key="same").body["id"], other.order(restaurant, key="same").body["id"]]
    staffs = api.post(
        "/v1/orders", {"items": [{"name": "茶", "unit_price": 1, "quantity": 1}]}, as_=restaurant.staff
    )
    assert len({*orders, staffs.body["id"]}) == 3
    for guest, own in ((one, orders[:1]), (other, orders[1:]), (stranger, [])):
        for query in ({}, {"status": "pending"}, {"updated_since": "2026-01-01T00:00:00Z"}, {"customer_id": "x"}):
            listed = guest.get("/v1/orders", query=query)
            assert [each["id"] for each in listed.body["items"]] == ([] if "customer_id" in query else own)
        for order_id in (*orders, staffs.body["id"]):
            assert guest.get(f"/v1/orders/{order_id}").status == (200 if order_id in own else 404)


def test_scanning_again_with_the_last_token_stays_the_same_guest(api: ApiClient, restaurant: Business) -> None:
    tables = [dining_table(restaurant.tenant, number) for number in ("A1", "A2")]
    guest = sat_down(api, tables[0])
    order = guest.order(restaurant).body["id"]
    moved = sat_down(api, tables[1], access_token=guest.token)
    assert (moved.id, moved.get(f"/v1/orders/{order}").status) == (guest.id, 200)
    assert moved.order(restaurant).body["table_number"] == "A2"
    elsewhere = sat_down(api, dining_table(table_business().tenant), access_token=guest.token)
    assert elsewhere.id != guest.id
    assert sat_down(api, tables[0], access_token="nonsense").id != guest.id
    assert sat_down(api, tables[0], access_token=api.token(restaurant.staff)).id not in (
        guest.id,
        restaurant.staff.id,
    )


@pytest.mark.parametrize(("hours", "same"), [(0.5, True), (1.5, True), (6.9, True), (7.1, False)])
def test_a_guest_is_remembered_for_a_dinner(
    api: ApiClient, restaurant: Business, hours: float, same: bool
) -> None:
    table = dining_table(restaurant.tenant)
    first = table_token(table, restaurant.tenant, address="home", earlier=None, now=now())
    later = now() + timedelta(hours=hours)
    second = table_token(table, restaurant.tenant, address="home", earlier=first.access_token, now=later)
    assert (second.principal.user_id == first.principal.user_id) is same


def test_a_token_ends_after_its_hour(api: ApiClient, restaurant: Business) -> None:
    table = dining_table(restaurant.tenant)
    token = table_token(
        table, restaurant.tenant, address="home", earlier=None, now=now() - timedelta(minutes=61)
    ).access_token
    assert Guest(api, token).get("/v1/menu").body["code"] == "token_expired"


def test_a_code_of_a_deleted_table_is_refused(api: ApiClient, restaurant: Business, gas: Business) -> None:
    for tenant, table_id in ((restaurant.tenant, "gone"), (gas.tenant, "none"), (Tenant("gone"), "gone")):
        qr, _ = table_code(tenant.id, table_id, 1, now=now())
        assert api.post("/v1/guests/table", {"qr": qr}).status == 401


@pytest.mark.parametrize("body", [{}, {"qr": ""}, {"qr": "x" * 301}, {"qr": 7}, {"qr": "x", "table": "A1"}])
def test_an_invalid_token_exchange_is_refused(api: ApiClient, restaurant: Business, body: dict[str, Any]) -> None:
    assert api.post("/v1/guests/table", body).status == 422


def test_a_tracking_code_opens_no_table_and_a_table_code_no_order(api: ApiClient, restaurant: Business) -> None:
    order = api.post(
        "/v1/orders", {"items": [{"name": "茶", "unit_price": 1, "quantity": 1}]}, as_=restaurant.staff
    )
    code = tracking_code(restaurant, order.body["id"])
    assert api.post("/v1/guests/table", {"qr": code}).body["code"] == "qr_invalid"
    assert api.post("/v1/guests/tracking", {"code": qr_of(dining_table(restaurant.tenant))[:100]}).status == 404


def test_an_order_with_another_total_than_shown_is_refused(api: ApiClient, restaurant: Business) -> None:
    guest = sat_down(api, dining_table(restaurant.tenant))
    rice = restaurant.products[0]
    first = guest.order(restaurant, key="k-1", expected_total="90")
    assert (first.status, first.body["total_price"]) == (201, "90")
    assert api.patch(f"/v1/products/{rice.id}", {"unit_price": "50"}, as_=restaurant.staff).status == 200
    refused = guest.order(restaurant, expected_total="90")
    assert (refused.status, refused.body["code"], refused.body["total_price"]) == (409, "price_changed", "100")
    assert guest.order(restaurant, expected_total=100).status == 201
    # The answer to a repeat is the first answer, even if the dish has another price now.
    assert guest.order(restaurant, key="k-1", expected_total="90").body["id"] == first.body["id"]
    assert len(guest.get("/v1/orders").body["items"]) == 2
