"""The table of audiences has each field of each shape, and only staff receive a field that is not in it."""

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from msgspec import Struct

import app
from chalicelib.api.http import ROUTES
from chalicelib.auth.audiences import (
    ANSWERS,
    AUDIENCES,
    EVENTS,
    Shape,
    seen_event,
    seen_order,
    shape_of,
)
from chalicelib.auth.principal import ADMIN, CUSTOMER, DISPLAY, DRIVER, GUESTS, OFFICE_STAFF, STAFF, TABLE, TRACKER
from chalicelib.models.order_status import UNDER_WAY
from chalicelib.orders import status
from chalicelib.orders.view import OrderView
from chalicelib.positions.view import PositionView
from chalicelib.realtime.formats import VOCABULARIES
from tests.docs.samples import EVENT_TYPES, sample_event

assert app.app.routes, "the routes are registered"

STEP = {"status": "failed", "at": "2026-11-22T04:38:10.402Z", "by": "clerk", "reason": "nobody at home"}
ORDER = {"id": "o1", "status": "failed", "notes": "key under the mat", "template_id": "t1", "history": [STEP]}
OTHERS = sorted(AUDIENCES)


def answered_types() -> dict[str, Any]:
    """The answers to roles other than staff, by name."""
    found = {}
    for route in ROUTES:
        if route.roles is not None and route.roles - STAFF:
            [answered] = get_args(route.view.__annotations__["return"])
            inner = (get_args(answered) or (answered,))[0]
            if inner is not type(None):
                found[inner.__name__] = inner
    return found


def objects(hint: Any) -> Iterator[Any]:
    """The types with fields that a hint holds, or holds lists of."""
    if get_origin(hint) in (Annotated, NotRequired, list):
        yield from objects(get_args(hint)[0])
    elif get_origin(hint) in (Union, UnionType):
        for each in get_args(hint):
            yield from objects(each)
    elif isinstance(hint, type) and (issubclass(hint, Struct) or is_typeddict(hint)):
        yield hint


def differences(type_: Any, shape: Shape, path: str) -> Iterator[str]:
    hints: Mapping[str, Any] = get_type_hints(type_)
    yield from (f"{path}.{name}" for name in hints.keys() ^ shape.keys())
    for name in hints.keys() & shape.keys():
        inner = shape[name].shape
        held = list(objects(hints[name]))
        if inner is None:
            yield from (f"{path}.{name} has fields" for _ in held)
        for each in held:
            yield from differences(each, inner or {}, f"{path}.{name}")


@pytest.mark.parametrize("name", sorted(answered_types()))
def test_each_field_that_may_be_answered_to_others_has_its_audiences(name: str) -> None:
    type_ = answered_types()[name]
    # Of an order only those on a route may be truncated; displays receive orders by events alone.
    found = set(differences(type_, ANSWERS[name], name))
    assert {each for each in found if not each.endswith(".truncated")} == set()


def test_the_table_names_no_shape_that_is_not_answered() -> None:
    assert ANSWERS.keys() == answered_types().keys()


def test_each_event_of_the_formats_has_its_audiences() -> None:
    words = {word for vocabulary in VOCABULARIES.values() for word in vocabulary.words}
    assert EVENTS.keys() == words


@pytest.mark.parametrize("type_", sorted(EVENT_TYPES & EVENTS.keys()))
def test_each_field_of_an_event_has_its_audiences(type_: str) -> None:
    shape = EVENTS[type_].shape
    if shape is not None:
        assert sample_event(type_).data.keys() <= shape.keys()


def test_orders_and_positions_in_events_have_the_fields_of_the_table() -> None:
    order, position = EVENTS["order_created"].shape, EVENTS["driver_location"].shape
    assert order is not None
    assert position is not None
    assert order["order"].shape is not None
    assert get_type_hints(OrderView).keys() == order["order"].shape.keys() - {"truncated"}
    assert get_type_hints(PositionView).keys() == position.keys()


def test_a_shape_without_a_table_cannot_be_answered_to_others() -> None:
    class Secret(Struct):
        margin: str

    for answered in (Secret, list[Secret]):
        with pytest.raises(LookupError, match="audiences"):
            shape_of(answered)


@pytest.mark.parametrize("role", [ADMIN, OFFICE_STAFF])
def test_staff_receive_all(role: str) -> None:
    assert seen_order(ORDER | {"margin": "12"}, role) == ORDER | {"margin": "12"}


@pytest.mark.parametrize("role", [*OTHERS, "a_new_role"])
def test_a_new_field_reaches_staff_alone(role: str) -> None:
    order = ORDER | {"margin": "12", "history": [STEP | {"from_price": "480"}]}
    assert "margin" not in seen_order(order, role)
    assert "from_price" not in str(seen_order(order, role))
    data = seen_event("order_updated", {"order": order, "changed_by": "clerk"}, ["order:o1"], role)
    assert "margin" not in str(data)
    assert "changed_by" not in str(data)


@pytest.mark.parametrize("role", [DRIVER, CUSTOMER])
def test_drivers_and_customers_keep_the_keys_and_the_notes_of_an_order(role: str) -> None:
    step = {"status": "failed", "at": STEP["at"], "by": None, "reason": None}
    assert seen_order(ORDER, role) == ORDER | {"template_id": None, "history": [step]}


@pytest.mark.parametrize(("role", "notes"), [(TRACKER, {}), (TABLE, {"notes": "key under the mat"})])
def test_guests_do_not_even_receive_the_keys(role: str, notes: dict[str, str]) -> None:
    step = {"status": "failed", "at": STEP["at"]}
    assert seen_order(ORDER, role) == {"id": "o1", "status": "failed", "history": [step], **notes}


def test_the_driver_is_on_the_way_in_the_statuses_of_the_orders() -> None:
    for role in sorted(GUESTS):
        shown = {each for each in status.STEPS["delivery"] if _driver_of(each, role) == "d1"}
        assert shown == UNDER_WAY


def _driver_of(of_status: str, role: str) -> Any:
    return seen_order({"id": "o1", "status": of_status, "driver_id": "d1"}, role)["driver_id"]


def test_a_published_event_reaches_users_but_neither_guests_nor_displays() -> None:
    received = {role for role in OTHERS if seen_event("maintenance_alert", {"text": "x"}, ["system"], role)}
    assert received == {DRIVER, CUSTOMER}
    assert seen_event("route_updated", {"route_id": "r1"}, ["route:r1"], CUSTOMER) is None
    assert seen_event("delivery_update", {"order_id": "o1"}, ["user:u1"], DISPLAY) is None
