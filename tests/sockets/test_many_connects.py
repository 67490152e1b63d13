"""How many connections a table, a tracking link and a user may open."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from chalicelib.auth.rate_limits import Limit
from chalicelib.auth.tokens import verify_access_token
from chalicelib.core.clock import now
from chalicelib.core.errors import TooFast
from chalicelib.models.connection import Connection, Subscription
from chalicelib.models.rate_limit import RateLimit
from chalicelib.realtime.admission import PER_USER, admit, charge_for_flood
from tests.calls import counted_calls
from tests.factories import Business, dining_table
from tests.visits import gas_order, sat_down, tracker, tracking_code
from tests.world import World


def statuses(world: World, tokens: list[str]) -> list[int]:
    return [world.handshake(f"{uuid4()}=", token=token)["statusCode"] for token in tokens]


def test_a_table_has_forty_connections_however_many_guests_they_belong_to(
    world: World, restaurant: Business
) -> None:
    table, other = dining_table(restaurant.tenant), dining_table(restaurant.tenant, "A2")
    guests = [sat_down(world.api, table).token for _ in range(15)]

    assert statuses(world, guests * 3) == [200] * 40 + [429] * 5

    assert statuses(world, [sat_down(world.api, other).token]) == [200]
    assert Connection.count() == 41


def test_a_guest_who_leaves_makes_room(world: World, restaurant: Business) -> None:
    table = dining_table(restaurant.tenant)
    guests = [sat_down(world.api, table).token for _ in range(10)]
    first = world.connect_with(guests[0])
    statuses(world, guests * 4)
    assert statuses(world, guests[:1]) == [429]

    world.disconnect(first)

    assert statuses(world, guests[:2]) == [200, 429]
    assert world.received(first) == []


def test_a_tracking_link_has_twenty_connections(world: World, gas: Business) -> None:
    order_id = gas_order(world.api, gas)["id"]
    code = tracking_code(gas, order_id)
    tokens = [world.api.post("/v1/guests/tracking", {"code": code}).body["access_token"] for _ in range(25)]

    assert statuses(world, tokens) == [200] * 20 + [429] * 5
    assert statuses(world, [tracker(world.api, gas, order_id).token]) == [200], "another link"


def test_a_refused_connection_leaves_no_rows_and_has_the_reason(world: World, restaurant: Business) -> None:
    table = dining_table(restaurant.tenant)
    guests = [sat_down(world.api, table).token for _ in range(10)]
    statuses(world, guests * 4)
    rows, watches = Connection.count(), Subscription.count()

    answer = world.handshake("late=", token=guests[0])

    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (429, "too_many_connections")
    assert (Connection.count(), Subscription.count()) == (rows, watches)


def test_all_rows_of_a_guests_connection_go_with_it(world: World, restaurant: Business) -> None:
    phone = world.connect_with(sat_down(world.api, dining_table(restaurant.tenant)).token)
    world.disconnect(phone)

    assert (Connection.count(), Subscription.count()) == (0, 0)


def test_a_user_who_connects_again_and_again_is_refused_for_a_while(world: World, gas: Business) -> None:
    principal = verify_access_token(world.api.token(gas.staff))
    start = now()

    def admitted(seconds: float) -> bool:
        try:
            admit(principal, start + timedelta(seconds=seconds))
        except TooFast:
            return False
        return True

    assert [admitted(0) for _ in range(65)] == [True] * 60 + [False] * 5
    assert [admitted(5), admitted(5)] == [True, False]
    assert world.handshake("other=", token=world.api.token(gas.admin))["statusCode"] == 200


def test_a_client_may_come_back_after_its_first_flood_and_waits_after_each_further_one(
    world: World, gas: Business
) -> None:
    principal = verify_access_token(world.api.token(gas.staff))
    start = now()

    def floods(seconds: float) -> bool:
        at = start + timedelta(seconds=seconds)
        try:
            admit(principal, at)
        except TooFast:
            return False
        charge_for_flood(principal.role, principal.tenant_id, principal.user_id, at)
        return True

    assert [floods(0) for _ in range(3)] == [True] * 2 + [False]
    assert [floods(second) for second in (14, 15, 169, 170)] == [False, True, False, True]


@pytest.mark.parametrize("role", ["staff", "guest"])
def test_a_connect_costs_one_call_more_and_a_guests_three(
    world: World, gas: Business, restaurant: Business, role: str
) -> None:
    guest = sat_down(world.api, dining_table(restaurant.tenant)).token
    token = world.api.token(gas.staff) if role == "staff" else guest
    with counted_calls() as calls:
        statuses(world, [token])

    limits = {"dynamodb.UpdateItem": 1} if role == "staff" else {"dynamodb.UpdateItem": 2}
    assert calls["dynamodb.UpdateItem"] == limits["dynamodb.UpdateItem"]
    # A guest's other query is for the orders of the visit.
    assert calls["dynamodb.Query"] == (0 if role == "staff" else 2)


def use_up(limit: Limit, token: str) -> None:
    """Uses up a limit of connects for an hour."""
    principal = verify_access_token(token)
    hour_later = int((now() + timedelta(hours=1)).timestamp() * 1000)
    RateLimit(
        limit.key(f"{principal.tenant_id}.{principal.user_id}"), due=hour_later, expires_at=hour_later
    ).save()


@pytest.mark.parametrize("role", ["staff", "guest"])
def test_a_connect_that_its_process_has_just_refused_costs_no_call(
    world: World, gas: Business, restaurant: Business, role: str
) -> None:
    guest = sat_down(world.api, dining_table(restaurant.tenant)).token
    token = world.api.token(gas.staff) if role == "staff" else guest
    use_up(PER_USER, token)
    assert statuses(world, [token]) == [429]

    with counted_calls() as calls:
        assert statuses(world, [token]) == [429]

    assert calls == {}


def test_a_forged_token_is_refused_as_such_also_where_its_user_has_no_connects_left(
    world: World, gas: Business
) -> None:
    token = world.api.token(gas.staff)
    use_up(PER_USER, token)

    assert statuses(world, [token, token[:-8] + "AAAAAAAA"]) == [429, 401]
