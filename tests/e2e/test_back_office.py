"""An import, a guest at a table, and a delivery with its proof, on a real local stack."""

from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.deliveries.doors import PICTURE
from tests.e2e.client import Client, eventually
from tests.e2e.stack import LocalStack
from tests.patience import SECONDS


def uploaded(form: dict[str, Any], content: bytes, content_type: str = "text/csv") -> None:
    """As a browser posts a file with a signed form."""
    files = {"file": ("file", content, content_type)}
    answer = requests.post(form["url"], data=form["fields"], files=files, timeout=SECONDS)
    assert answer.status_code in (200, 201, 204), answer.text


def test_customers_move_over_from_a_big5_file(stack: LocalStack) -> None:
    office = Client(stack, "office_staff")
    street = f"搬家路{uuid4().hex[:6]}號"
    rows = "\r\n".join(f"客戶{n},0987-654-{n:03},{street}" for n in range(20))
    content = f"姓名,電話,地址\r\n{rows}\r\n".encode("big5")
    created = office.post("/v1/imports", {"kind": "customers", "file_name": "客戶.csv", "size": len(content)})
    assert created.status_code == 201, created.text
    uploaded(created.json()["upload"], content)
    path = f"/v1/imports/{created.json()['id']}"
    assert office.post(f"{path}/check").status_code == 202
    checked = eventually(lambda: (now := office.get(path).json())["state"] != "checking" and now, "the dry run")
    assert (checked["state"], checked["rows"]["total"], checked["encoding"]) == ("checked", 20, "big5")
    assert office.get("/v1/customers", q=street).json()["items"] == [], "a dry run writes nothing"
    assert office.post(f"{path}/commit").status_code == 202
    eventually(lambda: office.get(path).json()["state"] == "done", "the commit")
    assert len(office.get("/v1/customers", q=street).json()["items"]) == 20


def test_a_guest_orders_at_a_table_and_follows_it(stack: LocalStack) -> None:
    kitchen = Client(stack, "office_staff", "table")
    table = kitchen.post("/v1/tables", {"number": f"T{uuid4().hex[:6]}"}).json()
    code = kitchen.get(f"/v1/tables/{table['id']}/qr").json()
    assert requests.get(code["url"], timeout=SECONDS).status_code == 200, "what a phone's camera opens"
    seat = requests.post(
        f"{stack.info['rest_url']}/v1/guests/table", json={"qr": code["qr"]}, timeout=SECONDS
    ).json()
    guest = Guest(stack, seat["access_token"])
    [section, *_] = guest.get("/v1/menu").json()["sections"]
    with kitchen.listen() as dashboard, guest.listen() as phone:
        body = {"items": [{"menu_item_id": section["items"][0]["id"], "quantity": 2}]}
        order = guest.post("/v1/orders", body)
        assert order.status_code == 201, order.text
        shown = dashboard.until("order_created")["order"]
        assert (shown["id"], shown["table_number"]) == (order.json()["id"], table["number"])
        phone.send({"type": "subscribe", "channel": f"order:{shown['id']}", "since": 0})
        phone.until("subscribed")
        assert kitchen.step(shown["id"], "confirmed").status_code == 200
        received = phone.until("order_status_changed")
        assert received["order"]["status"] == "confirmed"
        assert "customer_name" not in received["order"]
    assert guest.get("/v1/users").status_code == 403


@pytest.mark.parametrize("proof", ["pin", "photo"])
def test_a_delivery_is_confirmed_with_its_proof(stack: LocalStack, proof: str) -> None:
    office, driver = Client(stack, "office_staff"), Client(stack, "driver")
    order_id = office.order()["id"]
    assert office.step(order_id, "confirmed").status_code == 200
    me = driver.get("/v1/auth/me").json()["driver_id"]
    assert office.post(f"/v1/orders/{order_id}/assign", {"driver_id": me}).status_code == 200
    assert driver.step(order_id, "delivering").status_code == 200
    path = f"/v1/deliveries/{order_id}"
    body = {"confirmation_type": proof, "empties_back": 1}
    if proof == "pin":
        body["pin"] = office.get(path).json()["pin"]
        assert driver.get(path).json()["pin"] is None
    else:
        form = driver.post(f"{path}/uploads", {"kind": "photo", "content_type": "image/png"}).json()
        uploaded(form, PICTURE, "image/png")
        body["upload_key"] = form["upload_key"]
    confirmed = driver.post(f"{path}/confirm", body)
    assert (confirmed.status_code, driver.post(f"{path}/confirm", body).status_code) == (200, 200), confirmed.text
    attempt = eventually(
        lambda: (now := office.get(path).json()["attempts"]) and now[-1]["outcome"] == "delivered" and now[-1],
        "the attempt's end",
    )
    assert (attempt["proof"]["confirmation_type"], attempt["proof"]["verified"]) == (proof, True)


class Guest(Client):
    """A client with a guest's token."""

    def __init__(self, stack: LocalStack, token: str) -> None:
        self._rest, self._websocket = stack.info["rest_url"], stack.info["websocket_url"]
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {token}"
        self._default_format = "restaurant"
        self.tokens = {"access_token": token}
