"""Routes of a gas business: confirmed orders at places in Taipei, and routes through them."""

from typing import Any

from tests.api_client import Answer, ApiClient
from tests.factories import Business, order_body

DEPOT = {"latitude": 25.0330, "longitude": 121.5654}
# Some 1.5 km of road apart, one after the other.
PLACES = [{"latitude": 25.0330 + 0.01 * n, "longitude": 121.5654} for n in range(1, 11)]


def confirmed(api: ApiClient, business: Business, place: dict[str, float] | None = None, **values: Any) -> str:
    """An order that can be planned; its id."""
    body = order_body(business, location=place or PLACES[0], **values)
    order_id: str = api.post("/v1/orders", body, as_=business.staff).body["id"]
    answer = api.post(f"/v1/orders/{order_id}/status", {"status": "confirmed"}, as_=business.staff)
    assert answer.status == 200, answer.body
    return order_id


def plan(api: ApiClient, business: Business, order_ids: list[str], **values: Any) -> Answer:
    """Commits a route."""
    body = {
        "date": "2026-11-25",
        "depot": DEPOT,
        "stops": [{"order_id": order_id} for order_id in order_ids],
        **values,
    }
    return api.post("/v1/routes", body, as_=business.staff)


def planned(api: ApiClient, business: Business, stops: int = 2, **values: Any) -> Any:
    """A route through so many new orders."""
    answer = plan(api, business, [confirmed(api, business, PLACES[n]) for n in range(stops)], **values)
    assert answer.status == 201, answer.body
    return answer.body


def assigned(api: ApiClient, business: Business, stops: int = 2, **values: Any) -> Any:
    """A route that the first driver has got."""
    return done(api, business, planned(api, business, stops, **values), "assign", driver_id=business.driver.id)


def started(api: ApiClient, business: Business, stops: int = 2, **values: Any) -> Any:
    """A route that the first driver has started."""
    return done(api, business, assigned(api, business, stops, **values), "start")


def step(api: ApiClient, business: Business, route: Any, verb: str, **body: Any) -> Answer:
    return api.post(f"/v1/routes/{route['id']}/{verb}", body, as_=business.staff)


def done(api: ApiClient, business: Business, route: Any, verb: str, **body: Any) -> Any:
    answer = step(api, business, route, verb, **body)
    assert answer.status == 200, answer.body
    return answer.body


def orders_of(route: Any) -> list[str]:
    return [stop["order_id"] for stop in route["stops"]]


def order(api: ApiClient, business: Business, order_id: str) -> Any:
    return api.get(f"/v1/orders/{order_id}", as_=business.staff).body
