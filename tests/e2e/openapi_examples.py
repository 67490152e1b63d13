"""The OpenAPI document with valid requests for an existing tenant, for tests that execute it.

tests/isolation/requests.py defines valid requests. Here each one has its own records, created over HTTP, so that
requests do not affect each other.
"""

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import app  # noqa: F401 — registers the routes
from chalicelib.api.http import ROUTES, Route
from tests.api_client import Answer, ApiClient
from tests.contract.contract import without_examples
from tests.e2e.client import Client, eventually
from tests.e2e.stack import LocalStack
from tests.e2e.test_back_office import uploaded
from tests.e2e.texts import NOTIFICATIONS, behave, inbox
from tests.factories import PASSWORD, Business
from tests.isolation.requests import BEFORE, BODIES, IDS, OF_RESTAURANTS, QUERIES, WITH_FIELD, WORDS, under_way

# They end the session that asks.
ENDING = ("POST /v1/auth/logout", "POST /v1/auth/password")
PARAMETER = re.compile(r"\{(\w+)\}")
_FILE = b"name\r\nN\r\n"


class _OverHttp:
    """The API as tests in process call it; `as_` is a client."""

    def post(self, path: str, body: Any = None, *, as_: Client) -> Answer:
        answer = as_.post(path, body)
        return Answer(answer.status_code, answer.headers, answer.json() if answer.content else None)


