"""Trackers, who follow one order by a link: what they receive, and when their access ends."""

from datetime import timedelta

import pytest

from chalicelib.auth import tokens
from chalicelib.auth.links import OPT_OUT, TRACK, new_code, store_link
from chalicelib.auth.signing_keys import key_ring
from chalicelib.core.clock import epoch, now, wire
from chalicelib.models.link import Link
from chalicelib.models.order import HistoryEntry, Order
from chalicelib.models.tenant import Tenant
from tests.api_client import ApiClient
from tests.factories import Business, delivery_business
from tests.visits import gas_order, move, subscribe, tracker, tracking_code
from tests.world import World


def finished(gas: Business, order_id: str, hours_ago: float) -> None:
    """As if the order had been delivered so long ago."""
    order = Order.get(gas.tenant.id, order_id)
    over = HistoryEntry(status="delivered", at=wire(now() - timedelta(hours=hours_ago)), by="x")
    order.update([Order.status.set("delivered"), Order.history.set([*order.history, over])])


def test_a_link_is_exchanged_for_a_look_at_its_order(api: ApiClient, gas: Business) -> None:
    order = gas_order(api, gas)
    answer = api.post("/v1/guests/tracking", {"code": tracking_code(gas, order["id"])})
    assert (answer.status, answer.body["expires_in"], answer.body["order_id"]) == (200, 3600, order["id"])
    assert answer.body["tenant"] == {
        "name": gas.tenant.name,
        "time_zone": "Asia/Taipei",
        "currency": "TWD",
        "language": "zh-TW",
    }
    bearer = tokens.verify_access_token(answer.body["access_token"])
    assert (bearer.role, bearer.order_id, bearer.table_id) == ("tracker", order["id"], None)


def test_the_exchange_brings_the_order_and_from_where_to_follow_it(
    api: ApiClient, gas: Business, world: World
) -> None:
    order = gas_order(api, gas, "confirmed")
    world.deliver()
    code = tracking_code(gas, order["id"])
    answer = api.post("/v1/guests/tracking", {"code": code}).body
    channel = f"order:{order['id']}"
    assert answer["order"] == api.get(f"/v1/orders/{order['id']}", token=answer["access_token"]).body
    move(api, gas, order["id"], "assigned")
    world.deliver()
    connection = world.connect_with(answer["access_token"])
    since = {"since": answer["cursors"][channel], "epoch": answer["epochs"][channel]}
    answered = subscribe(world, connection, channel, **since)
    assert (answered["replayed"], answered["recovered"]) == (1, True)


def test_a_tracker_sees_nothing_private_and_the_driver_only_under_way(api: ApiClient, gas: Business) -> None:
    order = gas_order(api, gas, "confirmed", "assigned")
    guest = tracker(api, gas, order["id"])
    path = f"/v1/orders/{order['id']}"
    seen = guest.get(path).body
    assert (seen["status"], seen["driver_id"], seen["total_price"]) == ("assigned", None, order["total_price"])
    private = {"customer_id", "customer_name", "customer_phone", "address", "location", "notes", "route_id"}
    assert not private & seen.keys()
    assert all(set(step) == {"status", "at"} for step in seen["history"])
    text = str(seen)
    for secret in ("王小姐", "912345678", "和平東路", "地墊", gas.staff.id, gas.driver.id):
        assert secret not in text
    for status in ("delivering", "arriving", "arrived"):
        move(api, gas, order["id"], status)
        assert guest.get(path).body["driver_id"] == gas.driver.id
    move(api, gas, order["id"], "delivered")
    assert (guest.get(path).body["status"], guest.get(path).body["driver_id"]) == ("delivered", None)


def test_a_tracker_sees_no_other_order(api: ApiClient, gas: Business) -> None:
    own, other, far = gas_order(api, gas), gas_order(api, gas), gas_order(api, delivery_business())
    guest = tracker(api, gas, own["id"])
    assert guest.get(f"/v1/orders/{own['id']}").status == 200
    for order in (other, far):
        assert guest.get(f"/v1/orders/{order['id']}").status == 404
    assert guest.get("/v1/orders").status == 403


