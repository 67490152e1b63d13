"""A frontend without sign-in and heartbeats: a display token's socket on a real local stack."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from chalicelib.core.clock import local_day, now, wire
from tests.e2e.client import Client, Listener
from tests.e2e.stack import LocalStack
from tests.e2e.test_isolation import Emulator
from tests.patience import SECONDS

# Beyond the 60 seconds after which a client that sends heartbeats is closed.
_SILENT_SECONDS = 120


@contextmanager
def screen(url: str) -> Iterator[Listener]:
    """A plain WebSocket client, as the simple hook is one. It never sends a message."""
    with connect(url, open_timeout=SECONDS) as socket:
        listener = Listener(socket)
        listener.welcome = listener.until("connected")
        yield listener


def let_time_pass(emulator: Emulator, *listeners: Listener) -> None:
    """As if these clients had been silent for so long."""
    for listener in listeners:
        row = emulator.row("connections", connection_id=listener.welcome["data"]["connection_id"])
        row["last_seen_at"]["N"] = str(int(row["last_seen_at"]["N"]) - _SILENT_SECONDS)
        emulator.put("connections", row)


@pytest.mark.takes(120)
def test_a_silent_screen_stays_connected_and_receives_the_simple_hooks_messages(
    stack: LocalStack, office: Client
) -> None:
    emulator, driver = Emulator(stack), Client(stack, "driver", which=2)
    token = stack.info["display_url"].split("/")[-2]
    by_query = f"{stack.info['websocket_url']}?token={token}"
    with screen(stack.info["display_url"]) as wall, screen(by_query) as other, office.listen() as talking:
        talking.send({"type": "heartbeat"})
        talking.until("heartbeat")
        let_time_pass(emulator, wall, other, talking)
        emulator.sweep()
        assert talking.until("closing")["code"] == "idle"
        with pytest.raises(ConnectionClosed):
            talking.socket.recv(timeout=SECONDS)

        order = office.order()
        assert office.step(order["id"], "confirmed").status_code == 200
        created = wall.until("order_created", id=order["id"])["data"]
        assert (created["customer_name"], created["customer_phone"], created["address"]) == (None, None, None)
        step = wall.until("order_status_changed", order_id=order["id"])["data"]
        assert (step["order_number"], step["status"]) == (order["order_number"], "confirmed")
        other.until("order_status_changed", order_id=order["id"])

        driver_id = driver.get("/v1/auth/me").json()["driver_id"]
        route = {"date": local_day(now(), "Asia/Taipei"), "stops": [{"order_id": order["id"]}]}
        route_id = office.post("/v1/routes", route).json()["id"]
        assert office.post(f"/v1/routes/{route_id}/assign", {"driver_id": driver_id}).status_code == 200
        assert wall.until("route_assigned", route_id=route_id)["data"]["driver_id"] == driver_id

        fix = {"latitude": 25.04, "longitude": 121.55, "timestamp": wire(now())}
        assert driver.post("/v1/drivers/me/location", fix).status_code == 200
        wall.until("driver_location", driver_id=driver_id)


def test_a_revoked_token_closes_its_screens_and_does_not_connect_again(stack: LocalStack) -> None:
    admin = Client(stack, "admin")
    made = admin.post("/v1/display-tokens", {"name": "倉庫"}).json()
    url = f"{stack.info['websocket_url']}?token={made['token']}"
    with screen(url) as wall:
        assert admin.delete(f"/v1/display-tokens/{made['id']}").status_code == 204
        assert wall.until("closing")["code"] == "session_revoked"
    with pytest.raises(InvalidStatus, match="401"), screen(url):
        pass
