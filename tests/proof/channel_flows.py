"""Flows in which publishers and subscribers of one channel overtake each other."""

from tests.calls import function
from tests.proof.simulation import Simulation
from tests.proof.steps import BOARD, place_order, step
from tests.realtime.client_model import Watched


def confirm_and_publish(of: Simulation) -> None:
    """The orders stream and the announcements stream publish in the channel `orders`."""
    step(of, "confirmed")
    publish(of)


def publish(of: Simulation) -> None:
    """Another user publishes. Its record is followed at once, unless one of that stream is being followed."""
    body = {"channel": "orders", "type": "office_note", "data": {"text": "颱風"}}
    answer = of.request(lambda: of.world.api.post("/v1/realtime/publish", body, as_=of.business.admin))
    assert answer.status == 202, answer.body
    of.outside.published.append(answer.body["id"])
    if function() != "announcements_stream":
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
    of.ask(client, {"type": "subscribe", "channel": channel, "since": read.cursor, "epoch": read.epoch})
