"""Orders on the way, and proofs of delivery."""

from typing import Any, Final

from chalicelib.core import aws
from chalicelib.core.settings import settings
from tests.api_client import Answer, ApiClient
from tests.factories import Business, order_body

WAY = ("confirmed", "assigned", "delivering")
# Bytes with the beginning and the length of a PNG file.
PICTURE: Final = b"\x89PNG\r\n\x1a\n" + bytes(300)


def on_the_way(api: ApiClient, gas: Business, **values: Any) -> str:
    """A new order that its driver has gone out with; its id."""
    answer = api.post("/v1/orders", order_body(gas, **values), as_=gas.staff)
    assert answer.status == 201, answer.body
    order_id: str = answer.body["id"]
    go_out(api, gas, order_id)
    return order_id


def go_out(api: ApiClient, gas: Business, order_id: str) -> None:
    """From `pending` or after a failure to `delivering`."""
    assert step(api, gas, order_id, "confirmed").status == 200
    body = {"driver_id": gas.driver.id}
    assert api.post(f"/v1/orders/{order_id}/assign", body, as_=gas.staff).status == 200
    assert step(api, gas, order_id, "delivering").status == 200


def step(api: ApiClient, gas: Business, order_id: str, status: str, **values: Any) -> Answer:
    """One step by staff."""
    return api.post(f"/v1/orders/{order_id}/status", {"status": status, **values}, as_=gas.staff)


def qr_of(api: ApiClient, gas: Business, order_id: str, **values: Any) -> str:
    """A QR of the order, as the office makes it."""
    answer = api.post(f"/v1/deliveries/{order_id}/qr", values, as_=gas.staff)
    assert answer.status == 200, answer.body
    text: str = answer.body["qr"]
    return text


def pin_of(api: ApiClient, gas: Business, order_id: str) -> str:
    """The PIN that the customer receives."""
    pin: str = delivery(api, gas, order_id)["pin"]
    return pin


def other_pin(pin: str) -> str:
    """One that is wrong."""
    return f"{(int(pin) + 1) % 1_000_000:06}"


def uploaded(api: ApiClient, gas: Business, order_id: str, kind: str) -> str:
    """The key of a picture that the driver's phone has uploaded."""
    new = {"kind": kind, "content_type": "image/png"}
    answer = api.post(f"/v1/deliveries/{order_id}/uploads", new, as_=gas.driver_user)
    assert answer.status == 201, answer.body
    key: str = answer.body["upload_key"]
    aws.client("s3").put_object(Bucket=settings().proof_bucket, Key=key, Body=PICTURE)
    return key


def confirm(api: ApiClient, gas: Business, order_id: str, confirmation_type: str, **values: Any) -> Answer:
    """The driver's confirmation."""
    body = {"confirmation_type": confirmation_type, **values}
    return api.post(f"/v1/deliveries/{order_id}/confirm", body, as_=gas.driver_user)


def delivery(api: ApiClient, gas: Business, order_id: str) -> Any:
    """An order's attempts, as staff see them."""
    answer = api.get(f"/v1/deliveries/{order_id}", as_=gas.staff)
    assert answer.status == 200, answer.body
    return answer.body
