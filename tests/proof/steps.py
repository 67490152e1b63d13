"""Steps that several flows take: people on sockets, an order on its way, another user's edit."""

from typing import Final

from chalicelib.models.notification import Notification
from chalicelib.sms.queue import message_for, put_on_queue
from tests.calls import function, outside_of_functions
from tests.factories import order_body
from tests.proof.simulation import Simulation
from tests.sms.fakes import always

BOARD: Final = ("orders", "routes", "drivers", "customers")


def connect_all(of: Simulation) -> None:
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


def place_order(of: Simulation, *way: str) -> None:
    """An order that has gone part of its way."""
    connect_all(of)
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


def edit(of: Simulation) -> None:
    """Another user's edit. Its record is followed at once, unless it waits for one that is being followed."""
    path, api = f"/v1/orders/{of.facts['order']}", of.world.api
    answer = of.request(lambda: api.patch(path, {"notes": "二樓"}, as_=of.business.admin))
    assert answer.status == 200, answer.body
    if function() in ("api_handler", "websocket_connect", "websocket_message"):
        of.world.follow("orders", of.world.take("orders"))


def repeat_sms(of: Simulation) -> None:
    """SQS delivers the messages of unfinished SMS again, to another function at the same time."""
    with outside_of_functions():
        for row in Notification.query(of.business.tenant.id, consistent_read=True):
            if row.status in ("queued", "sending"):
                put_on_queue(message_for(row))
        of.world.deliver_sms(provider_for=always(of.provider))
