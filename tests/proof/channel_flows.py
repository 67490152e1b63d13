"""Flows in which publishers and subscribers of one channel overtake each other."""

from tests.calls import function
from tests.proof.outside import Client
from tests.proof.simulation import Simulation
from tests.proof.steps import BOARD, edit, place_order, step
from tests.realtime.client_model import Watched


def confirm_and_publish(of: Simulation) -> None:
    """The orders stream and the announcements stream publish in the channel `orders`."""
    step(of, "confirmed")
    publish(of)


def publish(of: Simulation) -> None:
    """Another user publishes. In the middle of another function, the stream follows at once."""
    body = {"channel": "orders", "type": "office_note", "data": {"text": "颱風"}}
    answer = of.request(lambda: of.world.api.post("/v1/realtime/publish", body, as_=of.business.admin))
    assert answer.status == 202, answer.body
    of.outside.published.append(answer.body["id"])
    _follow_announcements(of)


def _follow_announcements(of: Simulation) -> None:
    if function() not in (None, "announcements_stream"):
        of.world.follow("announcements", of.world.take("announcements"))


def prepare_subscriber(of: Simulation) -> None:
    """A client that has read the order and is connected, and does not watch the order's channel yet."""
    place_order(of)
    order, office = of.facts["order"], of.business.staff
    of.connect("subscriber", office, *BOARD, f"order:{order}")
    query = {"channel": f"order:{order}", "since": "0"}
    events = of.world.api.get("/v1/events", as_=office, query=query).body
    of.facts["read"] = Watched(events["cursor"], events["epoch"], events["cursor"])
    of.settle()


def confirm_and_subscribe(of: Simulation) -> None:
    step(of, "confirmed")
    of.settle()
    subscribe(of)


def subscribe(of: Simulation) -> None:
    """From the state that the client has read, once."""
    client, channel = of.outside.clients["subscriber"], f"order:{of.facts['order']}"
    if channel in client.model.channels:
        return
    read = of.facts["read"]
    client.model.channels[channel] = Watched(read.cursor, read.epoch, read.base)
    of.subscribe(client, channel)


def subscribe_or_edit(of: Simulation) -> None:
    """The client subscribes while an event is published; while it subscribes, another user edits the order."""
    if function() == "websocket_message":
        edit(of)
    else:
        subscribe(of)


def prepare_driver(of: Simulation) -> None:
    """A driver who watches the assigned order."""
    place_order(of, "confirmed", "assigned")
    channel, client = f"order:{of.facts['order']}", of.outside.clients["driver 0"]
    client.entitled |= {channel}
    _watch(of, client, channel)
    of.settle()


def _watch(of: Simulation, client: Client, channel: str) -> None:
    """Reads the channel's log and subscribes from there."""
    events = of.world.api.get("/v1/events", token=client.token, query={"channel": channel, "since": "0"}).body
    client.model.channels[channel] = Watched(events["cursor"], events["epoch"], events["cursor"])
    of.subscribe(client, channel)


def reassign(of: Simulation) -> None:
    """Another driver gets the order. The first one receives that change, and none that comes after it."""
    order, client = of.facts["order"], of.outside.clients["driver 0"]
    body = {"driver_id": of.business.drivers[1][1].id}
    answer = of.request(lambda: of.world.api.post(f"/v1/orders/{order}/assign", body, as_=of.business.staff))
    assert answer.status == 200, answer.body
    of.outside.statuses.append((order, "assigned"))
    client.entitled -= {f"order:{order}"}
    of.settle()
    edit(of)


def edit_later(of: Simulation) -> None:
    """An edit whose record comes after that of the reassignment."""
    if function() == "orders_stream":
        edit(of)


def assign_and_return(of: Simulation) -> None:
    """A driver gets an order while the phone has no network, and its message once it is connected again."""
    client = of.outside.clients["driver 0"]
    of.gateway.disconnect([client.connection_id])
    step(of, "assigned")
    of.settle()
    of.connect_again(client)


def send_to_driver(of: Simulation) -> None:
    """The office sends the driver a message. In the middle of another function, the stream follows at once."""
    path = f"/v1/realtime/users/{of.business.driver_user.id}/send"
    body = {"type": "personal_message", "data": {"content": "回店"}}
    answer = of.request(lambda: of.world.api.post(path, body, as_=of.business.admin))
    assert answer.status == 202, answer.body
    _follow_announcements(of)
