"""The cost of the limits: writes to `rate_limits` for each operation, and their cost per month."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.auth.attempts import PER_ADDRESS
from chalicelib.auth.guest_tokens import NEW_GUESTS_PER_TABLE
from chalicelib.auth.rate_limits import Limit
from chalicelib.models.connection import Connection
from chalicelib.models.rate_limit import RateLimit
from chalicelib.orders.limits import PER_GUEST
from infra.packaging import ROOT
from tests.api_client import Answer
from tests.auth.people import PASSWORD, a_tenant, a_user
from tests.calls import counted_calls, listening
from tests.costs import PRICES
from tests.factories import Business, dining_table, qr_of
from tests.visits import gas_order, sat_down, tracking_code
from tests.world import World

DOCUMENT = ROOT / "docs" / "cost.md"
NAME = "mei@example.com"
# A month of a restaurant with 50 connections: the connects of docs/cost.md, a sign-in a day each, and 300 guests a
# day who each connect and order twice. Of what is refused there is next to nothing.
DAYS = 30
MONTH = {
    "connect": DAYS * 50 * 7,
    "sign-in": DAYS * 50,
    "new guest at a table": DAYS * 300,
    "a guest's connect": DAYS * 600,
    "guest's order": DAYS * 600,
}


@contextmanager
def limit_writes() -> Iterator[list[str]]:
    """The calls to the table of limits meanwhile."""
    calls: list[str] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        if params.get("TableName", "").endswith("-rate_limits"):
            calls.append(model.name)

    with listening("before-parameter-build.dynamodb", note):
        yield calls
    assert set(calls) <= {"UpdateItem"}, "nothing is read"


@pytest.fixture
def measured(world: World, gas: Business, restaurant: Business) -> dict[str, int]:
    """Writes for each thing, in the order of the table."""
    a_user(a_tenant(), NAME)
    table = dining_table(restaurant.tenant)
    code = tracking_code(gas, gas_order(world.api, gas)["id"])
    found: dict[str, int] = {}

    def measure(name: str, happens: Callable[[], Any]) -> Any:
        with limit_writes() as calls:
            result = happens()
        found[name] = len(calls)
        return result

    def sign_in(password: str = PASSWORD, **values: str) -> Any:
        return world.api.post("/v1/auth/login", {"username": NAME, "password": password, **values}).body

    def connect(token: str) -> int:
        return int(world.handshake(f"{uuid4()}=", token=token)["statusCode"])

    device = measure("sign-in", sign_in)["device"]
    measure("sign-in from a known device", lambda: sign_in(device=device))
    measure("wrong password", lambda: sign_in("wrong password"))
    for _ in range(4):
        sign_in("wrong password")
    assert measure("sign-in that a limit refuses", sign_in)["status"] == 429

    guest = measure("new guest at a table", lambda: world.api.post("/v1/guests/table", {"qr": qr_of(table)}).body)[
        "access_token"
    ]
    measure(
        "guest who returns",
        lambda: world.api.post("/v1/guests/table", {"qr": qr_of(table), "access_token": guest}).body,
    )
    measure("new tracker of a link", lambda: world.api.post("/v1/guests/tracking", {"code": code}).body)
    assert measure("connect", lambda: connect(world.api.token(gas.staff))) == 200
    assert measure("a guest's connect", lambda: connect(guest)) == 200
    office = world.connect(gas.admin)
    measure("message", lambda: world.send(office, {"type": "ping"}))
    Connection(office).update([Connection.next_message_at.set(2**50)])
    measure("message that is refused", lambda: world.send(office, {"type": "ping"}))
    dishes = [{"menu_item_id": restaurant.products[0].id, "quantity": 1}]
    measure("guest's order", lambda: world.api.post("/v1/orders", {"items": dishes}, token=guest).body["id"])
    gas_items = [{"product_id": gas.products[0].id, "quantity": 1}]
    measure(
        "order by a customer's login",
        lambda: world.api.post("/v1/orders", {"items": gas_items}, as_=gas.customer_user).body["id"],
    )
    order = measure("order by the office", lambda: gas_order(world.api, gas))
    measure(
        "status change",
        lambda: world.api.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed"}, as_=gas.staff),
    )
    return found


def test_the_document_has_the_cost_of_the_limits(measured: dict[str, int]) -> None:
    rows = ["| | writes to `rate_limits` | a million times |", "|---|---|---|"]
    rows += [f"| {name} | {writes} | ${writes * PRICES['write_units']:.2f} |" for name, writes in measured.items()]
    table = "\n".join(rows)
    month = sum(count * measured[name] for name, count in MONTH.items()) * PRICES["write_units"] / 1e6
    sentence = f"${month:.2f} a month"

    text = DOCUMENT.read_text()
    assert table in text, f"docs/cost.md should have\n{table}"
    assert sentence in text.partition("## Limits")[2], f"docs/cost.md should have: {sentence}"


def test_the_most_common_step_and_message_ask_the_limits_nothing(measured: dict[str, int]) -> None:
    assert measured["status change"] == measured["message"] == measured["guest who returns"] == 0
    assert measured["order by the office"] == 0


def test_repeated_refusals_cost_almost_no_calls(world: World, restaurant: Business) -> None:
    table = dining_table(restaurant.tenant)
    guest = sat_down(world.api, table)

    def calls_of_the_next(limit: Limit, ask: Callable[[], Answer]) -> Counter[str]:
        ask()
        for row in RateLimit.scan(RateLimit.key.startswith(f"{limit.name}#")):
            row.update([RateLimit.due.set(RateLimit.due + 3600_000)])
        assert ask().status == 429
        with counted_calls() as calls:
            assert ask().status == 429
        return calls

    def sign_in() -> Answer:
        return world.api.post("/v1/auth/login", {"username": f"{uuid4()}@example.com", "password": "a guess"})

    assert calls_of_the_next(PER_ADDRESS, sign_in) == {}
    new_guest = calls_of_the_next(
        NEW_GUESTS_PER_TABLE, lambda: world.api.post("/v1/guests/table", {"qr": qr_of(table)})
    )
    assert new_guest == {}
    # The guest's business and table, as with every request.
    assert calls_of_the_next(PER_GUEST, lambda: guest.order(restaurant)) == {"dynamodb.GetItem": 2}
