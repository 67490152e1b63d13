"""A short, fast delivery day of the demo: clients receive every event of a route, and every SMS is sent once."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
import requests

from chalicelib.core.clock import now
from chalicelib.core.fields import Place
from infra.local.demo.day import live
from infra.local.demo.diary import Diary
from infra.local.demo.simulation import Clock, Script, Simulation
from infra.local.demo.ways import shifted
from tests.e2e.client import Client, eventually
from tests.e2e.stack import LocalStack
from tests.patience import CLOCKED_SECONDS, SECONDS

WAY: Final = ["confirmed", "assigned", "delivering", "arriving", "arrived", "delivered"]


class Hurry(Clock):
    """The fastest clock that the server accepts, so that the test need not wait while a driver stands at a door.

    It starts at the oldest time at which positions count as fresh, and ends at the latest time that is not refused
    as in the future.
    """

    _BEHIND = timedelta(seconds=100)
    _AHEAD = timedelta(seconds=45)
    _RATE = 8

    def __init__(self) -> None:
        self._began: datetime | None = None

    def now(self) -> datetime:
        real = now()
        self._began = self._began or real
        return min(self._began - self._BEHIND + self._RATE * (real - self._began), real + self._AHEAD)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._RATE)


def newcomer(admin: Client) -> tuple[str, dict[str, Any]]:
    """A driver whom no other test knows: the id, and the login as in stack.json."""
    name = f"司機{uuid4().hex[:6]}"
    driver_id: str = admin.post("/v1/drivers", {"name": name}).json()["id"]
    login = {"username": f"{uuid4()}@example.com", "password": "correct horse battery"}
    body = {**login, "name": name, "role": "driver", "driver_id": driver_id}
    assert admin.post("/v1/users", body).status_code == 201
    return driver_id, {**login, "role": "driver", "kind": "delivery"}


def neighbours(office: Client) -> list[str]:
    """Two customers close to the depot and to each other; their ids."""
    depot = Place(**office.get("/v1/routes", limit=1).json()["items"][0]["depot"])
    ids = []
    for n in (1, 2):
        place = shifted(depot, 150 * n, 50)
        body = {
            "name": f"鄰居{uuid4().hex[:6]}",
            "phone": f"0987-00{n}-{now():%f}"[:12],
            "address": f"臺北市大安區鄰居路{n}號",
            "location": {"latitude": place.latitude, "longitude": place.longitude},
        }
        answer = office.post("/v1/customers", body)
        assert answer.status_code == 201, answer.text
        ids.append(answer.json()["id"])
    return ids


def texts(stack: LocalStack, order_number: str) -> list[str]:
    inbox = requests.get(
        stack.info["sms_inbox_url"], headers={"Accept": "application/json"}, timeout=SECONDS
    ).json()
    return [text["message"] for text in inbox if order_number in text["message"]]


@pytest.mark.takes(120)
def test_a_day_of_one_driver_and_two_doors(stack: LocalStack) -> None:
    office = Client(stack, "office_staff")
    driver_id, login = newcomer(Client(stack, "admin"))
    customers = neighbours(office)
    driver = Client.signing_in(stack, login["username"], login["password"])
    described = {**stack.info, "logins": [stack.login("office_staff"), login]}
    script = Script(speed=6, calls=2, between_calls=2, customers=frozenset(customers), away=0, no_signal=0)
    lines: list[str] = []
    diary = Diary(lines.append)

    async def day() -> None:
        async with asyncio.timeout(90):
            await live(described, Simulation(script, diary, Hurry()))

    with office.listen() as board, driver.listen(client="driver") as phone, ThreadPoolExecutor(1) as pool:
        done = pool.submit(asyncio.run, day())
        try:
            assigned = board.until("route_assigned", driver_id=driver_id, patience=CLOCKED_SECONDS)
        except TimeoutError:
            # The reason why the day ended explains more than the silence after it.
            done.result()
            raise
        assert assigned["data"]["total_stops"] == 2
        route_id = assigned["data"]["route_id"]
        assert phone.until("route_assigned")["data"] == assigned["data"]
        board.until("route_updated", route_id=route_id, status="completed", patience=CLOCKED_SECONDS)
        phone.until("route_updated", route_id=route_id, status="completed")
        done.result()

    route = office.get(f"/v1/routes/{route_id}").json()
    assert (route["status"], [stop["outcome"] for stop in route["stops"]]) == ("completed", ["delivered"] * 2)
    orders = [stop["order"] for stop in route["stops"]]
    assert {order["customer_id"] for order in orders} == set(customers)
    steps = [(route_id, status) for status in ("planned", "in_progress", "completed")]
    assert received(board.received, "route_updated", "route_id") == steps
    for order in orders:
        assert [entry["status"] for entry in order["history"]] == ["pending", *WAY]
        told = received(board.received, "order_status_changed", "order_id")
        assert [status for order_id, status in told if order_id == order["id"]] == WAY
        told = received(phone.received, "order_status_changed", "order_id")
        assert [status for order_id, status in told if order_id == order["id"]] == WAY[1:]
        sent = eventually(lambda order=order: len(texts(stack, order["order_number"])) >= 3, "the last text")
        assert sent
        words = Counter(text[:9] for text in texts(stack, order["order_number"]))
        assert words["您的瓦斯即將送達！"] == 1, words
        assert sum(words.values()) == 3, words
    positions = [message["data"] for message in board.received if message["type"] == "driver_location"]
    times = [each["timestamp"] for each in positions if each["driver_id"] == driver_id]
    assert len(times) > 5
    assert times == sorted(set(times)), "the marker never moves back in time"
    assert diary.counts["orders delivered by PIN"] + diary.counts["orders delivered by QR code"] == 2
    assert diary.counts["positions ignored"] == 0


def received(messages: list[dict[str, Any]], kind: str, names: str) -> list[tuple[str, str]]:
    """Of the events of a type, whose and which status, each event once."""
    events = {message["id"]: message["data"] for message in messages if message["type"] == kind}
    return [(data[names], data["status"]) for data in events.values()]
