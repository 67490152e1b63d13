"""A guest at a table who lost access: every request is refused with the same reason."""

from chalicelib.core.clock import now
from chalicelib.models.tenant import Tenant
from chalicelib.records.tables import renew_qr_code
from tests.api_client import ApiClient
from tests.factories import Business, dining_table, principal, qr_of
from tests.visits import Guest, sat_down


def refusals(api: ApiClient, guest: Guest, restaurant: Business, qr: str) -> list[tuple[int, str]]:
    """The answers to requests for the menu, an order and the code."""
    answers = [guest.get("/v1/menu"), guest.order(restaurant), api.post("/v1/guests/table", {"qr": qr})]
    return [(answer.status, answer.body["code"]) for answer in answers]


def test_a_suspended_table_takes_no_guests(api: ApiClient, restaurant: Business) -> None:
    table = dining_table(restaurant.tenant)
    guest, qr = sat_down(api, table), qr_of(table)
    api.patch(f"/v1/tables/{table.id}", {"status": "suspended"}, as_=restaurant.staff)
    assert refusals(api, guest, restaurant, qr) == [(403, "table_suspended")] * 3
    api.patch(f"/v1/tables/{table.id}", {"status": "active"}, as_=restaurant.staff)
    assert guest.order(restaurant).status == 201


def test_a_suspended_restaurant_takes_no_guests(api: ApiClient, restaurant: Business) -> None:
    table = dining_table(restaurant.tenant)
    guest, qr = sat_down(api, table), qr_of(table)
    restaurant.tenant.update([Tenant.status.set("suspended")])
    assert refusals(api, guest, restaurant, qr) == [(403, "tenant_suspended")] * 3


def test_a_renewed_code_voids_the_old_one_and_its_guests(api: ApiClient, restaurant: Business) -> None:
    table = dining_table(restaurant.tenant)
    guest, qr = sat_down(api, table), qr_of(table)
    order = guest.order(restaurant).body["id"]
    renew_qr_code(principal(restaurant.tenant), table.id, now=now())
    assert refusals(api, guest, restaurant, qr) == [(401, "qr_expired")] * 3
    table.refresh()
    again = sat_down(api, table, access_token=guest.token)
    assert again.get(f"/v1/orders/{order}").status == 200
