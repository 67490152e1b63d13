"""The record of an order's money changes: by whom, when, why, and the values before and after."""

from typing import Any

import pytest

from chalicelib.models.order import Order
from tests.api_client import Answer, ApiClient
from tests.calls import just_before
from tests.factories import Business, dining_table, order_body, user
from tests.visits import sat_down

SERVED = ("confirmed", "preparing", "ready", "served")


def new_order(api: ApiClient, of: Business, *steps: str, as_: Any = None, **values: Any) -> str:
    """An order that has made the steps; the restaurant's comes to 90, two at 45."""
    created = api.post("/v1/orders", order_body(of, **values), as_=as_ or of.staff)
    assert created.status == 201, created.body
    order_id: str = created.body["id"]
    for status in steps:
        assert api.post(f"/v1/orders/{order_id}/status", {"status": status}, as_=of.staff).status == 200
    return order_id


def lines(of: Business, *quantities: int, **values: Any) -> list[dict[str, Any]]:
    """Lines of the restaurant's dishes, as many of each; values: of the first line."""
    found = [
        {"menu_item_id": dish.id, "quantity": many} for dish, many in zip(of.products, quantities, strict=False)
    ]
    found[0] |= values
    return found


def edit(api: ApiClient, of: Business, order_id: str, as_: Any = None, **patch: Any) -> Answer:
    return api.patch(f"/v1/orders/{order_id}", patch, as_=as_ or of.staff)


def shown(api: ApiClient, of: Business, order_id: str) -> Any:
    return api.get(f"/v1/orders/{order_id}", as_=of.staff).body


def is_refused(answer: Answer) -> bool:
    problem = (answer.status, answer.body.get("code"), answer.body.get("errors", [{}])[0].get("field"))
    return problem == (422, "reason_required", "reason")


def test_a_served_order_is_not_reduced_without_a_reason_and_not_without_a_record(
    api: ApiClient, restaurant: Business
) -> None:
    order_id = new_order(api, restaurant, *SERVED)
    before = shown(api, restaurant, order_id)
    cheap = lines(restaurant, 1, unit_price="1")
    for reason in ({}, {"reason": None}, {"reason": " \u3000"}):
        assert is_refused(edit(api, restaurant, order_id, items=cheap, notes="x", **reason))
    assert shown(api, restaurant, order_id) == before
    answer = edit(api, restaurant, order_id, items=cheap, reason="帳單打錯")
    assert (answer.status, answer.body["total_price"]) == (200, "1")
    [change] = shown(api, restaurant, order_id)["money_changes"]
    assert change == answer.body["money_changes"][0]
    unpaid = {"payment_status": "pending", "payment_method": None}
    assert change == {
        "at": answer.body["updated_at"],
        "by": restaurant.staff.id,
        "reason": "帳單打錯",
        "status": "served",
        "before": {"total_price": "90", **unpaid},
        "after": {"total_price": "1", **unpaid},
        "lines": [
            {
                "before": {"name": "滷肉飯", "quantity": 2, "unit_price": "45"},
                "after": {"name": "滷肉飯", "quantity": 1, "unit_price": "1"},
            }
        ],
    }


@pytest.mark.parametrize("status", ["confirmed", "preparing", "ready", "served"])
def test_an_accepted_order_is_reduced_with_a_reason_alone(
    api: ApiClient, restaurant: Business, status: str
) -> None:
    order_id = new_order(api, restaurant, *SERVED[: SERVED.index(status) + 1])
    assert is_refused(edit(api, restaurant, order_id, as_=restaurant.admin, items=lines(restaurant, 1)))
    assert edit(api, restaurant, order_id, items=lines(restaurant, 3)).body["total_price"] == "135"
    # A dearer line may hide that another was removed: the total did not fall, but the record shows both.
    assert edit(api, restaurant, order_id, items=lines(restaurant, 1, 4)).status == 200
    added = {"name": "貢丸湯", "quantity": 4, "unit_price": "35"}
    assert shown(api, restaurant, order_id)["money_changes"][-1]["lines"][1] == {"before": None, "after": added}


def test_a_guests_order_is_not_reduced_without_a_reason_before_it_is_accepted(
    api: ApiClient, restaurant: Business
) -> None:
    guest = sat_down(api, dining_table(restaurant.tenant))
    order_id = guest.order(restaurant).body["id"]
    assert is_refused(edit(api, restaurant, order_id, items=lines(restaurant, 1, unit_price="1")))


def test_a_clerk_corrects_their_own_order_until_it_is_accepted(api: ApiClient, restaurant: Business) -> None:
    order_id = new_order(api, restaurant)
    colleague = user(restaurant.tenant)
    assert is_refused(edit(api, restaurant, order_id, colleague, items=lines(restaurant, 1)))
    assert edit(api, restaurant, order_id, items=lines(restaurant, 1)).status == 200
    [change] = shown(api, restaurant, order_id)["money_changes"]
    assert (change["status"], change["after"]["total_price"], change["reason"]) == ("pending", "45", None)


