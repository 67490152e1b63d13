"""The main job on a real local stack: sockets, functions, streams, queue and gateway, nothing in process."""

import json
from typing import Any

import pytest
import requests
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.e2e.client import Client, eventually
from tests.e2e.stack import LocalStack
from tests.patience import SECONDS

DELIVERY_WAY = ("delivering", "arriving", "arrived", "delivered")


def texts(stack: LocalStack, order_number: str) -> list[dict[str, Any]]:
    inbox = requests.get(
        stack.info["sms_inbox_url"], headers={"Accept": "application/json"}, timeout=SECONDS
    ).json()
    return [text for text in inbox if order_number in text["message"]]


def test_an_order_is_delivered_and_everybody_knows(stack: LocalStack) -> None:
    office, driver = Client(stack, "office_staff"), Client(stack, "driver")
    driver_id = driver.get("/v1/auth/me").json()["driver_id"]
    with office.listen() as board, driver.listen(client="driver") as phone:
        order = office.order(customer_phone="0912-345-678")
        assert board.until("order_created")["data"] == order
        office.step(order["id"], "confirmed")
        board.until("order_status_changed", order_id=order["id"], status="confirmed")
        office.post(f"/v1/orders/{order['id']}/assign", {"driver_id": driver_id})
        phone.until("order_status_changed", order_id=order["id"], status="assigned")
        assert phone.until("notification", title="新訂單")["data"]["action"] == {
            "type": "view_order",
            "order_id": order["id"],
        }
        for status in DELIVERY_WAY:
            assert driver.step(order["id"], status).status_code == 200
            board.until("order_status_changed", order_id=order["id"], status=status)
            phone.until("order_status_changed", order_id=order["id"], status=status)
    sent = eventually(
        lambda: (found := texts(stack, order["order_number"])) and len(found) == 3 and found, "three texts"
    )
    assert {text["phone"] for text in sent} == {"+886912345678"}

    def health() -> dict[str, Any]:
        answer: dict[str, Any] = office.get("/v1/health/notifications").json()
        return answer

    # The telephone has a text a moment before it is written down as sent.
    eventually(lambda: health()["sent_today"] >= 3, "three texts counted")
    assert "http" in health()["sms_provider"].split(",")


def test_a_restaurant_and_a_gas_business_receive_no_events_of_each_other(stack: LocalStack) -> None:
    gas, restaurant = Client(stack, "office_staff"), Client(stack, "office_staff", "table")
    with gas.listen() as gas_board, restaurant.listen(format="standard") as kitchen:
        delivery = gas.order()
        meal = restaurant.order(table_number="A1")
        for status in ("confirmed", "preparing", "ready", "served", "completed"):
            assert restaurant.step(meal["id"], status).status_code == 200
            kitchen.until("order_status_changed", status=status)
        gas.step(delivery["id"], "confirmed")
        gas_board.until("order_status_changed", status="confirmed")
        # Everything of the other was published before these answers, so none of it is still on its way.
        for listener, own in ((gas_board, delivery), (kitchen, meal)):
            listener.send({"type": "ping"})
            listener.until("pong")
            events = [message["data"] for message in listener.received if message["type"].startswith("order")]
            assert {event.get("order_id", event.get("id")) for event in events} == {own["id"]}
    assert restaurant.get(f"/v1/orders/{delivery['id']}").status_code == 404
    assert texts(stack, meal["order_number"]) == []


@pytest.mark.parametrize("query", ["", "?token=", "?token=nonsense"])
def test_the_handshake_is_refused_with_401_without_a_good_token(stack: LocalStack, query: str) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(stack.info["websocket_url"] + query):
        pass
    assert refused.value.response.status_code == 401


def test_the_handshake_is_refused_with_403_for_a_client_that_does_not_fit(stack: LocalStack) -> None:
    driver = Client(stack, "driver")
    with pytest.raises(InvalidStatus) as refused, driver.listen(client="office"):
        pass
    assert refused.value.response.status_code == 403


