"""The main flows over a simulation. `prepare` runs once and without faults; `act` is what a run repeats."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.auth.sessions import open_session
from chalicelib.core.clock import now
from tests.calls import function
from tests.deliveries.doors import pin_of
from tests.factories import Business, dining_table, order_body
from tests.proof.simulation import Simulation
from tests.recurring import shop
from tests.visits import sat_down


@dataclass(frozen=True)
class Flow:
    """overtake: another client's request, for the fault of that name."""

    prepare: Callable[[Simulation], None]
    act: Callable[[Simulation], None]
    overtake: Callable[[Simulation], object] = lambda of: None


BOARD: Final = ("orders", "routes", "drivers", "customers")


def _clients(of: Simulation) -> None:
    """The people of the business on sockets, and another business's office."""
    gas = of.business
    of.connect("office", gas.staff, *BOARD)
    # Signs in now: the admin's edit may come in the middle of another function.
    of.world.api.token(gas.admin)
    for n, (user, driver) in enumerate(gas.drivers):
        of.connect(f"driver {n}", user, f"driver:{driver.id}")
    if gas.customer_user is not None:
        of.connect("customer", gas.customer_user)
    of.connect("other business", of.other.staff, *BOARD)
    of.settle()


def _order(of: Simulation, *way: str) -> None:
    """An order that has gone part of its way."""
    _clients(of)
    answer = of.world.api.post("/v1/orders", order_body(of.business), as_=of.business.staff)
    assert answer.status == 201, answer.body
    of.facts["order"] = answer.body["id"]
    of.outside.requested += 1
    for status in way:
        step(of, status)
    of.settle()


def step(of: Simulation, status: str) -> None:
    """A step by the office. After a conflict the client reads the order, as it may have got there before."""
    order_id, api, office = of.facts["order"], of.world.api, of.business.staff
    path, body = f"/v1/orders/{order_id}/status", {"status": status}
    if status == "assigned":
        path, body = f"/v1/orders/{order_id}/assign", {"driver_id": of.business.driver.id}
    answer = of.request(lambda: api.post(path, body, as_=office))
    if answer.status == 409:
        answer = of.request(lambda: api.get(f"/v1/orders/{order_id}", as_=office))
    assert (answer.status, answer.body["status"]) == (200, status), answer.body
    of.outside.statuses.append((order_id, status))


def _edit(of: Simulation) -> None:
    """Another user's edit. Its record is followed at once, unless it waits for one that is being followed."""
    path, api = f"/v1/orders/{of.facts['order']}", of.world.api
    answer = of.request(lambda: api.patch(path, {"notes": "二樓"}, as_=of.business.admin))
    assert answer.status == 200, answer.body
    if function() in ("api_handler", "websocket_connect", "websocket_message"):
        of.world.follow("orders", of.world.take("orders"))


def _create(of: Simulation) -> None:
    headers = {"Idempotency-Key": "key-1"}
    body, api = order_body(of.business), of.world.api
    answer = of.request(lambda: api.post("/v1/orders", body, as_=of.business.staff, headers=headers))
    assert answer.status == 201, answer.body
    of.outside.requested += 1
    of.outside.statuses.append((answer.body["id"], "pending"))


def _ready_to_confirm(of: Simulation) -> None:
    _order(of, "confirmed", "assigned", "delivering", "arriving", "arrived")
    of.facts["pin"] = pin_of(of.world.api, of.business, of.facts["order"])


def _confirm(of: Simulation) -> None:
    order_id, api = of.facts["order"], of.world.api
    body: dict[str, Any] = {"confirmation_type": "pin", "pin": of.facts["pin"], "empties_back": 1}
    driver = of.business.driver_user
    answer = of.request(lambda: api.post(f"/v1/deliveries/{order_id}/confirm", body, as_=driver))
    assert answer.status == 200, answer.body
    of.outside.statuses.append((order_id, "delivered"))


def _assign_and_start(of: Simulation) -> None:
    step(of, "assigned")
    step(of, "delivering")


def _come_and_catch_up(of: Simulation) -> None:
    """The office's socket ends; it refreshes its session, connects again and subscribes from its cursors."""
    client, api = of.outside.clients["office"], of.world.api
    body = {"refresh_token": of.facts["refresh"], "retry_key": "made-for-this-token"}
    answer = of.request(lambda: api.post("/v1/auth/refresh", body))
    assert answer.status == 200, answer.body
    client.token = answer.body["access_token"]
    of.gateway.disconnect([client.connection_id])
    step(of, "confirmed")
    of.settle()
    of.connect_again(client)
    of.settle()
    for channel, watched in client.model.channels.items():
        since = {"since": watched.cursor, "epoch": watched.epoch}
        of.ask(client, {"type": "subscribe", "channel": channel, **since})


def _office_with_a_session(of: Simulation) -> None:
    _order(of)
    of.facts["refresh"] = open_session(of.business.tenant, of.business.staff, signed_in_at=now()).refresh_token


def _recurring(of: Simulation) -> None:
    _clients(of)
    shop.template(of.business)


def _create_due(of: Simulation) -> None:
    of.repeat(lambda: of.world.create_due_orders(shop.at(7)))
    of.outside.requested += 1


def _guest(of: Simulation) -> None:
    _clients(of)
    of.facts["guest"] = sat_down(of.world.api, dining_table(of.business.tenant))


def _order_at_the_table(of: Simulation) -> None:
    answer = of.request(lambda: of.facts["guest"].order(of.business, key="key-1"))
    assert answer.status == 201, answer.body
    of.outside.requested += 1
    of.outside.statuses.append((answer.body["id"], "pending"))


def business_of(flow: str, gas: Business, restaurant: Business) -> tuple[Business, Business]:
    """The business that a flow is about, and another one."""
    return (restaurant, gas) if flow == "guest's order" else (gas, restaurant)


FLOWS: Final = {
    "status change": Flow(_order, lambda of: step(of, "confirmed"), _edit),
    "order creation": Flow(_clients, _create),
    "delivery confirmation": Flow(_ready_to_confirm, _confirm, _edit),
    "assignment": Flow(lambda of: _order(of, "confirmed"), _assign_and_start, _edit),
    "reconnection": Flow(_office_with_a_session, _come_and_catch_up, _edit),
    "recurring orders": Flow(_recurring, _create_due),
    "guest's order": Flow(_guest, _order_at_the_table),
}
