"""Displays on the WebSocket: their events, their refusals, and how they end."""

import json
from typing import Any

import pytest

from chalicelib.core.clock import epoch, now
from chalicelib.models.connection import Connection, Subscription
from chalicelib.models.tenant import Tenant
from tests.displays import display, display_token, expire, revoke
from tests.factories import Business, delivery_business, order_body
from tests.routes.rounds import done, planned
from tests.sockets.test_trackers_connect import PRIVATE, drive
from tests.visits import gas_order, move, subscribe
from tests.world import World

CHANNELS = ("drivers", "orders", "routes")
# This format's words for what a display receives of an order.
STEP = {"standard": "order_status_changed", "flat": "order.updated", "restaurant": "order_status_changed"}


def closing_code(world: World, connection_id: str) -> str | None:
    codes = [message["code"] for message in world.received(connection_id, "closing")]
    known = connection_id in {row.connection_id for row in Connection.scan()}
    assert (len(codes), connection_id in world.gateway.closed) in ((0, False), (1, True))
    assert known != bool(codes)
    return codes[0] if codes else None


def publish(world: World, business: Business, channel: str, kind: str) -> None:
    body = {"channel": channel, "type": kind, "data": {"message": "私事"}}
    assert world.api.post("/v1/realtime/publish", body, as_=business.staff).status == 202


def test_a_display_watches_three_channels_from_the_start(world: World, gas: Business) -> None:
    screen = display(world, gas)
    [welcome] = world.received(screen, "connected")
    assert (tuple(welcome["data"]["channels"]), welcome["data"]["role"]) == (CHANNELS, "display")
    assert Connection.get(screen).format == "standard.display"


def test_the_simple_hook_receives_its_messages(world: World, gas: Business) -> None:
    screen = display(world, gas)
    order = gas_order(world.api, gas, "confirmed")
    done(world.api, gas, planned(world.api, gas), "assign", driver_id=gas.driver.id)
    drive(gas)
    world.deliver()
    step = world.received(screen, "order_status_changed")[0]["data"]
    assert (step["order_number"], step["status"]) == (order["order_number"], "confirmed")
    assert world.received(screen, "route_assigned")[0]["data"]["driver_id"] == gas.driver.id
    position = world.received(screen, "driver_location")[0]["data"]
    assert (position["latitude"], position["longitude"]) == (25.03, 121.5)


@pytest.mark.parametrize("format_", ["standard", "flat", "restaurant"])
def test_a_display_receives_no_personal_data_live_replayed_or_polled(
    world: World, gas: Business, format_: str
) -> None:
    made, office = display_token(world.api, gas), world.connect(gas.staff, format=format_)
    screen = world.connect_with(made["token"], format=format_)
    world.deliver()
    body = order_body(
        gas, notes="鑰匙在地墊下", payment_method="line_pay", location={"latitude": 24.9876, "longitude": 121}
    )
    order = world.api.post("/v1/orders", body, as_=gas.staff).body["id"]
    move(world.api, gas, order, "confirmed")
    world.api.post(f"/v1/orders/{order}/status", {"status": "cancelled", "reason": "地墊不見"}, as_=gas.staff)
    publish(world, gas, "orders", "call_back")
    publish(world, gas, "orders", "notification")
    world.deliver()
    live = [each for each in world.received(screen) if "id" in each]
    subscribe(world, screen, "orders", since=0)
    replayed = [each for each in world.received(screen) if "id" in each][len(live) :]
    query = {"channel": "orders", "since": "0", "format": format_}
    answer = world.api.get("/v1/events", query=query, token=made["token"])
    assert live == replayed == answer.body["items"]
    assert len(live) == 3
    seen = json.dumps(live, ensure_ascii=False)
    secrets = (*PRIVATE[:4], "24.9876", "line_pay", gas.staff.id, gas.customer.id if gas.customer else "-")
    assert not [secret for secret in secrets if secret in seen]
    assert keys(live) == keys([each for each in world.received(office) if "id" in each][:3])


def keys(value: Any) -> Any:
    """The keys at every depth, also of objects in lists; a null has none."""
    if isinstance(value, dict):
        return {name: keys(each) for name, each in value.items() if name not in ("cursors", "location")}
    return [keys(each) for each in value] if isinstance(value, list) else None