class ExampleRecords:
    """A seeded business, in which things are made as they are needed."""

    def __init__(self, stack: LocalStack, kind: str) -> None:
        self.stack, self.kind = stack, kind
        self.boss, office = Client(stack, "admin", kind), Client(stack, "office_staff", kind)
        listed: dict[str, list[Any]] = {
            name: [SimpleNamespace(**row) for row in self.boss.get(f"/v1/{name}").json()["items"]]
            for name in ("products", "drivers", "customers", "users")
        }
        driver, customer = ((listed[name] or [None])[0] for name in ("drivers", "customers"))
        self.business = cast(
            Business,
            SimpleNamespace(
                tenant=SimpleNamespace(kind=kind),
                admin=self.boss,
                staff=office,
                driver=driver,
                customer=customer,
                products=listed["products"],
            ),
        )
        self.api = cast(ApiClient, _OverHttp())
        self._made: dict[str, Callable[[], str]] = {
            "user_id": lambda: str(self.user()["id"]),
            "session_id": self._session,
            "customer_id": lambda: self._new("/v1/customers", {"name": "N", "phone": "0912-345-678"}),
            "driver_id": lambda: self._new("/v1/drivers", {"name": "N"}),
            "product_id": lambda: self._new("/v1/products", {"name": "N", "unit_price": "1"}),
            "table_id": lambda: self._new("/v1/tables", {"number": uuid4().hex[:6]}),
            "import_id": self._import,
            "notification_id": self._failed_text,
        }

    def user(self) -> dict[str, str]:
        """A new office user, with the password."""
        name = f"{uuid4().hex}@example.com"
        body = {"username": name, "password": PASSWORD, "name": "N", "role": "office_staff"}
        return {"id": self._new("/v1/users", body), "username": name, "password": PASSWORD}

    def _session(self) -> str:
        return str(Client(self.stack, "office_staff", self.kind).tokens["refresh_token"]).partition(".")[0]

    def credentials(self) -> dict[str, str]:
        """The credentials of a new user."""
        return {name: value for name, value in self.user().items() if name != "id"}

    def id_of(self, name: str) -> str:
        """An id for a parameter of a path, of something new."""
        made = self._made.get(name)
        return made() if made else IDS[name](self.api, self.business)

    def linked(self) -> dict[str, str]:
        """A text's links: the codes behind `tracking_url` and `opt_out_url`."""
        text = {"text": "{order_number} {tracking_url} {opt_out_url}"}
        assert self.boss.put(f"{NOTIFICATIONS}/templates/confirmed/zh-TW", text).status_code == 200
        order = self.boss.order(customer_phone="0987-654-321")
        self.boss.step(order["id"], "confirmed")
        url = self.stack.info["sms_inbox_url"]
        received = lambda: [each["message"] for each in inbox(url) if order["order_number"] in each["message"]]  # noqa: E731
        _, tracking, opt_out = eventually(received, "the text")[0].split()
        return {"tracking": tracking.rpartition("/")[2], "opt_out": opt_out.rpartition("/")[2]}

    def qr(self) -> str:
        """The QR code of a new table."""
        answer = self.boss.get(f"/v1/tables/{self.id_of('table_id')}/qr").json()
        return str(answer["qr"])

    def _new(self, path: str, body: dict[str, Any]) -> str:
        answer = self.boss.post(path, body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def _import(self) -> str:
        answer = self.boss.post("/v1/imports", {"kind": "customers", "file_name": "x.csv", "size": len(_FILE)})
        uploaded(answer.json()["upload"], _FILE)
        return str(answer.json()["id"])

    def checked_import(self, import_id: str) -> None:
        path = f"/v1/imports/{import_id}"
        assert self.boss.post(f"{path}/check").status_code == 202
        eventually(lambda: self.boss.get(path).json()["state"] == "checked", "the dry run")

    def _failed_text(self) -> str:
        url = self.stack.info["sms_inbox_url"]
        behave(url, mode="refuse")
        order = self.boss.order()
        self.boss.step(order["id"], "confirmed")
        query = {"order_id": order["id"], "status": "failed"}
        [row, *_] = eventually(lambda: self.boss.get(NOTIFICATIONS, **query).json()["items"], "the refused text")
        behave(url, mode="ok")
        return str(row["id"])

    def delivered(self, route_id: str) -> None:
        """Delivers all orders of the route."""
        BEFORE["POST", "/v1/routes/{route_id}/complete"](self.api, self.business, route_id)
        stops = self.boss.get(f"/v1/routes/{route_id}").json()["stops"]
        for stop in stops:
            path = f"/v1/orders/{stop['order_id']}"
            eventually(lambda path=path: self.boss.get(path).json()["status"] == "delivering", "the start")
            assert self.boss.step(stop["order_id"], "delivered").status_code == 200


def with_examples(document: Any, records: ExampleRecords, routes: list[Route]) -> dict[str, Any]:
    """A copy of the document that holds these routes only, with ids and bodies of the tenant of the records."""
    # The document's own examples have ids that do not exist.
    document = without_examples(document)
    received: dict[str, Any] = deepcopy(document)
    received["paths"] = {}
    for route in routes:
        operation = deepcopy(document["paths"][route.path][route.method.lower()])
        received["paths"].setdefault(route.path, {})[route.method.lower()] = operation
        here = _parts(records, route)
        query = QUERIES.get(route.path, {})
        for parameter in operation["parameters"]:
            name = parameter.get("name")
            if parameter.get("in") == "path":
                # No other values: a missing record answers only with 404.
                parameter["schema"] = {"enum": [here[name]]}
                parameter["example"] = here[name]
            elif name in query:
                parameter["example"] = query[name]
        if "requestBody" in operation:
            operation["requestBody"]["content"]["application/json"]["example"] = _body(records, route, here)
    return received


# The records of restaurants and delivering businesses; each sees other parts of them.
_OF_BOTH = ("/v1/orders", "/v1/products", "/v1/reports", "/v1/guests", "/v1/t/", "/v1/users", "/v1/realtime")
_OF_DRIVERS = ("/v1/orders/{order_id}/assign", "/v1/reports/drivers")


def routes_of(kind: str) -> list[Route]:
    """Those for a kind of business."""
    if kind == "delivery":
        return [route for route in ROUTES if not route.path.startswith(OF_RESTAURANTS)]
    both = OF_RESTAURANTS + _OF_BOTH
    return [route for route in ROUTES if route.path.startswith(both) and route.path not in _OF_DRIVERS]


def _parts(records: ExampleRecords, route: Route) -> Mapping[str, str]:
    key = route.method, route.path
    if route.path == "/v1/l/{code}":
        return {"code": records.linked()["tracking" if route.method == "GET" else "opt_out"]}
    if route.path == "/v1/t/{qr}":
        return {"qr": records.qr()} if records.kind == "table" else {"qr": "x"}
    here = {name: WORDS[name] if name in WORDS else records.id_of(name) for name in PARAMETER.findall(route.path)}
    if route.path == "/console/{page}":
        return {"page": "socket"}
    if key in _BEFORE:
        _BEFORE[key](records, *here.values())
    elif key in BEFORE:
        BEFORE[key](records.api, records.business, *here.values())
    return here


_BEFORE: dict[tuple[str, str], Callable[..., None]] = {
    ("POST", "/v1/routes/{route_id}/complete"): ExampleRecords.delivered,
    ("POST", "/v1/imports/{import_id}/commit"): ExampleRecords.checked_import,
    ("GET", "/v1/deliveries/{order_id}"): lambda records, order_id: under_way(
        records.api, records.business, order_id
    ),
}


def _body(records: ExampleRecords, route: Route, here: Mapping[str, str]) -> Any:
    key = route.method, route.path
    business = records.business
    if key == ("POST", "/v1/auth/login"):
        return records.credentials()
    if key == ("POST", "/v1/auth/refresh"):
        return {"refresh_token": Client(records.stack, "office_staff", records.kind).tokens["refresh_token"]}
    if key == ("POST", "/v1/guests/tracking"):
        return {"code": records.linked()["tracking"]} if records.kind == "delivery" else {"code": "x"}
    if key == ("POST", "/v1/guests/table"):
        return {"qr": records.qr() if records.kind == "table" else "x"}
    if key == ("POST", "/v1/deliveries/{order_id}/confirm"):
        pin = records.boss.get(f"/v1/deliveries/{here['order_id']}").json()["pin"]
        return {"confirmation_type": "pin", "pin": pin}
    if key in {("POST", "/v1/routes"), ("PUT", "/v1/routes/{route_id}/stops")}:
        return WITH_FIELD[*key, "stops.*.order_id"](records.api, business)
    if key == ("POST", "/v1/orders") and records.kind == "table":
        return {"items": [{"menu_item_id": business.products[0].id, "quantity": 1}], "table_number": "A1"}
    return BODIES[key](business)
