"""`POST /v1/deliveries/{order_id}/confirm`: each kind of proof, repeated, refused, and concurrent."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.auth.principal import Principal
from chalicelib.core.clock import epoch, now, wire
from chalicelib.core.errors import Conflict
from chalicelib.deliveries.confirm import confirm_delivery
from chalicelib.deliveries.drafts import Confirmation
from chalicelib.models.order import Order
from tests.api_client import ApiClient
from tests.calls import listening
from tests.deliveries.doors import (
    confirm,
    delivery,
    go_out,
    on_the_way,
    other_pin,
    pin_of,
    qr_of,
    step,
    uploaded,
)
from tests.factories import Business, order_body

SERIAL = "TW-20-000123"
TYPES = ("qr_code", "pin", "signature", "photo")


def proof_of(api: ApiClient, gas: Business, order_id: str, confirmation_type: str) -> dict[str, str]:
    if confirmation_type == "qr_code":
        return {"qr": qr_of(api, gas, order_id)}
    if confirmation_type == "pin":
        return {"pin": pin_of(api, gas, order_id)}
    return {"upload_key": uploaded(api, gas, order_id, confirmation_type)}


def status(gas: Business, order_id: str) -> str:
    return Order.get(gas.tenant.id, order_id).status


@pytest.mark.parametrize(
    "way", [(), ("arriving",), ("arriving", "arrived")], ids=lambda way: (way or ("out",))[-1]
)
@pytest.mark.parametrize("confirmation_type", TYPES)
def test_a_proof_delivers_the_order_and_is_stored(
    api: ApiClient, gas: Business, confirmation_type: str, way: tuple[str, ...]
) -> None:
    order_id = on_the_way(api, gas)
    for each in way:
        step(api, gas, order_id, each)
    proof = proof_of(api, gas, order_id, confirmation_type)
    at = wire(now())
    answer = confirm(
        api, gas, order_id, confirmation_type, **proof, cylinder_serial=SERIAL, empties_back=1, confirmed_at=at
    )
    assert answer.status == 200, answer.body
    assert answer.body["status"] == "delivered"
    [attempt] = answer.body["attempts"]
    assert (attempt["outcome"], attempt["attempt"], attempt["driver_id"]) == ("delivered", 1, gas.driver.id)
    assert (attempt["cylinders_out"], attempt["empties_back"]) == (2, 1)
    assert attempt["proof"] == {
        "confirmation_type": confirmation_type,
        "confirmed_at": at,
        "by": None,
        "cylinder_serial": SERIAL,
        "verified": True,
        "picture_url": None,
    }
    assert bool(attempt["arrived_at"]) == ("arrived" in way)
    [for_staff] = api.get(f"/v1/deliveries/{order_id}", as_=gas.staff).body["attempts"]
    assert for_staff["proof"]["by"] == gas.driver_user.id
    assert status(gas, order_id) == "delivered"


@pytest.mark.parametrize("confirmation_type", TYPES)
def test_the_same_proof_again_answers_the_same_and_another_one_is_refused(
    api: ApiClient, gas: Business, confirmation_type: str
) -> None:
    order_id = on_the_way(api, gas)
    proof = proof_of(api, gas, order_id, confirmation_type)
    other = proof_of(api, gas, order_id, "photo" if confirmation_type != "photo" else "qr_code")
    first = confirm(api, gas, order_id, confirmation_type, **proof, empties_back=2)
    version = Order.get(gas.tenant.id, order_id).version
    again = confirm(api, gas, order_id, confirmation_type, **proof, empties_back=2)
    assert (again.status, again.body) == (200, first.body)
    for body in (
        {"confirmation_type": confirmation_type, **proof, "empties_back": 3},
        {"confirmation_type": confirmation_type, **proof, "empties_back": 2, "cylinder_serial": SERIAL},
        {"confirmation_type": "photo" if confirmation_type != "photo" else "qr_code", **other, "empties_back": 2},
    ):
        refused = api.post(f"/v1/deliveries/{order_id}/confirm", body, as_=gas.staff)
        assert (refused.status, refused.body["code"]) == (409, "already_confirmed")
    assert Order.get(gas.tenant.id, order_id).version == version


def test_an_order_delivered_without_a_proof_takes_none_later(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    qr = qr_of(api, gas, order_id)
    step(api, gas, order_id, "delivered")
    refused = confirm(api, gas, order_id, "qr_code", qr=qr)
    assert (refused.status, refused.body["code"]) == (409, "already_confirmed")
    assert delivery(api, gas, order_id)["attempts"][0]["proof"] is None


@pytest.mark.parametrize("same", [True, False])
def test_of_two_confirmations_at_once_one_counts(api: ApiClient, gas: Business, same: bool) -> None:
    """The second has read the order under way, and meets it delivered when it writes."""
    order_id = on_the_way(api, gas)
    mine, pin = qr_of(api, gas, order_id), pin_of(api, gas, order_id)
    principal = Principal(gas.tenant.id, "delivery", gas.staff.id, "office_staff", "s", 0)
    rivals = iter([{"qr": mine} if same else {"pin": pin}])

    def overtake(**_: Any) -> None:
        for body in rivals:
            assert confirm(api, gas, order_id, "qr_code" if same else "pin", **body).status == 200

    sent = Confirmation(confirmation_type="qr_code", qr=mine)
    with listening("before-parameter-build.dynamodb.UpdateItem", overtake):
        if same:
            order = confirm_delivery(principal, order_id, sent, correlation_id="c", now=now())
            assert order.proof.by == gas.driver_user.id
        else:
            with pytest.raises(Conflict) as refused:
                confirm_delivery(principal, order_id, sent, correlation_id="c", now=now())
            assert refused.value.code == "already_confirmed"
    assert [entry.status for entry in Order.get(gas.tenant.id, order_id).history].count("delivered") == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"confirmation_type": "qr_code"}, "qr"),
        ({"confirmation_type": "pin"}, "pin"),
        ({"confirmation_type": "signature"}, "upload_key"),
        ({"confirmation_type": "photo", "upload_key": "k", "pin": "1234"}, "pin"),
        ({"confirmation_type": "photo", "upload_key": "k", "qr": "x"}, "qr"),
        ({"confirmation_type": "pin", "pin": "12345x"}, "pin"),
        ({"confirmation_type": "pin", "pin": 123456}, "pin"),
        ({"confirmation_type": "word"}, "confirmation_type"),
        ({"confirmation_type": "pin", "pin": "123456", "empties_back": -1}, "empties_back"),
        ({"confirmation_type": "pin", "pin": "123456", "empties_back": 201}, "empties_back"),
        ({"confirmation_type": "pin", "pin": "123456", "confirmed_at": "2026-11-22T08:00:00"}, "confirmed_at"),
        ({"confirmation_type": "pin", "pin": "123456", "confirmed_at": "2126-11-22T08:00:00Z"}, "confirmed_at"),
        ({"confirmation_type": "pin", "pin": "123456", "cylinder_serial": "\x1b[31m"}, "cylinder_serial"),
        ({"confirmation_type": "pin", "pin": "123456", "driver_id": "x"}, "driver_id"),
    ],
)
def test_an_invalid_confirmation_is_refused(
    api: ApiClient, gas: Business, body: dict[str, Any], field: str
) -> None:
    order_id = on_the_way(api, gas)
    refused = api.post(f"/v1/deliveries/{order_id}/confirm", body, as_=gas.driver_user)
    assert (refused.status, [each["field"] for each in refused.body["errors"]]) == (422, [field])
    assert Order.get(gas.tenant.id, order_id).pin_tries is None
    assert status(gas, order_id) == "delivering"


def test_only_orders_under_way_can_be_confirmed(api: ApiClient, gas: Business) -> None:
    order_id = api.post("/v1/orders", order_body(gas), as_=gas.staff).body["id"]
    body = {
        "confirmation_type": "qr_code",
        "qr": api.post(f"/v1/deliveries/{order_id}/qr", {}, as_=gas.staff).body["qr"],
    }
    for status in (None, "confirmed", "assigned"):
        if status:
            step(api, gas, order_id, status)
        refused = api.post(f"/v1/deliveries/{order_id}/confirm", body, as_=gas.staff)
        assert (refused.status, refused.body["code"]) == (409, "illegal_transition")
    step(api, gas, order_id, "delivering")
    step(api, gas, order_id, "failed")
    refused = api.post(f"/v1/deliveries/{order_id}/confirm", body, as_=gas.staff)
    assert refused.body["allowed"] == ["confirmed"]
    go_out(api, gas, order_id)
    assert api.post(f"/v1/deliveries/{order_id}/confirm", body, as_=gas.staff).status == 200


def test_only_the_orders_driver_and_staff_may_confirm_it(
    api: ApiClient, gas: Business, restaurant: Business
) -> None:
    order_id = on_the_way(api, gas)
    body = {"confirmation_type": "qr_code", "qr": qr_of(api, gas, order_id)}
    for path in ("confirm", "qr", "uploads"):
        sent = {"confirm": body, "qr": {}, "uploads": {"kind": "photo", "content_type": "image/png"}}[path]
        another_driver = 403 if path == "qr" else 404
        for who, expected in (
            (gas.drivers[1][0], another_driver),
            (restaurant.staff, 404),
            (gas.customer_user, 403),
        ):
            assert api.post(f"/v1/deliveries/{order_id}/{path}", sent, as_=who).status == expected
        assert api.post(f"/v1/deliveries/nothing/{path}", sent, as_=gas.staff).status == 404
    table = api.post("/v1/orders", order_body(restaurant), as_=restaurant.staff).body["id"]
    assert api.post(f"/v1/deliveries/{table}/confirm", body, as_=restaurant.staff).status == 404
    assert status(gas, order_id) == "delivering"


def test_five_wrong_pins_and_the_order_waits_for_the_right_one_too(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    pin = pin_of(api, gas, order_id)
    for _ in range(5):
        wrong = confirm(api, gas, order_id, "pin", pin=other_pin(pin))
        assert (wrong.status, wrong.body["code"]) == (422, "pin_wrong")
    locked = confirm(api, gas, order_id, "pin", pin=pin)
    assert (locked.status, locked.body["code"]) == (429, "pin_locked")
    assert 0 < int(locked.headers["retry-after"]) <= 900
    assert status(gas, order_id) == "delivering"
    Order(gas.tenant.id, order_id).update([Order.pin_tried_at.set(epoch(now() - timedelta(minutes=15)))])
    assert confirm(api, gas, order_id, "pin", pin=pin).status == 200
    assert Order.get(gas.tenant.id, order_id).pin_tries is None


def test_a_locked_pin_leaves_the_other_proofs(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    pin = pin_of(api, gas, order_id)
    for _ in range(6):
        confirm(api, gas, order_id, "pin", pin=other_pin(pin))
    assert confirm(api, gas, order_id, "qr_code", qr=qr_of(api, gas, order_id)).status == 200


def test_only_the_customer_receives_the_pin(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    path = f"/v1/deliveries/{order_id}"
    pin = api.get(path, as_=gas.customer_user).body["pin"]
    assert len(pin) == 6
    assert pin.isdecimal()
    assert api.get(path, as_=gas.driver_user).body["pin"] is None
    order = api.get(f"/v1/orders/{order_id}", as_=gas.driver_user).body
    assert "pin" not in order
    step(api, gas, order_id, "failed")
    go_out(api, gas, order_id)
    assert api.get(path, as_=gas.customer_user).body["pin"] == pin
    confirm(api, gas, order_id, "pin", pin=pin)
    assert api.get(path, as_=gas.customer_user).body["pin"] is None


@pytest.mark.parametrize("minutes", [4, -4])
def test_the_clock_of_a_phone_may_be_a_little_off(api: ApiClient, gas: Business, minutes: int) -> None:
    order_id = on_the_way(api, gas)
    at = wire(now() + timedelta(minutes=minutes))
    assert confirm(api, gas, order_id, "qr_code", qr=qr_of(api, gas, order_id), confirmed_at=at).status == 200


@pytest.mark.parametrize(
    "when",
    [
        timedelta(minutes=6),
        timedelta(minutes=-6),
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00",
        "1999-12-31T23:59:59Z",
    ],
)
def test_a_confirmation_before_the_assignment_or_in_the_future_is_refused(
    api: ApiClient, gas: Business, when: timedelta | str
) -> None:
    order_id = on_the_way(api, gas)
    at = when if isinstance(when, str) else wire(now() + when)
    refused = confirm(api, gas, order_id, "pin", pin=pin_of(api, gas, order_id), confirmed_at=at)
    assert (refused.status, [each["field"] for each in refused.body["errors"]]) == (422, ["confirmed_at"])
    assert Order.get(gas.tenant.id, order_id).pin_tries is None


def test_a_delivery_made_offline_is_confirmed_when_the_phone_sends_it(api: ApiClient, gas: Business) -> None:
    """Going out and the confirmation come in one go, long after the order was given to the driver."""
    order_id = on_the_way(api, gas)
    row = Order.get(gas.tenant.id, order_id)
    for entry in row.history:
        if entry.status == "assigned":
            entry.at = wire(now() - timedelta(hours=3))
    row.save()
    proof = {"pin": pin_of(api, gas, order_id), "confirmed_at": wire(now() - timedelta(hours=2))}
    answer = confirm(api, gas, order_id, "pin", **proof)
    assert answer.body["attempts"][0]["proof"]["confirmed_at"] == proof["confirmed_at"]
    assert confirm(api, gas, order_id, "pin", **proof).body == answer.body
