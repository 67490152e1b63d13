"""Guests for tests: at a table, or with a tracking link."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib.auth.links import TRACK, new_code, store_link
from chalicelib.core.clock import now
from chalicelib.models.dining_table import DiningTable
from tests.api_client import Answer, ApiClient
from tests.factories import Business, order_body, qr_of
from tests.world import World


@dataclass
class Guest:
    """A guest with a token."""

    api: ApiClient
    token: str
    id: str = ""

    def get(self, path: str, **options: Any) -> Answer:
        return self.api.get(path, token=self.token, **options)

    def order(self, business: Business, **values: Any) -> Answer:
        headers = {"Idempotency-Key": values.pop("key")} if "key" in values else {}
        body = {"items": [{"menu_item_id": business.products[0].id, "quantity": 2}], **values}
        return self.api.post("/v1/orders", body, token=self.token, headers=headers)


def sat_down(api: ApiClient, table: DiningTable, **values: Any) -> Guest:
    answer = api.post("/v1/guests/table", {"qr": qr_of(table), **values})
    assert answer.status == 200, answer.body
    return Guest(api, answer.body["access_token"], answer.body["guest_id"])


def tracking_code(business: Business, order_id: str) -> str:
    code = new_code()
    store_link(code, TRACK, business.tenant.id, order_id, lasts=timedelta(days=7), now=now())
    return code


def tracker(api: ApiClient, business: Business, order_id: str) -> Guest:
    answer = api.post("/v1/guests/tracking", {"code": tracking_code(business, order_id)})
    assert answer.status == 200, answer.body
    return Guest(api, answer.body["access_token"])


def gas_order(api: ApiClient, gas: Business, *way: str) -> dict[str, Any]:
    """An order that staff have moved through the steps; `assigned` is to the first driver."""
    order: dict[str, Any] = api.post("/v1/orders", order_body(gas, notes="鑰匙在地墊下"), as_=gas.staff).body
    for status in way:
        move(api, gas, order["id"], status)
    return order


def move(api: ApiClient, business: Business, order_id: str, status: str) -> None:
    path = f"/v1/orders/{order_id}"
    if status == "assigned":
        answer = api.post(f"{path}/assign", {"driver_id": business.driver.id}, as_=business.staff)
    else:
        answer = api.post(f"{path}/status", {"status": status}, as_=business.staff)
    assert answer.status == 200, answer.body


def subscribe(world: World, connection_id: str, channel: str, **values: Any) -> Any:
    """What a subscription is answered with."""
    world.send(connection_id, {"type": "subscribe", "channel": channel, **values})
    return world.received(connection_id)[-1]
