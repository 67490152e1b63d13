"""The money changes explain the total, also with concurrent writes."""

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.models.order import Order
from chalicelib.orders.pricing import total
from tests.api_client import Answer, ApiClient
from tests.calls import before_call
from tests.factories import Business, order_body, user
from tests.imports.files import checked, committed, csv_file, reported
from tests.world import World

STEPS = ("confirmed", "preparing", "ready", "served", "completed", "cancelled")
# What is done, and before which of its calls to DynamoDB the next thing is done.
ACTS = st.tuples(
    st.one_of(
        st.tuples(st.just("lines"), st.lists(st.integers(0, 3), min_size=2, max_size=2), st.booleans()),
        st.tuples(st.just("price"), st.sampled_from(["1", "45", "60.5"]), st.booleans()),
        st.tuples(st.just("undo"), st.sampled_from(["pending", "paid", "refunded"]), st.booleans()),
        st.tuples(st.just("pay"), st.sampled_from(["paid", "refunded"]), st.booleans()),
        st.tuples(st.just("step"), st.sampled_from(STEPS), st.booleans()),
    ),
    st.integers(0, 6),
)


class Bill:
    """One order of the restaurant, and those who change it."""

    def __init__(self, api: ApiClient, of: Business) -> None:
        self.api, self.of = api, of
        self.clerks = [of.staff, user(of.tenant)]
        self.order_id: str = api.post("/v1/orders", order_body(of), as_=of.staff).body["id"]

    def act(self, acts: list[Any]) -> None:
        """Does the first, and in the middle of it the others."""
        if not acts:
            return
        ((kind, value, reasoned), call), *others = acts
        with before_call(call, lambda: self.act(others)):
            answer = self._done(kind, value, {"reason": "客訴"} if reasoned else {}, len(others) % 2)
        # `busy` (409) where others were faster at each try.
        assert answer.status in (200, 409, 422), answer.body

    def _done(self, kind: str, value: Any, reason: dict[str, str], clerk: int) -> Answer:
        path, as_ = f"/v1/orders/{self.order_id}", self.clerks[clerk]
        if kind == "step":
            return self.api.post(f"{path}/status", {"status": value, **reason}, as_=as_)
        if kind == "pay":
            return self.api.post(f"{path}/payment", {"payment_status": value, **reason}, as_=as_)
        if kind == "undo":
            return self.api.patch(path, {"payment_status": value, **reason}, as_=as_)
        dishes = [each.id for each in self.of.products]
        if kind == "price":
            items = [{"menu_item_id": dishes[0], "quantity": 1, "unit_price": value}]
        else:
            items = [
                {"menu_item_id": dish, "quantity": many} for dish, many in zip(dishes, value, strict=True) if many
            ]
        return self.api.patch(path, {"items": items, **reason}, as_=as_)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, max_size=5))
def test_the_total_at_first_and_all_recorded_changes_make_the_total_now(
    api: ApiClient, restaurant: Business, acts: list[Any]
) -> None:
    bill = Bill(api, restaurant)
    bill.act(acts)
    order = Order.get(restaurant.tenant.id, bill.order_id)
    assert order.total_price == total(order.items)
    states = [_state(Decimal(90), "pending")]
    found = order.money_changes or []
    for change in found:
        assert _of(change.before) == states[-1]
        states.append(_of(change.after))
        fell = change.after.total_price < change.before.total_price
        assert change.reason or not fell or (change.status == "pending" and change.by == restaurant.staff.id)
        differences = [
            (each.after.unit_price * int(each.after.quantity) if each.after else 0)
            - (each.before.unit_price * int(each.before.quantity) if each.before else 0)
            for each in change.lines
        ]
        assert sum(differences) == change.after.total_price - change.before.total_price
    assert states[-1] == _state(order.total_price, order.payment_status)


def _of(state: Any) -> tuple[Decimal, str]:
    return _state(state.total_price, state.payment_status)


def _state(total_price: Decimal, payment_status: str) -> tuple[Decimal, str]:
    return total_price, payment_status


def test_a_newer_file_that_lowers_an_order_is_recorded(world: World, gas: Business) -> None:
    header = ("id", "phone", "item", "quantity", "unit_price", "status", "payment_status")
    row = ("1", "0912345678", "20公斤瓦斯桶", "2", "720", "delivered", "pending")
    committed(world, gas.staff, "orders", csv_file(header, row))
    newer = csv_file(header, (*row[:4], "1", "delivered", "paid"))
    found = checked(world, gas.staff, "orders", newer)
    [line] = reported(world.api, gas.staff, found["id"])
    assert "money_changes" not in line["changed"]
    committed(world, gas.admin, "orders", newer)
    [order] = Order.query(gas.tenant.id)
    [change] = order.money_changes
    assert (change.by, change.reason, change.status) == (gas.admin.id, "import", "delivered")
    assert (_of(change.before), _of(change.after)) == ((Decimal(1440), "pending"), (Decimal(2), "paid"))
    prices = [(each.before.unit_price, each.after.unit_price) for each in change.lines]
    assert prices == [(Decimal(720), Decimal(1))]
    committed(world, gas.admin, "orders", csv_file(header, (*row[:4], "1", "delivered", "paid"), ("2", *row[1:])))
    assert sorted(len(each.money_changes or ()) for each in Order.query(gas.tenant.id)) == [0, 1]


def test_no_message_on_the_socket_changes_the_money(world: World, restaurant: Business) -> None:
    bill = Bill(world.api, restaurant)
    office = world.connect(restaurant.staff)
    row = Order.get(restaurant.tenant.id, bill.order_id)
    details = {"notes": "折扣", "items": [], "total_price": "1", "payment_status": "paid"}
    message = {"type": "order_update", "order_id": row.id, "status": "confirmed", "details": details}
    world.send(office, message | {"items": [], "total_price": 1, "payment_status": "refunded"})
    after = Order.get(restaurant.tenant.id, bill.order_id)
    assert after.status == "confirmed"
    assert (after.total_price, after.payment_status) == (row.total_price, "pending")
    assert not after.money_changes
