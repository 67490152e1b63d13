"""`/v1/realtime`: staff list their tenant's connections and publish events to them."""

from typing import Any

import pytest

from chalicelib.models.announcement import Announcement
from chalicelib.models.connection import Connection
from tests.api_client import ApiClient
from tests.factories import Business
from tests.world import World

ALERT = {"channel": "system", "type": "maintenance", "data": {"message": "今晚十點維護", "minutes": 30}}


def test_status_counts_the_own_tenants_connections(world: World, gas: Business, restaurant: Business) -> None:
    for user in (gas.staff, gas.admin, gas.driver_user):
        world.connect(user)
    world.connect(gas.staff, format="flat")
    world.connect(restaurant.staff)
    answer = world.api.get("/v1/realtime/status", as_=gas.staff)
    assert answer.status == 200
    assert answer.body == {
        "connections": 4,
        "by_role": {"office_staff": 2, "admin": 1, "driver": 1},
        "by_channel": {
            **dict.fromkeys(("orders", "drivers", "routes", "customers"), 3),
            "system": 4,
            f"driver:{gas.driver.id}": 1,
            f"user:{gas.driver_user.id}": 1,
        },
        "by_format": {"standard": 3, "flat": 1},
    }
    assert world.api.get("/v1/realtime/status", as_=restaurant.admin).body["connections"] == 1


def test_connections_are_shown_with_user_channels_and_start(world: World, gas: Business) -> None:
    driver = world.connect(gas.driver_user)
    (item,) = world.api.get("/v1/realtime/connections", as_=gas.staff).body["items"]
    row = Connection.get(driver)
    assert item["connection_id"] == driver
    user = gas.driver_user
    assert (item["user_id"], item["name"]) == (user.id, user.name)
    assert (item["role"], item["format"]) == ("driver", "standard")
    assert item["channels"] == sorted(row.channels or ())
    assert item["connected_at"].endswith("Z")
    assert item["connected_at"][:19] == item["last_seen_at"][:19] < item["token_expires_at"][:19]


def test_pages_show_every_own_connection_once_and_end(world: World, gas: Business, restaurant: Business) -> None:
    users = (gas.staff, gas.admin, gas.driver_user)
    ids = {world.connect(user) for user in users for _ in range(3)}
    world.connect(restaurant.staff)
    found: list[str] = []
    query, pages = {"limit": "3"}, 0
    while True:
        body = world.api.get("/v1/realtime/connections", as_=gas.staff, query=query).body
        found += [item["connection_id"] for item in body["items"]]
        pages += 1
        if body["next_cursor"] is None:
            break
        query = {"limit": "3", "cursor": body["next_cursor"]}
    assert (sorted(found), pages) == (sorted(ids), 3)


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "101"}, {"cursor": "nonsense"}, {"cursor": "WyIiLCIiXQ"}]
)
def test_a_page_that_cannot_be_is_refused(api: ApiClient, gas: Business, query: dict[str, str]) -> None:
    assert api.get("/v1/realtime/connections", as_=gas.staff, query=query).status == 422


def test_a_published_event_reaches_the_channels_subscribers(
    world: World, gas: Business, restaurant: Business
) -> None:
    office, flat = world.connect(gas.staff), world.connect(gas.driver_user, format="flat")
    elsewhere = world.connect(restaurant.staff)
    answer = world.api.post("/v1/realtime/publish", ALERT, as_=gas.admin)
    assert answer.status == 202
    assert world.received(office) == [], "a request only writes a row"
    world.deliver()
    (received,) = world.received(office, "maintenance")
    assert (received["id"], received["data"], received["cursors"]) == (
        answer.body["id"],
        ALERT["data"],
        {"system": 1},
    )
    (beside,) = world.received(flat, "maintenance")
    assert (beside["message"], beside["id"]) == ("今晚十點維護", answer.body["id"])
    assert world.received(elsewhere, "maintenance") == []


