"""Each cell of the product's table of formats. The literals are copied from the product's description."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.auth.principal import DISPLAY, GUESTS
from chalicelib.core.fields import money_text
from chalicelib.orders.status import STEPS
from chalicelib.realtime.events import Event
from chalicelib.realtime.formats import (
    FORMATS,
    HEARTBEAT_SECONDS,
    default_format,
    render,
    variant,
    welcome,
)
from chalicelib.realtime.formats.delivery_texts import DELIVERY_TEXTS, delivery_text
from chalicelib.realtime.log import Head
from chalicelib.realtime.posts import encoded
from tests.docs.samples import ORDER as ORDER_ID
from tests.docs.samples import TENANT, sample_event

AT = "2026-11-22T04:38:10.402Z"
ORDER = {
    "id": "o1",
    "order_number": "ORD-261122123733-7KQ2",
    "customer_id": "c1",
    "customer_name": "王小姐",
    "address": "臺北市大安區和平東路一段1號",
    "items": [{"id": "i1", "name": "20公斤瓦斯桶", "quantity": 2, "unit_price": "720"}],
    "total_price": "1440",
    "scheduled_date": "2026-11-23",
    "status": "assigned",
    "driver_id": "d1",
    "version": 4,
}
# The same for dashboards of restaurants.
RESTAURANT_ORDER = {
    **ORDER,
    "restaurant_id": "t1",
    "order_status": "assigned",
    "total_price": 1440,
    "items": [{"id": "i1", "name": "20公斤瓦斯桶", "quantity": 2, "unit_price": 720}],
}
FIX = {"driver_id": "d1", "latitude": 25.0331, "longitude": 121.5434, "speed": 8.3, "heading": 270}
ALERT = {
    "title": "訂單逾時",
    "message": "已等待 30 分鐘",
    "severity": "warning",
    "action": {"type": "view_order", "order_id": "o1"},
}


def event(type_: str, **data: Any) -> Event:
    return Event(id="e1", type=type_, tenant_id="t1", channels=("orders",), data=data, timestamp=AT)


def message(format_: str, type_: str, **data: Any) -> dict[str, Any]:
    """The message without what every message has; that is checked on the way."""
    rendered = render(event(type_, **data), {"orders": 7}, format_)
    assert rendered is not None
    assert (rendered.pop("id"), rendered.pop("timestamp"), rendered.pop("cursors")) == ("e1", AT, {"orders": 7})
    return rendered


def greeting(format_: str) -> dict[str, Any]:
    return welcome(
        format_,
        connection_id="K=",
        user_id="u1",
        role="office_staff",
        tenant_id="t1",
        channels=["system", "orders"],
        heads={"orders": Head(120, "E1"), "system": Head(0, "E2")},
        seen={"user:u1": 4},
        token_expires_at="2026-11-22T05:37:33.000Z",
        timestamp=AT,
    )


ABOUT = {
    "connection_id": "K=",
    "user_id": "u1",
    "role": "office_staff",
    "channels": ["orders", "system"],
    "cursors": {"orders": 120, "system": 0},
    "epochs": {"orders": "E1", "system": "E2"},
    "seen": {"user:u1": 4},
    "heartbeat_interval": 30,
    "token_expires_at": "2026-11-22T05:37:33.000Z",
}


def test_restaurants_get_their_own_format_unless_they_ask_for_another() -> None:
    assert (default_format("table"), default_format("delivery")) == ("restaurant", "standard")
    assert {"standard", "flat", "restaurant"} == FORMATS


def test_welcome() -> None:
    assert greeting("standard") == {"type": "connected", "data": ABOUT, "timestamp": AT}
    assert greeting("flat") == {"type": "connection", "status": "connected", **ABOUT, "timestamp": AT}
    assert greeting("restaurant") == {
        "type": "connection_established",
        "restaurant_id": "t1",
        "message": "Connected to real-time order updates",
        **ABOUT,
        "timestamp": AT,
    }
    assert HEARTBEAT_SECONDS == 30


def test_order_created() -> None:
    assert message("standard", "order_created", order=ORDER) == {"type": "order_created", "data": ORDER}
    assert message("restaurant", "order_created", order=ORDER) == {
        "type": "order_created",
        "order": RESTAURANT_ORDER,
    }
    flat = message("flat", "order_created", order=ORDER)
    assert (
        flat.items()
        >= {
            "type": "order.created",
            "order_id": "o1",
            "customer_id": "c1",
            "customer_name": "王小姐",
            "products": [{"name": "20公斤瓦斯桶", "quantity": 2}],
            "delivery_date": "2026-11-23",
            "address": "臺北市大安區和平東路一段1號",
            "order_number": "ORD-261122123733-7KQ2",
            "status": "assigned",
            "total_price": "1440",
        }.items()
    )
    assert "previous_status" not in flat


def test_status_changed() -> None:
    data = {"order": ORDER, "previous_status": "confirmed"}
    step = {"order_id": "o1", "order_number": "ORD-261122123733-7KQ2", "status": "assigned"}
    assert message("standard", "order_status_changed", **data) == {
        "type": "order_status_changed",
        "data": {**step, "previous_status": "confirmed", "driver_id": "d1", "version": 4},
    }
    flat = message("flat", "order_status_changed", **data)
    assert flat.items() >= {"type": "order.updated", **step, "previous_status": "confirmed"}.items()
    assert message("restaurant", "order_status_changed", **data) == {
        "type": "order_status_changed",
        "order": RESTAURANT_ORDER,
        "previous_status": "confirmed",
    }


def test_order_updated() -> None:
    assert message("standard", "order_updated", order=ORDER) == {"type": "order_updated", "data": ORDER}
    assert message("restaurant", "order_updated", order=ORDER) == {
        "type": "order_updated",
        "order": RESTAURANT_ORDER,
    }
    flat = message("flat", "order_updated", order=ORDER)
    assert flat.items() >= {"type": "order.updated", "order_id": "o1", "status": "assigned"}.items()
    assert "previous_status" not in flat


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        ("5", "5"),
        ("0", "0"),
        ("999999999999999", "999999999999999"),
        (None, "null"),
        ("05", '"05"'),
        ("A5", '"A5"'),
        ("-5", '"-5"'),
        ("5.5", '"5.5"'),
        ("1e3", '"1e3"'),
        ("５", '"５"'),
        ("5\n", '"5\\n"'),
        ("1000000000000000", '"1000000000000000"'),
    ],
)
def test_a_restaurants_table_is_a_number_where_its_text_is_one(stored: str | None, sent: str) -> None:
    order = message("restaurant", "order_created", order={**ORDER, "table_number": stored})["order"]
    assert encoded(order["table_number"]).decode() == sent
    assert message("standard", "order_created", order={**ORDER, "table_number": stored})["data"][
        "table_number"
    ] == (stored)


@given(st.integers(0, 10**14))
def test_a_restaurants_amounts_are_exact_numbers_in_their_shortest_form(cents: int) -> None:
    amount = Decimal(cents).scaleb(-2)
    order = {**ORDER, "total_price": money_text(amount), "items": [{"unit_price": money_text(amount)}]}
    shown = message("restaurant", "order_updated", order=order)["order"]
    for value in (shown["total_price"], shown["items"][0]["unit_price"]):
        assert encoded(value).decode() == money_text(amount)


@pytest.mark.parametrize("role", ["table", "tracker"])
def test_guests_of_restaurants_get_the_same_keys_and_numbers(role: str) -> None:
    received = sample_event("order_updated", table=True)
    rendered = render(received, {f"order:{ORDER_ID}": 3}, variant("restaurant", role))
    assert rendered is not None
    order = rendered["order"]
    assert (order["restaurant_id"], order["order_status"], order["status"]) == (TENANT, "pending", "pending")
    assert (order["total_price"], order["items"][0]["unit_price"]) == (90, 45)
    assert order.get("table_number") == ("A3" if role == "table" else None)
    assert ("table_number" in order) == (role == "table")
    assert "customer_name" not in order


def test_route_assigned() -> None:
    data = {"route_id": "r1", "driver_id": "d1", "total_stops": 12}
    assert message("standard", "route_assigned", **data) == {"type": "route_assigned", "data": data}
    assert message("flat", "route_assigned", **data) == {"type": "route.assigned", **data}


def test_driver_location() -> None:
    assert message("standard", "driver_location", **FIX) == {"type": "driver_location", "data": FIX}
    assert message("flat", "driver_location", **FIX) == {"type": "driver.location", **FIX}


def test_unknown_values_of_a_fix_are_null() -> None:
    known = {"driver_id": "d1", "latitude": 25.0331, "longitude": 121.5434}
    assert message("flat", "driver_location", **known) == {
        "type": "driver.location",
        **FIX,
        "speed": None,
        "heading": None,
    }


def test_delivery_update() -> None:
    data = {"order_id": "o1", "order_number": "ORD-261122123733-7KQ2", "status": "arrived"}
    text = "司機已到達，請準備接收瓦斯"
    assert message("standard", "delivery_update", **data) == {
        "type": "delivery_update",
        "data": {**data, "message": text},
    }
    assert message("flat", "delivery_update", **data) == {
        "type": "delivery.update",
        **data,
        "status": "driver_arrived",
        "message": text,
    }
    assert message("flat", "delivery_update", **{**data, "status": "delivered"})["status"] == "delivered"


def test_the_customer_reads_a_sentence_of_its_own_for_every_status() -> None:
    assert DELIVERY_TEXTS.keys() == {status for steps in STEPS.values() for status in steps}
    texts = [*DELIVERY_TEXTS.values(), delivery_text("of another day")]
    assert len(set(texts)) == len(texts)
    assert all("\u4e00" <= text[0] <= "\u9fff" for text in texts)


def test_notification() -> None:
    assert message("standard", "notification", **ALERT) == {"type": "notification", "data": ALERT}
    assert message("restaurant", "notification", **ALERT) == {"type": "notification", "data": ALERT}
    assert message("flat", "notification", **ALERT) == {"type": "notification", **ALERT}


@pytest.mark.parametrize("role", [*sorted(GUESTS), DISPLAY])
@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_guests_and_displays_receive_no_notification(format_: str, role: str) -> None:
    assert render(event("notification", **ALERT), {"orders": 7, "order:o1": 1}, variant(format_, role)) is None


def test_a_published_event_has_its_type_and_content() -> None:
    data = {"minutes": 30, "message": "維護"}
    for format_ in ("standard", "restaurant"):
        assert message(format_, "maintenance_alert", **data) == {"type": "maintenance_alert", "data": data}
    assert message("flat", "maintenance_alert", **data) == {"type": "maintenance_alert", **data}


@pytest.mark.parametrize("type_", ["route_assigned", "driver_location", "delivery_update"])
def test_restaurants_receive_no_events_of_deliveries(type_: str) -> None:
    assert render(sample_event(type_), {"drivers": 1}, "restaurant") is None


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_an_event_without_numbers_has_no_cursors(format_: str) -> None:
    rendered = render(event("notification", **ALERT), {}, format_)
    assert rendered is not None
    assert "cursors" not in rendered
    assert "cursors" not in (render(event("x", cursors={"orders": 9}), {}, "flat") or {})
