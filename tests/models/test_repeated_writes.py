"""A write that botocore repeats after a lost answer has the same result as one without a failure."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib.api.http import ROUTES, Route
from chalicelib.core.clock import now
from chalicelib.models.driver_position import DriverPosition
from chalicelib.models.order import Order
from tests.api_client import Answer, ApiClient
from tests.auth.people import a_tenant, a_user
from tests.aws_in_process import moto_tables
from tests.deliveries.doors import confirm, on_the_way, pin_of
from tests.factories import Business, delivery_business, order_body
from tests.isolation.requests import BODIES, QUERIES
from tests.isolation.test_isolation import named, prepared
from tests.lost_answers import answers_lost
from tests.world import World

# Endpoints without a token have their own tests below; the solver's answer is no write.
WRITING = [route for route in ROUTES if route.method != "GET" and route.roles is not None]
_LARGEST_COUNT = 10_000


def shape(value: Any) -> Any:
    """A stored value without what is another each time: texts, and numbers that are instants."""
    if isinstance(value, list):
        return [shape(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"N"}:
        return float(value["N"]) if abs(float(value["N"])) < _LARGEST_COUNT else "N"
    if len(value) == 1 and next(iter(value)) in ("S", "B", "SS", "BS"):
        return next(iter(value))
    return {name: shape(each) for name, each in value.items()}


def rows() -> Counter[str]:
    """The shapes of all rows, by table."""
    return Counter(
        json.dumps([name, shape(item.to_json()["Attributes"])], sort_keys=True, default=str)
        for name, table in moto_tables().items()
        for item in table.all_items()
    )


def changes() -> Counter[str]:
    """How many changes the streams show of each table."""
    found: Counter[str] = Counter()
    for name, table in moto_tables().items():
        before: dict[str, Any] = {}
        for record in table.stream_shard.items if table.stream_shard else ():
            change = record.to_json()["dynamodb"]
            key, image = str(change["Keys"]), change.get("NewImage")
            # moto also shows what changes nothing; DynamoDB does not.
            found[name] += before.get(key) != image
            before[key] = image
    return found


def change(before: Counter[str], after: Counter[str]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in after | before if after[name] != before[name]}


@contextmanager
def recorded() -> Iterator[list[dict[str, int]]]:
    """What becomes of the rows and of the streams meanwhile."""
    stored, streamed = rows(), changes()
    found: list[dict[str, int]] = []
    yield found
    found += [change(stored, rows()), change(streamed, changes())]


def ask(api: ApiClient, route: Route, request: tuple[Business, Any, str]) -> Answer:
    business, principal, path = request
    good = BODIES.get((route.method, route.path))
    body = good and good(business)
    if body and "username" in body:
        body["username"] = f"{business.tenant.id}@example.com"
    return api.call(route.method, path, body, query=QUERIES.get(route.path), as_=principal)


@pytest.mark.parametrize("route", WRITING, ids=named)
def test_every_request_is_answered_as_if_no_answer_had_been_lost(api: ApiClient, route: Route) -> None:
    good, bad = prepared(api, route), prepared(api, route)
    for _, principal, _ in (good, bad):
        assert principal is not None
        api.token(principal)
    with recorded() as without:
        expected = ask(api, route, good)
    with recorded() as with_losses, answers_lost():
        answer = ask(api, route, bad)
    assert answer.status == expected.status, answer.body
    assert with_losses == without


def test_a_step_is_in_the_history_once(api: ApiClient, gas: Business) -> None:
    order = api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    with answers_lost() as lost:
        answer = api.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed"}, as_=gas.staff)
    assert (answer.status, answer.body["status"], answer.body["version"]) == (200, "confirmed", 2)
    assert [entry["status"] for entry in answer.body["history"]] == ["pending", "confirmed"]
    stored = Order.get(gas.tenant.id, order["id"])
    assert (len(stored.history), stored.version) == (2, 2)
    assert lost["UpdateItem"] == 1


def test_a_change_by_another_writer_is_a_conflict_also_if_the_refusal_was_lost(
    api: ApiClient, gas: Business
) -> None:
    order = api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    path = f"/v1/orders/{order['id']}"
    api.patch(path, {"notes": "first"}, as_=gas.staff)
    with answers_lost():
        step = {"status": "confirmed", "version": 1}
        answer = api.post(f"{path}/status", step, as_=gas.staff)
    assert (answer.status, answer.body["code"]) == (409, "stale_version")


def test_a_session_goes_on_after_a_refresh_whose_answer_was_lost_on_the_way_from_the_database(
    api: ApiClient, aws: None
) -> None:
    tenant = a_tenant()
    user = a_user(tenant)
    signed_in = api.post("/v1/auth/login", {"username": user.username, "password": "cylinder-42"})
    with answers_lost() as lost:
        refreshed = api.post("/v1/auth/refresh", {"refresh_token": signed_in.body["refresh_token"]})
    assert (refreshed.status, lost["UpdateItem"]) == (200, 1), refreshed.body
    again = api.post("/v1/auth/refresh", {"refresh_token": refreshed.body["refresh_token"]})
    assert again.status == 200, again.body


def test_a_wrong_password_counts_once(api: ApiClient, aws: None) -> None:
    a_user(a_tenant())
    wrong = {"username": "mei@example.com", "password": "cylinder-43"}
    answers = []
    with answers_lost():
        answers = [api.post("/v1/auth/login", wrong).status for _ in range(6)]
    assert answers == [401] * 5 + [429]


def test_a_wrong_pin_counts_once(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    pin = pin_of(api, gas, order_id)
    wrong = f"{(int(pin) + 1) % 1_000_000:06}"
    with answers_lost():
        tries = [confirm(api, gas, order_id, "pin", pin=wrong).status for _ in range(5)]
        locked = confirm(api, gas, order_id, "pin", pin=pin).status
    assert (tries, locked) == ([422] * 5, 429)


def test_a_delivery_is_confirmed_once(api: ApiClient, gas: Business) -> None:
    order_id = on_the_way(api, gas)
    pin = pin_of(api, gas, order_id)
    with answers_lost():
        answer = confirm(api, gas, order_id, "pin", pin=pin)
    assert (answer.status, answer.body["status"]) == (200, "delivered"), answer.body
    stored = Order.get(gas.tenant.id, order_id)
    assert [entry.status for entry in stored.history].count("delivered") == 1


def test_a_position_counts_as_accepted(api: ApiClient, gas: Business) -> None:
    fix = {"latitude": 25.03, "longitude": 121.56, "timestamp": now().isoformat()}
    with answers_lost():
        answer = api.post("/v1/drivers/me/location", fix, as_=gas.driver_user)
    assert answer.body == {"accepted": 1, "ignored": 0}
    assert DriverPosition.get(gas.tenant.id, gas.driver.id).latitude == 25.03


def _everything(world: World, gas: Business) -> list[Any]:
    """Orders, a route of the socket, events and texts: what clients and phones get of it."""
    office = world.connect(gas.staff)
    world.deliver()
    order = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    world.deliver()
    world.send(office, {"type": "order_update", "order_id": order["id"], "status": "confirmed", "ref": 1})
    world.deliver()
    world.send(office, {"type": "subscribe", "channel": f"order:{order['id']}", "since": 0, "ref": 2})
    answered = json.dumps(
        [
            [message[name] for name in ("type", "cursors", "ref", "code") if name in message]
            for message in world.received(office)
        ]
    )
    return json.loads(answered.replace(order["id"], "the order"))


def test_sockets_receive_the_same_events_once(world: World, gas: Business) -> None:
    expected = _everything(world, gas)
    with answers_lost() as lost:
        received = _everything(world, delivery_business())
    assert received == expected
    assert {"UpdateItem", "PutItem", "TransactWriteItems"} <= lost.keys()


@pytest.mark.parametrize("write", [Order.save, Order.delete], ids=["put", "delete"])
def test_a_write_without_a_condition_may_be_repeated(gas: Business, write: Callable[[Any], Any]) -> None:
    row = gas.customer
    assert row is not None
    with answers_lost() as lost:
        getattr(row, write.__name__)()
    assert lost.total() == 1
