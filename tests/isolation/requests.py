"""For each route a valid request of a tenant: its ids and its body. The isolation tests fail if a new route is
missing here.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from chalicelib.auth.sessions import open_session
from chalicelib.core.clock import local_day, now, wire
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from chalicelib.sms.queueing import queue_sms
from tests.api_client import ApiClient
from tests.displays import display_token
from tests.factories import PASSWORD, Business, order_body
from tests.imports.files import brought, csv_file
from tests.routes.rounds import confirmed, planned
from tests.sms.fakes import make_order

# Without a token on purpose: signing in, health, links, providers' receipts, the documentation, the console.
PUBLIC: Final = {
    ("POST", "/v1/auth/login"),
    ("POST", "/v1/auth/refresh"),
    ("GET", "/v1/health"),
    ("GET", "/v1/health/websocket"),
    ("GET", "/v1/health/notifications"),
    ("GET", "/v1/l/{code}"),
    ("POST", "/v1/l/{code}"),
    ("GET", "/v1/receipts/mitake/{code}"),
    ("POST", "/v1/guests/tracking"),
    ("POST", "/v1/guests/table"),
    ("GET", "/v1/t/{qr}"),
    ("GET", "/v1/openapi.json"),
    ("GET", "/v1/docs"),
    ("GET", "/console"),
    ("GET", "/console/{page}"),
}

# Path parameters that name no record of a tenant.
WORDS: Final[Mapping[str, str]] = {
    "status": "confirmed",
    "language": "zh-TW",
    "code": "ABCDEFGHJKMN",
    "qr": "x",
    "page": "x",
}

# Of restaurants only.
OF_RESTAURANTS: Final = ("/v1/tables", "/v1/menu", "/v1/opening-hours")


def _order(api: ApiClient, business: Business) -> str:
    order_id: str = api.post("/v1/orders", order_body(business), as_=business.staff).body["id"]
    return order_id


def _notification(api: ApiClient, business: Business) -> str:
    order = make_order(business.tenant)
    order.save()
    row = queue_sms(order, business.tenant, "corr-1")
    assert row is not None
    row.update(row.becomes("failed"))
    return str(row.id)


def _customer(api: ApiClient, business: Business) -> str:
    assert business.customer is not None
    return str(business.customer.id)


def _template(api: ApiClient, business: Business) -> str:
    template_id: str = api.post("/v1/order-templates", _recurring(business), as_=business.staff).body["id"]
    return template_id


def _recurring(business: Business) -> dict[str, Any]:
    assert business.customer is not None
    items = [{"product_id": business.products[0].id, "quantity": 1}]
    return {"customer_id": business.customer.id, "items": items, "rule": {"every_days": 30}}


def _planned(business: Business) -> dict[str, Any]:
    """A day without orders, which needs no call to the solver."""
    vehicle = {"driver_id": business.driver.id, "start_at": "2026-11-25T08:00:00+08:00"}
    return {"date": "2026-11-25", "depot": {"latitude": 25.04, "longitude": 121.55}, "vehicles": [vehicle]}


def _table(api: ApiClient, business: Business) -> str:
    answer = api.post("/v1/tables", {"number": "A1"}, as_=business.staff)
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def session_of(user: User) -> str:
    """Another sign-in of the user; its id."""
    pair = open_session(Tenant.get(user.tenant_id), user, signed_in_at=now())
    return pair.refresh_token.partition(".")[0]


# Per parameter of a path: something that a business has.
IDS: Final[Mapping[str, Callable[[ApiClient, Business], str]]] = {
    "customer_id": _customer,
    "driver_id": lambda _, business: str(business.driver.id),
    "product_id": lambda _, business: str(business.products[0].id),
    "user_id": lambda _, business: str(business.staff.id),
    "order_id": _order,
    "notification_id": _notification,
    "table_id": _table,
    "token_id": lambda api, business: str(display_token(api, business)["id"]),
    "session_id": lambda _, business: session_of(business.staff),
    "import_id": lambda api, business: brought(api, business.admin, "customers", csv_file(("name",), ("N",))),
    "template_id": _template,
    "route_id": lambda api, business: str(planned(api, business)["id"]),
}


def of_kind(name: str, business: Business) -> bool:
    """Whether a business of this kind has such a thing."""
    both = {"order_id", "product_id", "session_id", "token_id", "user_id"}
    return name in (both | {"table_id"} if business.tenant.kind == "table" else IDS.keys() - {"table_id"})


def _step(api: ApiClient, business: Business, order_id: str, status: str) -> None:
    answer = api.post(f"/v1/orders/{order_id}/status", {"status": status}, as_=business.staff)
    assert answer.status == 200, answer.body


def under_way(api: ApiClient, business: Business, order_id: str) -> None:
    _step(api, business, order_id, "confirmed")
    answer = api.post(f"/v1/orders/{order_id}/assign", {"driver_id": business.driver.id}, as_=business.staff)
    assert answer.status == 200, answer.body
    _step(api, business, order_id, "delivering")


def _given_to_a_driver(api: ApiClient, business: Business, route_id: str) -> None:
    api.post(f"/v1/routes/{route_id}/assign", {"driver_id": business.driver.id}, as_=business.staff)


def _driven(api: ApiClient, business: Business, route_id: str) -> None:
    _given_to_a_driver(api, business, route_id)
    api.post(f"/v1/routes/{route_id}/start", {}, as_=business.staff)


# The preparation of requests that need one to succeed.
BEFORE: Final[Mapping[tuple[str, str], Callable[[ApiClient, Business, str], None]]] = {
    ("POST", "/v1/orders/{order_id}/assign"): lambda api, business, order_id: _step(
        api, business, order_id, "confirmed"
    ),
    ("POST", "/v1/deliveries/{order_id}/confirm"): under_way,
    ("POST", "/v1/deliveries/{order_id}/qr"): under_way,
    ("POST", "/v1/deliveries/{order_id}/uploads"): under_way,
    ("POST", "/v1/routes/{route_id}/start"): _given_to_a_driver,
    ("POST", "/v1/routes/{route_id}/complete"): _driven,
    ("GET", "/v1/routes/{route_id}"): _given_to_a_driver,
}


# Requests that need more than a valid id: the code of the refusal for the rest.
REFUSED: Final = {
    ("POST", "/v1/deliveries/{order_id}/confirm"): "pin_wrong",
    ("POST", "/v1/imports/{import_id}/commit"): "import_not_ready",
    ("POST", "/v1/routes/{route_id}/complete"): "stops_open",
    ("PUT", "/v1/routes/{route_id}/stops"): "invalid",
}

BODIES: Final[Mapping[tuple[str, str], Callable[[Business], Any]]] = {
    ("POST", "/v1/auth/login"): lambda _: {"username": "x@example.com", "password": PASSWORD},
    ("POST", "/v1/auth/refresh"): lambda _: {"refresh_token": "x"},
    ("POST", "/v1/auth/totp/start"): lambda _: {"current_password": PASSWORD},
    ("POST", "/v1/auth/totp/confirm"): lambda _: {"code": "123456"},
    ("POST", "/v1/auth/totp/remove"): lambda _: {"current_password": PASSWORD, "code": "123456"},
    ("POST", "/v1/auth/password"): lambda _: {"current_password": PASSWORD, "new_password": PASSWORD + "!"},
    ("POST", "/v1/customers"): lambda _: {"name": "N"},
    ("PATCH", "/v1/customers/{customer_id}"): lambda _: {"name": "M"},
    ("POST", "/v1/drivers"): lambda _: {"name": "N"},
    ("PATCH", "/v1/drivers/{driver_id}"): lambda _: {"name": "M"},
    ("POST", "/v1/drivers/me/location"): lambda _: {
        "latitude": 25.03,
        "longitude": 121.56,
        "timestamp": wire(now()),
    },
    ("POST", "/v1/products"): lambda _: {"name": "N", "unit_price": "1"},
    ("PATCH", "/v1/products/{product_id}"): lambda _: {"name": "M"},
    ("POST", "/v1/orders"): order_body,
    ("POST", "/v1/order-templates"): _recurring,
    ("PATCH", "/v1/order-templates/{template_id}"): lambda _: {"notes": "x"},
    ("PATCH", "/v1/orders/{order_id}"): lambda _: {"notes": "x"},
    ("POST", "/v1/orders/{order_id}/status"): lambda _: {"status": "confirmed"},
    ("POST", "/v1/orders/{order_id}/assign"): lambda business: {"driver_id": business.driver.id},
    ("POST", "/v1/deliveries/{order_id}/confirm"): lambda _: {"confirmation_type": "pin", "pin": "000000"},
    ("POST", "/v1/deliveries/{order_id}/qr"): lambda _: {},
    ("POST", "/v1/deliveries/{order_id}/uploads"): lambda _: {"kind": "photo", "content_type": "image/png"},
    ("POST", "/v1/guests/tracking"): lambda _: {"code": "ABCDEFGHJKMN"},
    ("POST", "/v1/guests/table"): lambda _: {"qr": "x"},
    ("PUT", "/v1/opening-hours"): lambda _: {"weekly": None},
    ("POST", "/v1/orders/{order_id}/payment"): lambda _: {"payment_status": "paid"},
    ("POST", "/v1/routes"): lambda _: {"date": "2026-11-25", "stops": [{"order_id": "x"}]},
    ("PATCH", "/v1/routes/{route_id}"): lambda _: {"name": "x"},
    ("PUT", "/v1/routes/{route_id}/stops"): lambda _: {"stops": [{"order_id": "x"}], "version": 1},
    ("POST", "/v1/routes/{route_id}/assign"): lambda business: {"driver_id": business.driver.id},
    ("POST", "/v1/routes/{route_id}/start"): lambda _: {},
    ("POST", "/v1/routes/{route_id}/complete"): lambda _: {},
    ("POST", "/v1/routes/{route_id}/cancel"): lambda _: {},
    ("POST", "/v1/routes/optimize"): _planned,
    ("POST", "/v1/tables"): lambda _: {"number": "B2"},
    ("PATCH", "/v1/tables/{table_id}"): lambda _: {"seats": 4},
    ("POST", "/v1/display-tokens"): lambda _: {"name": "x"},
    ("POST", "/v1/imports"): lambda _: {"kind": "customers", "file_name": "x.csv", "size": 10},
    ("POST", "/v1/realtime/publish"): lambda _: {"channel": "system", "type": "alert", "data": {}},
    ("POST", "/v1/realtime/users/{user_id}/send"): lambda _: {"type": "alert", "data": {}},
    ("POST", "/v1/realtime/seen"): lambda business: {"channel": f"user:{business.admin.id}", "cursor": 1},
    ("PUT", "/v1/notifications/templates/{status}/{language}"): lambda _: {"text": "x"},
    ("POST", "/v1/notifications/preview"): lambda _: {"text": "x"},
    ("PATCH", "/v1/notifications/settings"): lambda _: {"language": "en"},
    ("POST", "/v1/users"): lambda _: {
        "username": "new@example.com",
        "password": PASSWORD,
        "name": "N",
        "role": "office_staff",
    },
    ("PATCH", "/v1/users/{user_id}"): lambda _: {"name": "M"},
}

# As many days as a report may have, around today, so that it contains a test's records also at midnight.
_DAYS: Final = {
    "from": local_day(now() - timedelta(days=45), "Asia/Taipei"),
    "to": local_day(now() + timedelta(days=46), "Asia/Taipei"),
}


def _lines(business: Business, field: str) -> dict[str, Any]:
    return {"items": [{field: business.products[0].id, "quantity": 1}]}


def _user(**values: str) -> dict[str, Any]:
    return {"username": "new@example.com", "password": PASSWORD, "name": "N", **values}


def _stops(api: ApiClient, business: Business) -> dict[str, Any]:
    return {"stops": [{"order_id": confirmed(api, business)}]}


def _with_window(api: ApiClient, business: Business) -> dict[str, Any]:
    body = order_body(business, scheduled_date="2026-11-25")
    order_id = api.post("/v1/orders", body, as_=business.staff).body["id"]
    return {
        **_planned(business),
        "order_ids": [order_id],
        "time_windows": [{"order_id": order_id, "from": "2026-11-25T09:00:00+08:00"}],
    }


def _fewer(business: Business, field: str) -> dict[str, Any]:
    # Another user's order is more expensive.
    return {**_lines(business, field), "reason": "x"}


# Good bodies that hold an id in a field which those above leave out. `*` is any of a list.
WITH_FIELD: Final[Mapping[tuple[str, str, str], Callable[[ApiClient, Business], Any]]] = {
    ("POST", "/v1/orders", "items.*.menu_item_id"): lambda _, business: order_body(
        business, **_lines(business, "menu_item_id")
    ),
    ("POST", "/v1/orders", "template_id"): lambda api, business: order_body(
        business, template_id=_template(api, business)
    ),
    ("PATCH", "/v1/orders/{order_id}", "items.*.product_id"): lambda _, business: _fewer(business, "product_id"),
    ("PATCH", "/v1/orders/{order_id}", "items.*.menu_item_id"): lambda _, business: _fewer(
        business, "menu_item_id"
    ),
    ("PATCH", "/v1/order-templates/{template_id}", "items.*.product_id"): lambda _, business: _lines(
        business, "product_id"
    ),
    ("POST", "/v1/routes", "stops.*.order_id"): lambda api, business: {
        "date": "2026-11-25",
        **_stops(api, business),
    },
    ("PUT", "/v1/routes/{route_id}/stops", "stops.*.order_id"): lambda api, business: {
        **_stops(api, business),
        "version": 1,
    },
    ("POST", "/v1/routes/optimize", "order_ids.*"): _with_window,
    ("POST", "/v1/routes/optimize", "time_windows.*.order_id"): _with_window,
    ("POST", "/v1/notifications/preview", "order_id"): lambda api, business: {
        "text": "x",
        "order_id": _order(api, business),
    },
    ("POST", "/v1/users", "driver_id"): lambda _, business: _user(role="driver", driver_id=business.driver.id),
    ("POST", "/v1/users", "customer_id"): lambda api, business: _user(
        role="customer", customer_id=_customer(api, business)
    ),
    ("PATCH", "/v1/users/{user_id}", "driver_id"): lambda _, business: {
        "role": "driver",
        "driver_id": business.driver.id,
    },
    ("PATCH", "/v1/users/{user_id}", "customer_id"): lambda api, business: {
        "role": "customer",
        "customer_id": _customer(api, business),
    },
}

QUERIES: Final[Mapping[str, Mapping[str, str]]] = {
    "/v1/events": {"channel": "system", "since": "0"},
    **{f"/v1/reports/{name}": _DAYS for name in ("orders-by-status", "drivers", "sales", "notifications")},
}