@pytest.mark.parametrize(("hours_ago", "minutes"), [(1, 60), (23.5, 30), (24.1, None)])
def test_an_order_that_is_over_is_shown_for_a_day(
    api: ApiClient, gas: Business, hours_ago: float, minutes: int | None
) -> None:
    order = gas_order(api, gas)
    code = tracking_code(gas, order["id"])
    finished(gas, order["id"], hours_ago)
    answer = api.post("/v1/guests/tracking", {"code": code})
    if minutes is None:
        assert (answer.status, answer.body["code"]) == (404, "not_found")
    else:
        assert answer.body["expires_in"] == pytest.approx(minutes * 60, abs=2)


def test_a_payment_later_does_not_open_the_link_again(api: ApiClient, gas: Business) -> None:
    order = gas_order(api, gas)
    finished(gas, order["id"], 25)
    assert api.post(f"/v1/orders/{order['id']}/payment", {"payment_status": "paid"}, as_=gas.staff).status == 200
    assert api.post("/v1/guests/tracking", {"code": tracking_code(gas, order["id"])}).status == 404


def test_an_invalid_tracking_code_is_refused(api: ApiClient, gas: Business) -> None:
    order = gas_order(api, gas)
    past, stop = new_code(), new_code()
    store_link(past, TRACK, gas.tenant.id, order["id"], lasts=timedelta(days=-1), now=now())
    store_link(stop, OPT_OUT, gas.tenant.id, "+886912345678", lasts=timedelta(days=1), now=now())
    nothing = tracking_code(gas, "no-such-order")
    for code in (past, stop, nothing, "XXXXXXXXXXXX", order["id"]):
        answer = api.post("/v1/guests/tracking", {"code": code})
        assert (answer.status, answer.body["code"]) == (404, "not_found")
    for body in ({}, {"code": ""}, {"code": "x" * 101}, {"code": "x", "order_id": "y"}):
        assert api.post("/v1/guests/tracking", body).status == 422


def test_a_link_taken_back_ends_its_tokens(api: ApiClient, gas: Business) -> None:
    order = gas_order(api, gas)
    guest = tracker(api, gas, order["id"])
    Link.get(tokens.verify_access_token(guest.token).session_id).delete()
    answer = guest.get(f"/v1/orders/{order['id']}")
    assert (answer.status, answer.body["code"]) == (401, "session_revoked")


def test_a_suspended_business_shows_nothing(api: ApiClient, gas: Business) -> None:
    order = gas_order(api, gas)
    guest, code = tracker(api, gas, order["id"]), tracking_code(gas, order["id"])
    gas.tenant.update([Tenant.status.set("suspended")])
    for answer in (guest.get(f"/v1/orders/{order['id']}"), api.post("/v1/guests/tracking", {"code": code})):
        assert (answer.status, answer.body["code"]) == (403, "tenant_suspended")


def test_a_guest_comes_back_as_the_same_for_the_same_order(api: ApiClient, gas: Business) -> None:
    orders = [gas_order(api, gas)["id"] for _ in range(2)]
    first = tracker(api, gas, orders[0])
    ids = []
    for order_id in orders:
        body = {"code": tracking_code(gas, order_id), "access_token": first.token}
        ids.append(tokens.verify_access_token(api.post("/v1/guests/tracking", body).body["access_token"]).user_id)
    own = tokens.verify_access_token(first.token).user_id
    assert (ids[0], ids[1] != own) == (own, True)


@pytest.mark.parametrize(
    "claims", [{"role": "tracker"}, {"role": "table"}, {"role": "table", "tbl": "x", "gen": 1}]
)
def test_a_token_with_a_guests_role_but_nothing_behind_it_opens_nothing(
    api: ApiClient, gas: Business, claims: dict[str, object]
) -> None:
    import jwt

    key = key_ring.signing()
    at = epoch(now())
    body = {"iss": "luckygas-local", "tid": gas.tenant.id, "kind": "delivery", "sub": gas.admin.id, "sid": "x"}
    token = jwt.encode(
        {**body, "iat": at, "exp": at + 60, "jti": "j", **claims}, key.secret, headers={"kid": key.kid}
    )
    order = gas_order(api, gas)
    assert api.get(f"/v1/orders/{order['id']}", token=token).status == 401
