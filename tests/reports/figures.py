"""Orders and SMS for reports, and requests of reports."""

import csv
import io
from typing import Any

from chalicelib.models.notification import Notification, status_key
from chalicelib.models.order import Order
from chalicelib.models.product import Product
from tests.api_client import ApiClient
from tests.factories import Business, order_body

DAY, NEXT = "2026-11-22", "2026-11-23"
RANGE = {"from": DAY, "to": NEXT}
REPORTS = ("orders-by-status", "drivers", "sales", "notifications")


def order(api: ApiClient, gas: Business, day: str = DAY, status: str = "delivered", **values: Any) -> str:
    """An order of a day that has come to a status; values: of the row, or of the body."""
    row: dict[str, str] = {name: values.pop(name) for name in ("payment_status", "driver_id") if name in values}
    created = api.post("/v1/orders", order_body(gas, scheduled_date=day, **values), as_=gas.staff)
    assert created.status == 201, created.body
    row["status"] = status
    actions = [getattr(Order, name).set(value) for name, value in row.items()]
    Order(gas.tenant.id, created.body["id"]).update(actions)
    order_id: str = created.body["id"]
    return order_id


def line(product: Product, quantity: int = 1) -> dict[str, Any]:
    return {"product_id": product.id, "quantity": quantity}


def text(gas: Business, at: str, status: str) -> None:
    Notification(
        gas.tenant.id,
        f"{at}.{status}",
        order_id="o",
        order_number="n",
        template="confirmed",
        language="zh-TW",
        content="內容",
        segments=1,
        status=status,
        status_key=status_key(status, at),
        queued_at=0,
        idempotency_key="k",
        receipt_code="r",
        correlation_id="c",
        created_at=at,
        updated_at=at,
    ).save()


def report(api: ApiClient, who: Business, name: str, **query: str) -> Any:
    answer = api.get(f"/v1/reports/{name}", as_=who.staff, query=query)
    assert answer.status == 200, answer.body
    return answer.body


def rows_of(api: ApiClient, gas: Business, name: str, query: dict[str, str]) -> tuple[list[list[str]], Any]:
    """A report's CSV, read, and its headers."""
    target = f"/v1/reports/{name}?" + "&".join(f"{k}={v}" for k, v in {**query, "format": "csv"}.items())
    answer = api.page("GET", target, {"Authorization": f"Bearer {api.token(gas.staff)}"})
    assert answer.status_code == 200, answer.body
    body = answer.body.decode("utf-8")
    assert body.startswith("\ufeff")
    return list(csv.reader(io.StringIO(body[1:]))), answer.headers
