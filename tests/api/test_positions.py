"""Drivers post their positions; permitted subscribers receive them, at most once a second."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import now, wire
from chalicelib.models.driver_position import DriverPosition
from tests.factories import Business
from tests.world import World

PATH = "/v1/drivers/me/location"


def fix(seconds: float = 0, **values: Any) -> dict[str, Any]:
    """Seconds ago."""
    place = {"latitude": 25.03, "longitude": 121.56, "timestamp": wire(now() - timedelta(seconds=seconds))}
    return {**place, **values}


def test_a_fix_reaches_staff_and_subscribers_of_the_driver(world: World, gas: Business) -> None:
    office, driver = world.connect(gas.staff), world.connect(gas.driver_user)
    sent = fix(speed=8.3, heading=270, accuracy=12)
    answer = world.api.post(PATH, sent, as_=gas.driver_user)
    assert (answer.status, answer.body) == (200, {"accepted": 1, "ignored": 0})
    world.deliver()
    for who in (office, driver):
        (received,) = world.received(who, "driver_location")
        assert received["data"] == {
            "driver_id": gas.driver.id,
            **sent,
            "speed": 8.3,
            "heading": 270.0,
            "accuracy": 12.0,
        }
        assert "cursors" not in received


def test_of_several_posts_and_a_whole_buffer_one_broadcast_a_driver(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    world.api.post(PATH, [fix(30 - n) for n in range(20)], as_=gas.driver_user)
    world.api.post(PATH, fix(2, latitude=25.031), as_=gas.driver_user)
    second, _ = gas.drivers[1]
    world.api.post(PATH, fix(1), as_=second)
    world.deliver(times=2)
    received = world.received(office, "driver_location")
    # Each batch twice, and in it each driver once.
    assert [message["data"]["driver_id"] for message in received] == [gas.driver.id, second.driver_id] * 2
    assert {message["data"]["latitude"] for message in received} == {25.031, 25.03}


def test_positions_are_not_logged_and_not_for_customers(world: World, gas: Business) -> None:
    assert gas.customer_user is not None
    customer = world.connect(gas.customer_user)
    world.api.post(PATH, fix(), as_=gas.driver_user)
    world.deliver()
    assert world.received(customer, "driver_location") == []
    events = world.api.get("/v1/events", query={"channel": "drivers", "since": "0"}, as_=gas.staff)
    assert (events.body["items"], events.body["cursor"]) == ([], 0)


def test_staff_see_where_everybody_is_and_was(world: World, gas: Business) -> None:
    fixes = [fix(30 - n, latitude=round(25.03 + n / 10_000, 7)) for n in range(20)]
    world.api.post(PATH, fixes[:10], as_=gas.driver_user)
    world.api.post(PATH, fixes[10:], as_=gas.driver_user)
    world.deliver(times=2)
    positions = world.api.get("/v1/drivers/positions", as_=gas.staff).body["items"]
    assert [(each["driver_id"], each["latitude"]) for each in positions] == [
        (gas.driver.id, fixes[-1]["latitude"])
    ]
    shown = world.api.get(f"/v1/drivers/{gas.driver.id}", as_=gas.staff).body
    assert shown["last_position"] == positions[0]
    listed = world.api.get("/v1/drivers", as_=gas.staff).body["items"]
    assert [each["last_position"] for each in listed] == [positions[0], None]
    found = world.api.get(f"/v1/drivers/{gas.driver.id}/track", as_=gas.staff).body
    # Around midnight some of it may be yesterday's.
    assert [each["timestamp"] for each in found["points"]] == [each["timestamp"] for each in fixes][
        -len(found["points"]) :
    ]
    yesterday = world.api.get(f"/v1/drivers/{gas.driver.id}/track", query={"date": "2020-01-01"}, as_=gas.staff)
    assert yesterday.body["points"] == []
    for never in ("0001-01-01", "9999-12-31"):
        path = f"/v1/drivers/{gas.driver.id}/track"
        assert world.api.get(path, query={"date": never}, as_=gas.staff).status == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"latitude": 91}, "latitude"),
        ({"longitude": -181}, "longitude"),
        ({"speed": -2}, "speed"),
        ({"speed": -0.5}, "speed"),
        ({"heading": 361}, "heading"),
        ({"heading": -0.5}, "heading"),
        ({"accuracy": -1}, "accuracy"),
        ({"accuracy": "good"}, "accuracy"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"timestamp": "2026-11-24T04:00:00"}, "timestamp"),
        ({"timestamp": "0001-01-01T00:00:00+08:00"}, "timestamp"),
        ({"timestamp": "9999-12-31T23:59:59-08:00"}, "timestamp"),
        ({"driver_id": "another"}, "driver_id"),
    ],
)
def test_impossible_values_are_refused_and_nothing_is_stored(
    world: World, gas: Business, body: dict[str, Any], field: str
) -> None:
    refused = world.api.post(PATH, fix(**body), as_=gas.driver_user)
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, field)
    refused = world.api.post(PATH, [fix(1), fix(**body)], as_=gas.driver_user)
    assert (refused.status, refused.body["errors"][0]["field"].rpartition(".")[2]) == (422, field)
    assert DriverPosition.count(gas.tenant.id) == 0


@pytest.mark.parametrize("unknown", [None, -1, -1.0])
def test_a_speed_and_a_heading_may_be_unknown(world: World, gas: Business, unknown: float | None) -> None:
    sent = [fix(2, speed=4, heading=unknown), fix(1, speed=unknown, heading=unknown, accuracy=None)]
    assert world.api.post(PATH, sent, as_=gas.driver_user).body == {"accepted": 2, "ignored": 0}
    (position,) = world.api.get("/v1/drivers/positions", as_=gas.staff).body["items"]
    assert (position["speed"], position["heading"], position["accuracy"]) == (None, None, None)
    world.deliver()
    points = world.api.get(f"/v1/drivers/{gas.driver.id}/track", as_=gas.staff).body["points"]
    assert {(point["speed"], point["heading"]) for point in points} <= {(4, None), (None, None)}


@pytest.mark.parametrize(("sent", "shown"), [(360, 0), (359.97, 0), (359.9, 359.9), (0, 0)])
def test_north_is_zero(world: World, gas: Business, sent: float, shown: float) -> None:
    assert world.api.post(PATH, fix(heading=sent), as_=gas.driver_user).status == 200
    (position,) = world.api.get("/v1/drivers/positions", as_=gas.staff).body["items"]
    assert position["heading"] == shown


@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_has_one_to_a_hundred_fixes(world: World, gas: Business, count: int) -> None:
    assert world.api.post(PATH, [fix(n) for n in range(count)], as_=gas.driver_user).status == 422


def test_implausible_fixes_are_ignored_and_counted(world: World, gas: Business) -> None:
    batch = [fix(-3600), fix(3 * 86400), fix(5, accuracy=2000), fix(1), fix(1)]
    assert world.api.post(PATH, batch, as_=gas.driver_user).body == {"accepted": 1, "ignored": 4}


def test_the_same_over_the_socket(world: World, gas: Business) -> None:
    driver, office = world.connect(gas.driver_user), world.connect(gas.staff)
    world.send(driver, {"type": "location_update", "latitude": 25.03, "longitude": 121.56, "speed": 8.3, "ref": 1})
    assert world.received(driver)[-1] == {
        "type": "location_update_accepted",
        "accepted": 1,
        "ignored": 0,
        "ref": 1,
    }
    world.deliver()
    assert len(world.received(office, "driver_location")) == 1
    world.send(driver, {"type": "location_update", "latitude": 95, "longitude": 121.56})
    assert world.received(driver)[-1]["code"] == "invalid"
    world.send(office, {"type": "location_update", "latitude": 25.03, "longitude": 121.56})
    assert world.received(office)[-1]["code"] == "forbidden"
