"""The main flows over a simulation. `prepare` runs once and without faults; `act` is what a run repeats."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.auth.sessions import open_session
from chalicelib.core.clock import now
from tests.api_client import Answer
from tests.deliveries.doors import pin_of
from tests.factories import Business, dining_table, order_body
from tests.proof import channel_flows, import_flow, route_flow, sign_in_flow
from tests.proof.faults import Injector
from tests.proof.simulation import Simulation
from tests.proof.steps import connect_all, edit, place_order, repeat_sms, step
from tests.recurring import shop
from tests.visits import sat_down
from tests.world import World


@dataclass(frozen=True)
class Flow:
    """overtake: another client's request, for the fault of that name."""

    prepare: Callable[[Simulation], None]
    act: Callable[[Simulation], None]
    overtake: Callable[[Simulation], object]


def _create(of: Simulation) -> None:
    headers = {"Idempotency-Key": "key-1"}
    body, api = order_body(of.business), of.world.api
    _ordered(of, of.request(lambda: api.post("/v1/orders", body, as_=of.business.staff, headers=headers)))


def _ordered(of: Simulation, answer: Answer) -> None:
    assert answer.status == 201, answer.body
    of.outside.requested += 1
    of.outside.statuses.append((answer.body["id"], "pending"))


def _ready_to_confirm(of: Simulation) -> None:
    place_order(of, "confirmed", "assigned", "delivering", "arriving", "arrived")
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
    for channel in client.model.channels:
        of.subscribe(client, channel)


def _office_with_a_session(of: Simulation) -> None:
    place_order(of)
    of.facts["refresh"] = open_session(of.business.tenant, of.business.staff, signed_in_at=now()).refresh_token


def _recurring(of: Simulation) -> None:
    connect_all(of)
    shop.template(of.business)


def _create_due(of: Simulation) -> None:
    of.repeat(lambda: of.world.create_due_orders(shop.at(7)))
    of.outside.requested += 1


def _guest(of: Simulation) -> None:
    connect_all(of)
    of.facts["guest"] = sat_down(of.world.api, dining_table(of.business.tenant))


def _order_at_the_table(of: Simulation) -> None:
    _ordered(of, of.request(lambda: of.facts["guest"].order(of.business, key="key-1")))


def _provider_without_keys(of: Simulation) -> None:
    place_order(of)
    of.facts["provider forgets"] = True


def _confirm_and_wait(of: Simulation) -> None:
    """So that SQS also delivers again what it has delivered to two functions at the same time."""
    step(of, "confirmed")
    of.settle()
    of.pass_time()


def business_of(flow: str, gas: Business, restaurant: Business) -> tuple[Business, Business]:
    """The business that a flow is about, and another one."""
    return (restaurant, gas) if flow == "guest's order" else (gas, restaurant)


FLOWS: Final = {
    "status change": Flow(place_order, lambda of: step(of, "confirmed"), edit),
    "order creation": Flow(connect_all, _create, channel_flows.publish),
    "delivery confirmation": Flow(_ready_to_confirm, _confirm, edit),
    "assignment": Flow(lambda of: place_order(of, "confirmed"), _assign_and_start, edit),
    "reconnection": Flow(_office_with_a_session, _come_and_catch_up, edit),
    "recurring orders": Flow(_recurring, _create_due, channel_flows.publish),
    "guest's order": Flow(_guest, _order_at_the_table, channel_flows.publish),
    "provider without keys": Flow(_provider_without_keys, _confirm_and_wait, repeat_sms),
    "publication": Flow(place_order, channel_flows.confirm_and_publish, channel_flows.publish),
    "subscription": Flow(
        channel_flows.prepare_subscriber, channel_flows.confirm_and_subscribe, channel_flows.subscribe_or_edit
    ),
    "reassignment": Flow(channel_flows.prepare_driver, channel_flows.reassign, channel_flows.edit_later),
    "return": Flow(
        lambda of: place_order(of, "confirmed"), channel_flows.assign_and_return, channel_flows.send_to_driver
    ),
    "start of a route": Flow(route_flow.prepare, route_flow.start_and_drive, edit),
    "import": Flow(import_flow.prepare, import_flow.import_file, import_flow.edit_customer),
    "sign-in": Flow(sign_in_flow.prepare, sign_in_flow.sign_in_and_refresh, sign_in_flow.interfere),
}


def prepare(world: World, injector: Injector, flow: str, gas: Business, restaurant: Business) -> Simulation:
    """A simulation in which the flow can be run."""
    of = Simulation(world, injector, *business_of(flow, gas, restaurant))
    injector.overtaker = lambda: FLOWS[flow].overtake(of)
    FLOWS[flow].prepare(of)
    of.save()
    return of
