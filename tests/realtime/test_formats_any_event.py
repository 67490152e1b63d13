"""For any event: it can be rendered, it is not changed, and its data does not replace the server's own keys."""

from copy import deepcopy
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.models.order import HistoryEntry, Location, Order, OrderItem
from chalicelib.orders.events import OrderCreated, OrderEvent, OrderStatusChanged, OrderUpdated
from chalicelib.orders.view import order_view
from chalicelib.realtime.formats import FORMATS, render
from chalicelib.realtime.order_events import of_order
from chalicelib.realtime.posts import encoded
from tests.docs.examples import asyncapi, validator
from tests.docs.samples import EVENT_TYPES, sample_event

AT = "2026-11-22T04:38:10.402Z"

texts = st.text(max_size=20)
money = st.decimals(0, 100_000, places=2)
cursors = st.dictionaries(st.sampled_from(["orders", "order:o1", "driver:d1", "user:u1"]), st.integers(1))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
order_rows = st.builds(
    Order,
    **dict.fromkeys(("tenant_id", "id", "kind", "order_number", "currency", "status", "correlation_id"), texts),
    **{
        name: st.none() | texts
        for name in (
            "customer_id",
            "customer_name",
            "customer_phone",
            "address",
            "table_number",
            "driver_id",
            "notes",
        )
    },
    payment_status=st.sampled_from(["pending", "paid"]),
    items=st.lists(
        st.builds(OrderItem, id=texts, name=texts, quantity=st.integers(1, 99), unit_price=money), max_size=3
    ),
    history=st.lists(st.builds(HistoryEntry, status=texts, at=texts, by=texts), max_size=3),
    location=st.none() | st.builds(Location, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180)),
    total_price=money,
    version=st.integers(1, 200),
    created_at=st.just(AT),
    updated_at=st.just(AT),
)
happenings: st.SearchStrategy[OrderEvent] = (
    st.builds(OrderCreated, order_rows)
    | st.builds(OrderStatusChanged, order_rows, texts, st.none() | texts)
    | st.builds(OrderUpdated, order_rows, st.none() | texts)
)


@given(happenings, cursors, st.sampled_from(sorted(FORMATS)))
def test_any_order_can_be_rendered_in_any_format(happened: OrderEvent, at: dict[str, int], format_: str) -> None:
    received = of_order(happened)
    before = deepcopy(received)
    rendered = render(received, at, format_)
    assert received == before
    assert rendered is not None
    assert rendered.get("cursors", {}) == at
    assert (rendered["id"], rendered["timestamp"]) == (received.id, AT)
    assert msgspec.json.decode(encoded(rendered)) == rendered
    if "items" in rendered.get("data", ()):
        assert rendered["data"] == order_view(happened.order)
    if "order" in rendered:
        assert with_rest_keys(rendered["order"]) == order_view(happened.order)


def with_rest_keys(order: dict[str, Any]) -> dict[str, Any]:
    """The order of a restaurant's message with the keys of REST; its numbers are unchanged."""
    rest = {name: value for name, value in order.items() if name not in ("restaurant_id", "order_status")}
    table = rest["table_number"]
    return {
        **rest,
        "total_price": str(rest["total_price"]),
        "table_number": table if table is None else str(table),
        "items": [{**item, "unit_price": str(item["unit_price"])} for item in rest["items"]],
    }


@given(
    st.dictionaries(texts | st.sampled_from(["type", "id", "timestamp", "cursors"]), json_values, max_size=5),
    cursors,
)
def test_a_published_event_cannot_look_like_a_message_of_the_server(
    data: dict[str, Any], at: dict[str, int]
) -> None:
    published = msgspec.structs.replace(sample_event("maintenance_alert"), data=data)
    flat = render(published, at, "flat")
    assert flat is not None
    own = {
        "type": "maintenance_alert",
        "id": published.id,
        "timestamp": published.timestamp,
        **({"cursors": at} if at else {}),
    }
    assert {key: flat[key] for key in own} == own
    assert flat.keys() - own.keys() == data.keys() - {"type", "id", "timestamp", "cursors"}
    for format_ in ("standard", "restaurant"):
        assert render(published, at, format_) == {**own, "data": data}


@pytest.mark.parametrize("format_", sorted(FORMATS))
@pytest.mark.parametrize("type_", EVENT_TYPES)
def test_changing_a_message_changes_no_event(type_: str, format_: str) -> None:
    received = sample_event(type_)
    before = deepcopy(received)
    rendered = render(received, {"orders": 1}, format_) or {}
    for body in (rendered, rendered.get("data"), rendered.get("order")):
        if body:
            body["added"] = 1
    assert received == before


@given(order_rows, st.sampled_from(["standard", "restaurant"]))
def test_the_documents_know_every_field_of_an_order(order: Order, format_: str) -> None:
    received = msgspec.structs.replace(sample_event("order_created"), data={"order": order_view(order)})
    rendered = render(received, {}, format_)
    assert rendered is not None
    name = {"standard": "Order", "restaurant": "RestaurantOrder"}[format_]
    schema = asyncapi()["components"]["schemas"][name]
    whole = rendered["data" if format_ == "standard" else "order"]
    assert whole.keys() == schema["properties"].keys()
    document = validator(f"{format_}OrderCreated", closed=True).iter_errors(rendered)
    # An order is either staff's or a guest's; its errors as the former are nested.
    complaints = [below for error in document for below in error.context or [error] if _as_order(below)]
    # Texts of no meaning fit no pattern and no enumeration; keys and types must fit.
    assert [error.message for error in complaints if error.validator not in ("pattern", "enum")] == []


def _as_order(error: Any) -> bool:
    return error.parent is None or error.schema_path[0] == 0
