"""A tenant with records in every table."""

from typing import Any

from chalicelib.core.clock import now, wire
from tests.api_client import Answer
from tests.factories import Business
from tests.isolation.requests import IDS, of_kind, session_of, under_way
from tests.world import World


def busy(world: World, business: Business) -> dict[str, str]:
    """Makes one of each thing that a business of its kind has, and has it happen. What they are called, by name:
    ids, and words that stand in what has none.
    """
    api = world.api
    found = {name: make(api, business) for name, make in IDS.items() if of_kind(name, business)}
    found |= {"tenant_id": business.tenant.id, "connection_id": world.connect(business.staff)}
    found["sign_in"] = session_of(business.admin)
    found["event_id"] = _done(
        api.post("/v1/realtime/publish", {"channel": "system", "type": "alert", "data": {}}, as_=business.staff)
    )["id"]
    texts = "/v1/notifications"
    found |= {"text": "NEIGHBOUR", "link": "neighbour.example"}
    _done(
        api.call("PUT", f"{texts}/templates/confirmed/zh-TW", {"text": found["text"]}, as_=business.admin),
        api.patch(f"{texts}/settings", {"allowed_links": [found["link"]]}, as_=business.admin),
    )
    if business.tenant.kind == "table":
        weekly = {"mon": [{"opens": "03:07", "closes": "04:08"}]}
        _done(api.call("PUT", "/v1/opening-hours", {"weekly": weekly}, as_=business.admin))
        found["opens"] = "03:07"
    else:
        # One that is delivered, and one that is still on its way.
        sold = IDS["order_id"](api, business)
        for order_id in (sold, found["order_id"]):
            under_way(api, business, order_id)
        _done(api.post(f"/v1/orders/{sold}/status", {"status": "delivered"}, as_=business.staff))
        fix = {"latitude": 25.03, "longitude": 121.56, "timestamp": wire(now())}
        _done(api.post("/v1/drivers/me/location", fix, as_=business.driver_user))
        driver = {"driver_id": business.driver.id}
        _done(api.post(f"/v1/routes/{found['route_id']}/assign", driver, as_=business.staff))
    world.deliver()
    return found


def _done(*answers: Answer) -> Any:
    for answer in answers:
        assert answer.status < 300, answer.body
    return answers[-1].body