def test_a_repeated_record_keeps_the_events_id_and_number(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    world.api.post("/v1/realtime/publish", ALERT, as_=gas.admin)
    world.deliver(times=3)
    received = world.received(office, "maintenance")
    assert len(received) == 3
    assert {(message["id"], message["cursors"]["system"]) for message in received} == {(received[0]["id"], 1)}


def test_an_event_to_a_user_reaches_all_and_only_their_connections(world: World, gas: Business) -> None:
    theirs = [world.connect(gas.staff) for _ in range(2)]
    driver, other = world.connect(gas.driver_user), world.connect(gas.admin)
    message = {"type": "notification", "data": {"title": "回電", "message": "請回電", "severity": "info"}}
    for user in (gas.staff, gas.driver_user):
        answer = world.api.post(f"/v1/realtime/users/{user.id}/send", message, as_=gas.admin)
        assert (answer.status, list(answer.body)) == (202, ["id"])
    world.deliver()
    for connection_id in (*theirs, driver):
        (received,) = world.received(connection_id, "notification")
        assert (received["data"]["title"], received["data"]["action"]) == ("回電", None)
    assert world.received(other, "notification") == []


def test_events_during_an_absence_are_replayed(world: World, gas: Business) -> None:
    message = {"type": "call_back", "data": {"phone": "+886912000111"}}
    world.api.post(f"/v1/realtime/users/{gas.staff.id}/send", message, as_=gas.admin)
    world.deliver()
    office = world.connect(gas.staff)
    world.send(office, {"type": "subscribe", "channel": f"user:{gas.staff.id}", "since": 0})
    assert [message["type"] for message in world.received(office)] == ["call_back", "subscribed"]


def test_only_users_of_the_tenant_receive_anything(world: World, gas: Business, restaurant: Business) -> None:
    message = {"type": "call_back", "data": {}}
    for user_id in (restaurant.staff.id, "nobody", "x" * 100):
        answer = world.api.post(f"/v1/realtime/users/{user_id}/send", message, as_=gas.admin)
        assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert Announcement.count() == 0


def test_the_office_is_notified_of_a_changed_customer_without_personal_data(world: World, gas: Business) -> None:
    office, driver = world.connect(gas.staff), world.connect(gas.driver_user)
    customer = world.api.post("/v1/customers", {"name": "王小姐", "phone": "0912-345-678"}, as_=gas.staff).body
    path = f"/v1/customers/{customer['id']}"
    for method, more, user in (
        ("PATCH", "", gas.admin),
        ("PUT", "/sms-opt-out", gas.staff),
        ("DELETE", "/sms-opt-out", gas.staff),
    ):
        body = {"notes": "二樓"} if method == "PATCH" else None
        assert world.api.call(method, path + more, body, as_=user).status == 200
    assert world.api.patch(path, {"notes": "三樓", "version": 1}, as_=gas.staff).status == 409
    world.deliver()
    received = world.received(office, "customer_changed")
    assert [message["data"] for message in received] == [{"customer_id": customer["id"]}] * 4
    assert [message["cursors"]["customers"] for message in received] == [1, 2, 3, 4]
    assert world.received(driver, "customer_changed") == []


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"channel": "kitchen"}, 422, "channel"),
        ({"channel": "orders#other"}, 422, "channel"),
        ({"type": "Maintenance"}, 422, "type"),
        ({"type": "alert\n"}, 422, "type"),
        ({"type": "x" * 65}, 422, "type"),
        ({"type": "order_created"}, 422, "type"),
        ({"type": "order.created"}, 422, "type"),
        ({"type": "closing"}, 422, "type"),
        ({"type": "connected"}, 422, "type"),
        ({"data": ["no object"]}, 422, "data"),
        ({"data": None}, 422, "data"),
        ({"data": {"text": "水" * 6000}}, 413, None),
        ({"more": 1}, 422, "more"),
    ],
)
def test_an_invalid_event_is_refused_and_not_stored(
    api: ApiClient, gas: Business, change: dict[str, Any], status: int, field: str | None
) -> None:
    answer = api.post("/v1/realtime/publish", {**ALERT, **change}, as_=gas.staff)
    assert answer.status == status, answer.body
    assert field is None or answer.body["errors"][0]["field"] == field
    assert Announcement.count() == 0


def test_numbers_of_any_size_are_passed_on(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    raw = b'{"channel":"system","type":"reading","data":{"n":1' + b"0" * 40 + b',"f":0.1}}'
    assert world.api.call("POST", "/v1/realtime/publish", raw=raw, as_=gas.staff).status == 202
    world.deliver()
    assert world.received(office, "reading")[0]["data"] == {"n": 10**40, "f": 0.1}


def test_only_staff_see_connections_and_publish(api: ApiClient, gas: Business) -> None:
    for user in (gas.driver_user, gas.customer_user):
        for method, path, body in (
            ("GET", "/v1/realtime/status", None),
            ("GET", "/v1/realtime/connections", None),
            ("POST", "/v1/realtime/publish", ALERT),
            ("POST", f"/v1/realtime/users/{gas.staff.id}/send", {"type": "a", "data": {}}),
        ):
            assert api.call(method, path, body, as_=user).status == 403
            assert api.call(method, path, body).status == 401
