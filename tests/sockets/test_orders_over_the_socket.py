"""`order_update`, `delivery.confirmed`, `authenticate`: the same rules and codes as over REST."""

from typing import Any

import pytest

from chalicelib.auth.sessions import open_session, revoke
from chalicelib.auth.tokens import verify_access_token
from chalicelib.core.clock import epoch, now, wire
from chalicelib.models.connection import Connection
from tests.deliveries.doors import confirm, delivery, qr_of
from tests.factories import Business
from tests.journeys.test_order_to_everyone import new_order, step
from tests.sockets.test_subscribe import sent
from tests.world import World


def assigned(world: World, gas: Business) -> dict[str, Any]:
    order = new_order(world, gas)
    step(world, gas, order["id"], "confirmed")
    step(world, gas, order["id"], "assigned")
    return order


def status(world: World, gas: Business, order_id: str) -> str:
    found: str = world.api.get(f"/v1/orders/{order_id}", as_=gas.staff).body["status"]
    return found


def test_a_driver_moves_their_order_over_the_socket(world: World, gas: Business) -> None:
    order = assigned(world, gas)
    driver = world.connect(gas.driver_user)
    update = {"type": "order_update", "order_id": order["id"], "status": "delivering", "ref": 1}
    answer = sent(world, driver, update)
    assert answer == {
        "type": "order_update_accepted",
        "order_id": order["id"],
        "status": "delivering",
        "version": 4,
        "ref": 1,
    }
    world.deliver()
    assert world.received(driver, "order_status_changed")[-1]["data"]["status"] == "delivering"


def test_a_confirmed_delivery_is_delivered(world: World, gas: Business) -> None:
    order = assigned(world, gas)
    step(world, gas, order["id"], "delivering")
    driver = world.connect(gas.driver_user)
    confirmation = {
        "type": "delivery.confirmed",
        "order_id": order["id"],
        "confirmed_at": (at := wire(now())),
        "confirmation_type": "qr_code",
        "cylinder_serial": "TW-20-000123",
        "qr": qr_of(world.api, gas, order["id"]),
    }
    answer = sent(world, driver, confirmation)
    assert (answer["type"], answer["status"]) == ("delivery.confirmed_accepted", "delivered")
    assert sent(world, driver, confirmation) == answer, "a repeat answers the same"
    rest = {name: value for name, value in confirmation.items() if name not in ("type", "order_id")}
    assert confirm(world.api, gas, order["id"], **rest).status == 200, "also over REST"
    history = world.api.get(f"/v1/orders/{order['id']}", as_=gas.staff).body["history"]
    assert "TW-20-000123" in history[-1]["reason"]
    [attempt] = delivery(world.api, gas, order["id"])["attempts"]
    assert attempt["proof"]["confirmed_at"] == at


def test_a_driver_of_the_older_vocabulary_is_believed_and_it_shows(world: World, gas: Business) -> None:
    order = assigned(world, gas)
    step(world, gas, order["id"], "delivering")
    driver = world.connect(gas.driver_user)
    confirmation = {
        "order_id": order["id"],
        "confirmed_at": wire(now()),
        "confirmation_type": "qr_code",
    }
    answer = sent(world, driver, {"type": "delivery.confirmed", **confirmation})
    assert (answer["type"], answer["status"]) == ("delivery.confirmed_accepted", "delivered")
    assert sent(world, driver, {"type": "delivery.confirmed", **confirmation}) == answer, (
        "a repeat answers the same"
    )
    [attempt] = delivery(world.api, gas, order["id"])["attempts"]
    assert (attempt["proof"]["confirmation_type"], attempt["proof"]["verified"]) == ("qr_code", False)
    refused = confirm(world.api, gas, order["id"], confirmation_type="qr_code")
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "qr"), "over REST it takes the QR"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"confirmation_type": "qr_code", "qr": "x.y"}, "qr_invalid"),
        ({"confirmation_type": "pin", "pin": "0000"}, "pin_wrong"),
        ({"confirmation_type": "signature", "upload_key": "elsewhere"}, "upload_invalid"),
        ({"confirmation_type": "signature", "upload_key": "x", "confirmed_at": "2026-11-22T05:00:00"}, "invalid"),
        ({"confirmation_type": "pin", "pin": "0000", "confirmed_at": "0001-01-01T00:00:00+08:00"}, "invalid"),
        ({"confirmation_type": "pin", "pin": "0000", "confirmed_at": "9999-12-31T23:59:59-08:00"}, "invalid"),
        ({"confirmation_type": "pin", "pin": "0000", "customer_id": "somebody-else"}, "invalid"),
    ],
)
def test_a_proof_that_rest_refuses_is_refused_with_the_same_code(
    world: World, gas: Business, values: dict[str, str], code: str
) -> None:
    order = assigned(world, gas)
    step(world, gas, order["id"], "delivering")
    confirmation = {"order_id": order["id"], "confirmed_at": wire(now()), **values}
    answer = sent(world, world.connect(gas.driver_user), {"type": "delivery.confirmed", **confirmation})
    assert (answer["type"], answer["code"]) == ("error", code)
    rest = {name: value for name, value in confirmation.items() if name not in ("order_id", "customer_id")}
    if "customer_id" not in values:
        assert confirm(world.api, gas, order["id"], **rest).body["code"] == code
    assert status(world, gas, order["id"]) == "delivering"


