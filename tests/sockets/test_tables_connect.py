"""Guests at tables on the WebSocket: the events that they receive or never receive, and who is admitted."""

from datetime import timedelta

import pytest

from chalicelib.auth.guest_tokens import table_token
from chalicelib.core.clock import now
from chalicelib.models.connection import Connection
from chalicelib.models.tenant import Tenant
from chalicelib.records.tables import renew_qr_code
from tests.factories import Business, dining_table, principal, table_business
from tests.visits import Guest, move, sat_down, subscribe
from tests.world import World


def test_a_table_guest_follows_their_own_orders_and_the_board_is_updated_at_once(
    world: World, restaurant: Business
) -> None:
    table = dining_table(restaurant.tenant, "C3")
    board, elsewhere = world.connect(restaurant.staff), world.connect(table_business().staff)
    guest, neighbour = sat_down(world.api, table), sat_down(world.api, table)
    phone, other = world.connect_with(guest.token), world.connect_with(neighbour.token)
    order = guest.order(restaurant).body
    world.deliver()
    [created] = world.received(board, "order_created")
    assert created["order"]["items"][0]["name"] == "滷肉飯"
    assert (created["order"]["table_number"], created["order"]["daily_number"]) == ("C3", 1)
    assert created["order"]["payment_status"] == "pending"
    answer = subscribe(world, phone, f"order:{order['id']}", since=0)
    assert (answer["replayed"], answer["recovered"]) == (1, True)
    assert subscribe(world, other, f"order:{order['id']}")["code"] == "not_found"
    move(world.api, restaurant, order["id"], "confirmed")
    world.deliver()
    [step] = world.received(phone, "order_status_changed")
    assert (step["order"]["status"], step["previous_status"]) == ("confirmed", "pending")
    assert step["order"].keys() == order.keys() | {"restaurant_id", "order_status"}
    assert not world.received(other, "order_status_changed")
    assert not world.received(elsewhere, "order_created")
    assert restaurant.staff.id not in str(world.received(phone))


def test_a_new_connection_is_subscribed_to_the_open_orders(world: World, restaurant: Business) -> None:
    guest = sat_down(world.api, dining_table(restaurant.tenant))
    first, second = guest.order(restaurant).body["id"], guest.order(restaurant).body["id"]
    move(world.api, restaurant, first, "cancelled")
    phone = world.connect_with(guest.token)
    world.deliver()
    [welcome] = world.received(phone, "connection_established")
    assert welcome["channels"] == [f"order:{second}"]
    listed = guest.get("/v1/orders").body
    assert list(listed["cursors"]) == [f"order:{second}"]
    for channel in ("orders", "system", f"user:{guest.id}", f"driver:{guest.id}"):
        assert subscribe(world, phone, channel)["code"] == "channel_forbidden"


@pytest.mark.parametrize("client", ["office", "driver", "customer"])
def test_a_guest_is_no_client_of_the_old_guide(world: World, restaurant: Business, client: str) -> None:
    token = sat_down(world.api, dining_table(restaurant.tenant)).token
    assert world.handshake("x=", token=token, client=client)["statusCode"] == 403


def test_a_guest_who_may_not_order_may_not_connect(world: World, restaurant: Business) -> None:
    table = dining_table(restaurant.tenant)
    old = table_token(
        table, restaurant.tenant, address="home", earlier=None, now=now() - timedelta(hours=2)
    ).access_token
    guest = sat_down(world.api, table)
    assert world.handshake("x=", token=old)["statusCode"] == 401
    world.api.patch(f"/v1/tables/{table.id}", {"status": "suspended"}, as_=restaurant.staff)
    assert world.handshake("x=", token=guest.token)["statusCode"] == 403
    world.api.patch(f"/v1/tables/{table.id}", {"status": "active"}, as_=restaurant.staff)
    renew_qr_code(principal(restaurant.tenant), table.id, now=now())
    assert world.handshake("x=", token=guest.token)["statusCode"] == 401
    assert Connection.count() == 0


def test_a_guest_who_lost_access_while_connecting_is_notified_and_closed(
    world: World, restaurant: Business
) -> None:
    table = dining_table(restaurant.tenant)
    phone = world.connect_with(sat_down(world.api, table).token)
    world.api.patch(f"/v1/tables/{table.id}", {"status": "suspended"}, as_=restaurant.staff)
    world.deliver()
    assert world.received(phone)[-1]["code"] == "table_suspended"
    assert phone in world.gateway.closed


def test_a_suspended_restaurant_closes_its_guests_too(world: World, restaurant: Business) -> None:
    phone = world.connect_with(sat_down(world.api, dining_table(restaurant.tenant)).token)
    world.deliver()
    restaurant.tenant.update([Tenant.status.set("suspended")])
    world.deliver()
    assert world.received(phone)[-1]["code"] == "tenant_suspended"
    assert Connection.count() == 0


def test_an_open_socket_goes_on_with_the_same_guests_next_token(world: World, restaurant: Business) -> None:
    table = dining_table(restaurant.tenant)
    guest = sat_down(world.api, table)
    phone = world.connect_with(guest.token)
    for token, answer in (
        (sat_down(world.api, table, access_token=guest.token).token, "authenticated"),
        (sat_down(world.api, table).token, "error"),
        (world.api.token(restaurant.staff), "error"),
    ):
        world.send(phone, {"type": "authenticate", "token": token})
        assert world.received(phone)[-1]["type"] == answer


def test_a_sixth_phone_of_one_guest_closes_that_guests_first_only(world: World, restaurant: Business) -> None:
    table = dining_table(restaurant.tenant)
    guest: Guest = sat_down(world.api, table)
    other = world.connect_with(sat_down(world.api, table).token)
    phones = [world.connect_with(guest.token) for _ in range(6)]
    world.deliver()
    assert world.gateway.closed == [phones[0]]
    assert other not in world.gateway.closed
