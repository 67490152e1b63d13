"""A driver starts a route and drives towards its first stop."""

from datetime import timedelta

from chalicelib.core.clock import now, wire
from tests.proof.simulation import Simulation
from tests.proof.steps import connect_all
from tests.routes.rounds import PLACES, confirmed, done, orders_of, plan

# Ten seconds apart, because a route follows its driver so often. All are recent enough for it.
_POSITIONS = 10
# South of the first stop; at this speed the driver is there in two minutes.
_AWAY_DEGREES = 0.005
_SPEED = 7


def prepare(of: Simulation) -> None:
    """A route of two orders, assigned to the first driver. The second one is too far away for its SMS."""
    connect_all(of)
    api, gas = of.world.api, of.business
    planned = plan(api, gas, [confirmed(api, gas, place) for place in (PLACES[0], PLACES[-1])])
    assert planned.status == 201, planned.body
    of.facts["route"] = route = done(api, gas, planned.body, "assign", driver_id=gas.driver.id)
    of.facts["order"] = orders_of(route)[0]
    of.outside.requested += 2
    of.settle()


def start_and_drive(of: Simulation) -> None:
    """The route's orders become `delivering`, the first one `arriving`, and its customer receives an SMS."""
    api, driver, route = of.world.api, of.business.driver_user, of.facts["route"]
    answer = of.request(lambda: api.post(f"/v1/routes/{route['id']}/start", {}, as_=driver))
    assert (answer.status, answer.body["status"]) == (200, "in_progress"), answer.body
    of.outside.statuses += [(order_id, "delivering") for order_id in orders_of(route)]
    of.settle()
    first = now() - timedelta(seconds=10 * _POSITIONS)
    for number in range(_POSITIONS):
        position = {
            "latitude": PLACES[0]["latitude"] - _AWAY_DEGREES,
            "longitude": PLACES[0]["longitude"],
            "timestamp": wire(first + timedelta(seconds=10 * number)),
            "speed": _SPEED,
        }
        answer = of.request(lambda position=position: api.post("/v1/drivers/me/location", position, as_=driver))  # type: ignore[misc]
        assert answer.status == 200, answer.body
        of.settle()
        order = of.request(lambda: api.get(f"/v1/orders/{of.facts['order']}", as_=driver))
        # A position that no function could process is replaced by the next one.
        if order.body["status"] == "arriving":
            break
    of.outside.statuses.append((of.facts["order"], "arriving"))