def test_the_socket_refuses_with_the_same_codes_as_rest_and_changes_nothing(
    world: World, gas: Business, restaurant: Business
) -> None:
    order, foreign = assigned(world, gas), new_order(world, restaurant)
    driver, other = world.connect(gas.driver_user), world.connect(gas.drivers[1][0])
    for connection_id, order_id, expected, code in (
        (driver, order["id"], "delivered", "illegal_transition"),
        (driver, order["id"], "cancelled", "forbidden"),
        (driver, order["id"], "lost", "invalid"),
        (other, order["id"], "delivering", "not_found"),
        (driver, foreign["id"], "delivering", "not_found"),
        (driver, "nothing", "delivering", "not_found"),
    ):
        answer = sent(world, connection_id, {"type": "order_update", "order_id": order_id, "status": expected})
        assert (answer["type"], answer["code"]) == ("error", code)
    illegal = sent(world, driver, {"type": "order_update", "order_id": order["id"], "status": "delivered"})
    assert illegal["allowed"] == ["delivering", "confirmed", "cancelled"]
    assert illegal["current_status"] == "assigned"
    assert status(world, gas, order["id"]) == "assigned"


def test_a_fresh_token_keeps_the_socket_open_and_an_expired_one_ends_it(world: World, gas: Business) -> None:
    office, other = world.connect(gas.staff), world.connect(gas.staff)
    for row in Connection.scan():
        row.update([Connection.token_expires_at.set(epoch(now()) - 1)])
    closing = sent(world, other, {"type": "ping"})
    assert (closing["type"], closing["code"]) == ("closing", "token_expired")
    assert world.gateway.closed == [other]
    fresh = open_session(gas.tenant, gas.staff, signed_in_at=now()).access_token
    answer = sent(world, office, {"type": "authenticate", "token": fresh})
    assert answer["type"] == "authenticated"
    assert Connection.get(office).token_expires_at == verify_access_token(fresh).expires_at


def test_an_invalid_revoked_or_other_users_token_changes_nothing(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    before = Connection.get(office).token_expires_at
    revoked = open_session(gas.tenant, gas.staff, signed_in_at=now()).access_token
    revoke(verify_access_token(revoked).session_id)
    for token, code in (
        ("nonsense", "invalid_token"),
        (revoked, "session_revoked"),
        (world.api.token(gas.admin), "forbidden"),
    ):
        answer = sent(world, office, {"type": "authenticate", "token": token})
        assert (answer["type"], answer["code"]) == ("error", code)
    assert Connection.get(office).token_expires_at == before


def test_a_message_over_64_kb_is_refused_and_one_of_64_kb_is_not(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    frame = '{"type": "ping", "filler": ""}'
    full = frame.replace('""', '"' + "x" * (64 * 1024 - len(frame)) + '"')
    assert sent(world, office, full)["type"] == "pong"
    assert sent(world, office, full + " ")["code"] == "message_too_large"


def test_the_21st_message_of_a_burst_is_too_much(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    for _ in range(25):
        world.send(office, {"type": "ping"})
    answers = [(message["type"], message.get("code")) for message in world.received(office)]
    pongs = answers.count(("pong", None))
    # Half a second more lets one more through, however slowly this runs.
    assert answers[:20] == [("pong", None)] * 20
    assert pongs + answers.count(("error", "rate_limited")) == 25
