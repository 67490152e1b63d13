"""Drivers' positions on a real local stack."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.client import Client, eventually
from tests.e2e.stack import LocalStack


def fix(seconds_ago: float, latitude: float) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    return {"latitude": latitude, "longitude": 121.56, "timestamp": at.isoformat().replace("+00:00", "Z")}


def test_a_driver_moves_and_the_office_sees_it(stack: LocalStack) -> None:
    driver, office = Client(stack, "driver"), Client(stack, "office_staff")
    with office.listen() as socket:
        posted = driver.post("/v1/drivers/me/location", [fix(20 - n, 25.03 + n / 10_000) for n in range(5)])
        assert (posted.status_code, posted.json()) == (200, {"accepted": 5, "ignored": 0})
        assert socket.until("driver_location")["data"]["latitude"] == 25.0304
        # At the other end of the island within seconds: ignored until another fix confirms it.
        assert driver.post("/v1/drivers/me/location", fix(10, 22.62)).json() == {"accepted": 0, "ignored": 1}
        assert driver.post("/v1/drivers/me/location", fix(2, 25.031)).json() == {"accepted": 1, "ignored": 0}
        assert socket.until("driver_location")["data"]["latitude"] == 25.031
    me = driver.get("/v1/auth/me").json()["driver_id"]
    track = eventually(
        lambda: len(found := office.get(f"/v1/drivers/{me}/track").json()["points"]) == 6 and found, "the track"
    )
    assert [point["latitude"] for point in track] == [25.03, 25.0301, 25.0302, 25.0303, 25.0304, 25.031]


def test_positions_posted_five_times_a_second_are_broadcast_once_a_second_including_the_last(
    stack: LocalStack,
) -> None:
    driver, office = Client(stack, "driver", which=1), Client(stack, "office_staff")
    began = time.monotonic()
    with office.listen() as socket:
        for n in range(20):
            time.sleep(max(0.0, began + 0.2 * n - time.monotonic()))
            answer = driver.post("/v1/drivers/me/location", fix(0, 25.05 + n / 100_000))
            assert answer.json() == {"accepted": 1, "ignored": 0}
        received = [socket.until("driver_location")["data"]["latitude"]]
        while received[-1] != 25.05 + 19 / 100_000:
            received.append(socket.until("driver_location")["data"]["latitude"])
    assert 1 < len(received) <= time.monotonic() - began, received
