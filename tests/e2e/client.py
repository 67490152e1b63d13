"""A client that uses REST over HTTP and events over a WebSocket, like a frontend."""

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Self

import requests
from websockets.sync.client import ClientConnection, connect

from tests.e2e.stack import LocalStack
from tests.patience import SECONDS

WELCOMES = {"standard": "connected", "flat": "connection", "restaurant": "connection_established"}


class Client:
    """A client signed in with a seeded login."""

    def __init__(self, stack: LocalStack, role: str, kind: str = "delivery", which: int = 0) -> None:
        logins = [login for login in stack.info["logins"] if login["role"] == role and login["kind"] == kind]
        self._sign_in(stack, logins[which]["username"], logins[which]["password"], kind)

    @classmethod
    def signing_in(cls, stack: LocalStack, username: str, password: str, kind: str = "delivery") -> Self:
        """A client of a user who was not seeded."""
        client = cls.__new__(cls)
        client._sign_in(stack, username, password, kind)
        return client

    def _sign_in(self, stack: LocalStack, username: str, password: str, kind: str) -> None:
        self._rest = stack.info["rest_url"]
        self._websocket = stack.info["websocket_url"]
        self._http = requests.Session()
        self._default_format = "restaurant" if kind == "table" else "standard"
        answer = self.post("/v1/auth/login", {"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()
        self._http.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"

    @cached_property
    def id(self) -> str:
        """The user's."""
        return str(self.get("/v1/auth/me").json()["id"])

    def get(self, path: str, **query: Any) -> requests.Response:
        return self._http.get(self._rest + path, params=query, timeout=SECONDS)

    def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> requests.Response:
        return self._http.post(self._rest + path, json=body, headers=headers, timeout=SECONDS)

    def patch(self, path: str, body: Any) -> requests.Response:
        return self._http.patch(self._rest + path, json=body, timeout=SECONDS)

    def put(self, path: str, body: Any) -> requests.Response:
        return self._http.put(self._rest + path, json=body, timeout=SECONDS)

    def delete(self, path: str) -> requests.Response:
        return self._http.delete(self._rest + path, timeout=SECONDS)

    def order(self, **values: Any) -> dict[str, Any]:
        """A new order of something with a price of its own."""
        body = {
            "customer_name": "測試客戶",
            # One telephone gets so many texts in a day; tests that share a stack do not share a telephone.
            "customer_phone": f"0912{secrets.randbelow(10**6):06}",
            "address": "臺北市中正區測試路1號",
            "items": [{"name": "20公斤瓦斯桶", "quantity": 1, "unit_price": "760"}],
            **values,
        }
        answer = self.post("/v1/orders", body)
        assert answer.status_code == 201, answer.text
        order: dict[str, Any] = answer.json()
        return order

    def step(self, order_id: str, status: str) -> requests.Response:
        return self.post(f"/v1/orders/{order_id}/status", {"status": status})

    @contextmanager
    def listen(self, **query: str) -> Iterator["Listener"]:
        """An open socket, already welcomed."""
        parameters = {"token": self.tokens["access_token"], **query}
        url = requests.Request("GET", self._websocket.replace("ws:", "http:"), params=parameters).prepare().url
        assert url is not None
        with connect(url.replace("http:", "ws:", 1), open_timeout=SECONDS, max_size=None) as socket:
            listener = Listener(socket)
            listener.welcome = listener.until(WELCOMES[query.get("format", self._default_format)])
            yield listener


class Listener:
    """A WebSocket and its received messages."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.received: list[dict[str, Any]] = []
        self.welcome: dict[str, Any] = {}

    def until(self, kind: str, *, patience: float = SECONDS, **data: Any) -> dict[str, Any]:
        """The next message of a type whose data has these values; earlier messages are stored in `received`."""
        deadline = time.monotonic() + patience
        while True:
            message = json.loads(self.socket.recv(timeout=max(0.0, deadline - time.monotonic())))
            self.received.append(message)
            content = message.get("data", message)
            if message["type"] == kind and all(content.get(name) == value for name, value in data.items()):
                found: dict[str, Any] = message
                return found

    def send(self, message: Any) -> None:
        self.socket.send(message if isinstance(message, str | bytes) else json.dumps(message))


def eventually(found: Any, what: str, *, patience: float = SECONDS) -> Any:
    """The first true result of `found()`; fails after a while. For effects that no message announces."""
    deadline = time.monotonic() + patience
    while not (result := found()):
        assert time.monotonic() < deadline, f"never saw {what}"
        time.sleep(0.05)
    return result


def create_user(admin: Client, stack: LocalStack, login: Mapping[str, str], **values: Any) -> str:
    """A new user of the admin's business, who has changed the initial password to that of the login; the id."""
    initial = {**login, "password": "an initial password"}
    answer = admin.post("/v1/users", {"name": "新同事", "role": "office_staff", **initial, **values})
    assert answer.status_code == 201, answer.text
    change = {"current_password": initial["password"], "new_password": login["password"]}
    user = Client.signing_in(stack, login["username"], initial["password"])
    assert user.post("/v1/auth/password", change).status_code == 200
    return str(answer.json()["id"])