def test_signs_of_life_and_nonsense_are_answered_on_an_open_socket(stack: LocalStack) -> None:
    with Client(stack, "office_staff").listen() as listener:
        listener.send({"type": "heartbeat", "ref": "1"})
        assert listener.until("heartbeat")["ref"] == "1"
        for nonsense, code in (("{", "malformed_json"), ({"type": "x"}, "unknown_type")):
            listener.send(nonsense)
            assert listener.until("error")["code"] == code
        listener.send(b"\x00\x01")
        assert listener.until("error")["code"] == "binary_not_supported"
        listener.send({"type": "ping"})
        listener.until("pong")


def test_a_connection_that_closes_is_deleted(stack: LocalStack) -> None:
    office = Client(stack, "office_staff")

    def connections() -> int:
        count: int = office.get("/v1/health/websocket").json()["connections"]
        return count

    with office.listen(), office.listen():
        before = connections()
        assert before >= 2
    eventually(lambda: connections() <= before - 2, "two connections fewer")


def test_refusals_are_problem_documents(stack: LocalStack) -> None:
    office = Client(stack, "office_staff")
    order = office.order()
    illegal = office.step(order["id"], "delivered")
    unknown = requests.get(stack.info["rest_url"] + "/v1/nothing", timeout=SECONDS)
    for answer, status, code in (
        (illegal, 409, "illegal_transition"),
        (office.get("/v1/orders/unknown"), 404, "not_found"),
        (office.get("/v1/users"), 403, "forbidden"),
        (office.post("/v1/orders", {"items": []}), 422, "invalid"),
        (unknown, 404, "not_found"),
    ):
        assert answer.status_code == status, answer.text
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.json()["code"] == code
    assert illegal.json()["allowed"] == ["confirmed", "cancelled"]


def test_a_repeat_under_an_idempotency_key_makes_one_order(stack: LocalStack) -> None:
    office = Client(stack, "office_staff")
    body = {"customer_name": "重複", "address": "x", "items": [{"name": "x", "quantity": 1, "unit_price": "1"}]}
    headers = {"Idempotency-Key": "e2e-repeat"}
    first, again = (office.post("/v1/orders", body, headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.headers["Location"] == again.headers["Location"]


def test_signing_out_ends_the_session_everywhere(stack: LocalStack) -> None:
    caller = Client(stack, "driver", which=2)
    assert caller.post("/v1/auth/logout").status_code == 204
    assert caller.get("/v1/auth/me").status_code == 401
    refresh = caller.post("/v1/auth/refresh", {"refresh_token": caller.tokens["refresh_token"]})
    assert refresh.status_code == 401
    with pytest.raises(InvalidStatus) as refused, caller.listen():
        pass
    assert refused.value.response.status_code == 401


def test_the_logs_show_the_way_of_one_order_under_one_correlation_id(stack: LocalStack) -> None:
    office = Client(stack, "office_staff")
    with office.listen() as board:
        order = office.order()
        headers = {"X-Correlation-Id": "way-of-one-order"}
        office.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed"}, headers)
        board.until("order_status_changed", order_id=order["id"])

    def way() -> set[str] | None:
        lines = stack.output.read_text().splitlines()
        words = {word for line in lines if "way-of-one-order" in line for word in line.split()}
        expected = {"request_done", "fan_out_done", "sms_queued", "sms_sent"}
        return expected if expected <= words else None

    eventually(way, "request, broadcast and text in the logs")
    assert "912345678" not in stack.output.read_text().replace(json.dumps(stack.info["logins"]), "")


def test_a_provider_that_is_down_affects_no_other_and_sends_once_when_it_works_again(stack: LocalStack) -> None:
    office = Client(stack, "office_staff")
    sms = stack.info["sms_inbox_url"]
    requests.post(f"{sms}/behave", json={"mode": "fail", "status": 503, "count": 2}, timeout=SECONDS)
    with office.listen() as board:
        order = office.order()
        assert office.step(order["id"], "confirmed").status_code == 200
        board.until("order_status_changed", order_id=order["id"], status="confirmed")
    eventually(lambda: texts(stack, order["order_number"]), "the text, once the provider was back")
    assert len(texts(stack, order["order_number"])) == 1