def test_payments_and_their_correction_are_recorded(api: ApiClient, restaurant: Business) -> None:
    order_id = new_order(api, restaurant)
    pay = f"/v1/orders/{order_id}/payment"
    api.post(pay, {"payment_status": "paid", "payment_method": "cash"}, as_=restaurant.staff)
    edit(api, restaurant, order_id, restaurant.admin, payment_status="pending", reason="按錯")
    edit(api, restaurant, order_id, payment_method="card")
    api.post(pay, {"payment_status": "paid"}, as_=restaurant.staff)
    api.post(pay, {"payment_status": "paid"}, as_=restaurant.staff)
    api.post(pay, {"payment_status": "refunded", "reason": "餐點有誤"}, as_=restaurant.staff)
    found = shown(api, restaurant, order_id)["money_changes"]
    assert [
        (each["by"], each["reason"], *_payment(each["before"]), *_payment(each["after"])) for each in found
    ] == [
        (restaurant.staff.id, None, "pending", None, "paid", "cash"),
        (restaurant.admin.id, "按錯", "paid", "cash", "pending", "cash"),
        (restaurant.staff.id, None, "pending", "cash", "pending", "card"),
        (restaurant.staff.id, None, "pending", "card", "paid", "card"),
        (restaurant.staff.id, "餐點有誤", "paid", "card", "refunded", "card"),
    ]
    assert {each["after"]["total_price"] for each in found} == {"90"}


def _payment(state: dict[str, Any]) -> tuple[str, str | None]:
    return state["payment_status"], state["payment_method"]


def test_a_change_without_effect_on_the_money_is_not_recorded(api: ApiClient, restaurant: Business) -> None:
    order_id = new_order(api, restaurant)
    edit(api, restaurant, order_id, notes="不要辣", reason="客人說的", items=lines(restaurant, 2))
    edit(api, restaurant, order_id, items=lines(restaurant, 2, 1))
    edit(api, restaurant, order_id, items=lines(restaurant, 2, 1)[::-1])
    assert len(shown(api, restaurant, order_id)["money_changes"]) == 1


def test_an_order_edited_very_often_is_still_delivered_and_paid(api: ApiClient, restaurant: Business) -> None:
    order_id = new_order(api, restaurant, "confirmed")
    edit(api, restaurant, order_id, items=lines(restaurant, 3), reason="字" * 300)
    [change] = Order.get(restaurant.tenant.id, order_id).money_changes
    Order(restaurant.tenant.id, order_id).update([Order.money_changes.set([change] * 110)])
    refused = edit(api, restaurant, order_id, items=lines(restaurant, 4))
    assert (refused.status, refused.body["code"]) == (409, "changes_full")
    assert edit(api, restaurant, order_id, payment_status="paid", reason="字" * 300).body["code"] == "changes_full"
    assert edit(api, restaurant, order_id, notes="x").status == 200
    for status in (*SERVED[1:], "completed"):
        assert api.post(f"/v1/orders/{order_id}/status", {"status": status}, as_=restaurant.staff).status == 200
    paid = api.post(f"/v1/orders/{order_id}/payment", {"payment_status": "paid"}, as_=restaurant.staff)
    assert (paid.status, len(paid.body["money_changes"])) == (200, 111)


def test_two_edits_at_once_are_two_records(api: ApiClient, restaurant: Business) -> None:
    order_id = new_order(api, restaurant)
    rival = lambda: edit(api, restaurant, order_id, items=lines(restaurant, 5))  # noqa: E731
    with just_before("UpdateItem", rival):
        answer = edit(api, restaurant, order_id, items=lines(restaurant, 7))
    found = answer.body["money_changes"]
    assert [(each["before"]["total_price"], each["after"]["total_price"]) for each in found] == [
        ("90", "225"),
        ("225", "315"),
    ]
    with just_before("UpdateItem", rival):
        stale = edit(api, restaurant, order_id, items=lines(restaurant, 8), version=answer.body["version"])
    assert stale.status == 409


def test_an_edit_that_lowers_the_total_of_a_concurrent_edit_needs_a_reason(
    api: ApiClient, restaurant: Business
) -> None:
    order_id = new_order(api, restaurant, "confirmed")
    with just_before("UpdateItem", lambda: edit(api, restaurant, order_id, items=lines(restaurant, 9))):
        assert is_refused(edit(api, restaurant, order_id, items=lines(restaurant, 3)))
    assert shown(api, restaurant, order_id)["total_price"] == "405"


def test_the_money_record_is_for_staff_alone(api: ApiClient, gas: Business, restaurant: Business) -> None:
    order_id = new_order(api, gas, "confirmed")
    api.post(f"/v1/orders/{order_id}/assign", {"driver_id": gas.driver.id}, as_=gas.staff)
    items = [{"product_id": gas.products[0].id, "quantity": 1}]
    assert edit(api, gas, order_id, items=items, reason="只有一桶").status == 200
    for reader in (gas.driver_user, gas.customer_user):
        answer = api.get(f"/v1/orders/{order_id}", as_=reader).body
        assert answer["total_price"] == "720"
        assert answer["money_changes"] is None
    guest = sat_down(api, dining_table(restaurant.tenant))
    own = guest.order(restaurant).body["id"]
    edit(api, restaurant, own, items=lines(restaurant, 3))
    seen = guest.get(f"/v1/orders/{own}").body
    assert seen["total_price"] == "135"
    assert "money_changes" not in seen


def test_an_order_stored_without_a_record_has_an_empty_one(api: ApiClient, restaurant: Business) -> None:
    order_id = new_order(api, restaurant)
    Order(restaurant.tenant.id, order_id).update([Order.money_changes.remove()])
    assert shown(api, restaurant, order_id)["money_changes"] == []