def test_a_display_may_only_listen(world: World, gas: Business) -> None:
    screen, order = display(world, gas), gas_order(world.api, gas)["id"]
    for channel in ("system", "customers", f"order:{order}", f"user:{gas.staff.id}", f"driver:{gas.driver.id}"):
        assert subscribe(world, screen, channel)["code"] == "channel_forbidden", channel
    for message in (
        {"type": "order_update", "order_id": order, "status": "confirmed"},
        {"type": "location_update", "latitude": 25.03, "longitude": 121.56},
        {
            "type": "delivery.confirmed",
            "order_id": order,
            "confirmed_at": "2026-11-30T00:00:00Z",
            "confirmation_type": "photo",
        },
    ):
        world.send(screen, message)
        assert world.received(screen)[-1]["type"] == "error", message
    world.send(screen, {"type": "heartbeat"})
    assert tuple(sorted(world.received(screen)[-1]["cursors"])) == CHANNELS


@pytest.mark.parametrize("client", ["office", "driver", "customer"])
def test_a_display_is_none_of_the_old_guides_clients(world: World, gas: Business, client: str) -> None:
    token = display_token(world.api, gas)["token"]
    assert world.handshake("c", token=token, client=client)["statusCode"] == 403
    assert Connection.count() == Subscription.count() == 0


def test_without_a_good_token_a_display_does_not_connect(world: World, gas: Business) -> None:
    made, ended, suspended = (display_token(world.api, gas) for _ in range(3))
    revoke(world.api, gas, made["id"])
    expire(gas, ended["id"])
    gas.tenant.update([Tenant.status.set("suspended")])
    statuses = [
        world.handshake("c", token=token)["statusCode"]
        for token in (made["token"], ended["token"], suspended["token"], suspended["token"][:-1])
    ]
    assert statuses == [401, 401, 403, 401]
    assert Connection.count() == 0


def test_a_display_receives_nothing_of_another_business(world: World, gas: Business) -> None:
    screen, other = display(world, gas), delivery_business()
    world.api.post("/v1/orders", order_body(other), as_=other.staff)
    world.deliver()
    assert [message["type"] for message in world.received(screen)] == ["connected"]


def test_revoking_a_token_closes_its_connections_and_no_others(world: World, gas: Business) -> None:
    made, other = display_token(world.api, gas), display(world, gas)
    screens = [world.connect_with(made["token"]) for _ in range(2)]
    office = world.connect(gas.staff)
    world.deliver()
    revoke(world.api, gas, made["id"])
    world.deliver(times=2)
    assert [closing_code(world, each) for each in screens] == ["session_revoked"] * 2
    assert closing_code(world, other) is closing_code(world, office) is None


def test_a_token_that_is_revoked_while_its_display_connects_closes_it(world: World, gas: Business) -> None:
    made = display_token(world.api, gas)
    screen = world.connect_with(made["token"])
    revoke(world.api, gas, made["id"])
    # The token's record arrives before the index has the connection.
    world.take("display_tokens")
    world.deliver()
    assert closing_code(world, screen) == "session_revoked"


def test_suspending_the_business_closes_its_displays(world: World, gas: Business) -> None:
    screen = display(world, gas)
    gas.tenant.update([Tenant.status.set("suspended")])
    world.deliver()
    assert closing_code(world, screen) == "tenant_suspended"


def test_a_display_whose_token_ends_is_closed_and_a_new_token_does_not_fit(world: World, gas: Business) -> None:
    made = display_token(world.api, gas)
    screen = world.connect_with(made["token"])
    row = Connection.get(screen)
    assert row.token_expires_at > epoch(now()) + 89 * 86400
    for token in (display_token(world.api, gas)["token"], world.api.token(gas.staff)):
        world.send(screen, {"type": "authenticate", "token": token})
        assert world.received(screen)[-1]["code"] == "forbidden"
    row.update([Connection.token_expires_at.set(epoch(now()) - 1)])
    world.sweep(now())
    assert closing_code(world, screen) == "token_expired"


def test_a_users_connection_does_not_become_a_display(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    world.send(office, {"type": "authenticate", "token": display_token(world.api, gas)["token"]})
    assert world.received(office)[-1]["code"] == "forbidden"


def test_one_token_serves_more_screens_than_a_user_has_connections(world: World, gas: Business) -> None:
    made = display_token(world.api, gas)
    screens = [world.connect_with(made["token"]) for _ in range(7)]
    world.deliver()
    world.sweep(now())
    assert {closing_code(world, screen) for screen in screens} == {None}


def test_staff_see_displays_among_the_connections(world: World, gas: Business) -> None:
    display(world, gas)
    [item] = world.api.get("/v1/realtime/connections", as_=gas.staff).body["items"]
    assert item["format"] == "standard.display"
    assert (item["role"], item["name"], item["user_id"].partition(":")[0]) == ("display", None, "display")
    assert world.api.get("/v1/realtime/status", as_=gas.staff).body["by_role"] == {"display": 1}
