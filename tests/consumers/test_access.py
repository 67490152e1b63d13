"""Lost access: real records of users, tenants and sessions, and the connections that are notified and closed."""

import pytest

from chalicelib.auth import sessions
from chalicelib.auth.sessions import open_session
from chalicelib.auth.tokens import verify_access_token
from chalicelib.core import aws
from chalicelib.core.clock import now
from chalicelib.models.connection import Connection, Subscription
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from chalicelib.realtime.posts import GatewayDown
from tests.factories import PASSWORD, Business
from tests.world import World


@pytest.fixture
def office(world: World, gas: Business) -> str:
    """A welcomed connection of the office's."""
    connection_id = world.connect(gas.staff)
    world.deliver()
    return connection_id


def closing_code(world: World, connection_id: str) -> str | None:
    """The reason why a connection was closed; None if it was not."""
    received = [message["code"] for message in world.received(connection_id, "closing")]
    assert len(received) <= 1
    assert (connection_id in world.gateway.closed) == bool(received)
    known = {row.connection_id for row in Connection.scan()}
    listening = {row.connection_id for row in Subscription.scan()}
    assert (connection_id in known, connection_id in listening) == (not received, not received)
    return received[0] if received else None


def change(world: World, business: Business, user_id: str, **values: str) -> None:
    answer = world.api.patch(f"/v1/users/{user_id}", values, as_=business.admin)
    assert answer.status == 200, answer.body


def choose_own_password(user: User) -> None:
    """Changes the initial password, with which staff may do nothing else."""
    user.refresh()
    user.update([User.password_initial.remove()])


def test_a_suspended_user_is_notified_and_closed_on_every_device(world: World, gas: Business, office: str) -> None:
    phone, other = world.connect(gas.staff, format="flat"), world.connect(gas.admin)
    world.deliver()
    change(world, gas, gas.staff.id, status="suspended")
    world.deliver()
    assert closing_code(world, office) == closing_code(world, phone) == "user_suspended"
    assert closing_code(world, other) is None


def test_a_suspended_user_with_an_unreadable_session_is_disconnected(
    world: World, gas: Business, office: str
) -> None:
    session_id = verify_access_token(world.api.token(gas.staff)).session_id
    row = RefreshToken.get(session_id).to_dynamodb_dict()
    del row["token_hash"]
    aws.client("dynamodb").put_item(TableName="luckygas-test-refresh_tokens", Item=row)
    change(world, gas, gas.staff.id, status="suspended")
    world.deliver()
    assert closing_code(world, office) == "user_suspended"


def test_a_password_reset_ends_the_connections_from_before_it_only(
    world: World, gas: Business, office: str
) -> None:
    change(world, gas, gas.staff.id, password=PASSWORD)
    choose_own_password(gas.staff)
    pair = open_session(gas.tenant, gas.staff, signed_in_at=now())
    assert world.handshake("after=", token=pair.access_token)["statusCode"] == 200
    world.deliver()
    assert closing_code(world, office) == "session_revoked"
    assert closing_code(world, "after=") is None


def test_a_connection_that_moved_to_a_new_session_stays_open(world: World, gas: Business, office: str) -> None:
    change(world, gas, gas.staff.id, password=PASSWORD)
    choose_own_password(gas.staff)
    pair = open_session(gas.tenant, gas.staff, signed_in_at=now())
    world.send(office, {"type": "authenticate", "token": pair.access_token})
    world.deliver()
    assert closing_code(world, office) is None


def test_a_new_role_ends_the_connections_of_the_old_one(world: World, gas: Business, office: str) -> None:
    change(world, gas, gas.staff.id, role="driver", driver_id=gas.driver.id)
    world.deliver()
    assert closing_code(world, office) == "token_outdated"


def test_a_new_name_ends_nothing(world: World, gas: Business, office: str) -> None:
    change(world, gas, gas.staff.id, name="陳小姐")
    world.deliver()
    assert closing_code(world, office) is None


def test_a_suspended_tenant_is_closed_for_everybody_and_no_other_tenant(
    world: World, gas: Business, restaurant: Business, office: str
) -> None:
    driver, elsewhere = world.connect(gas.driver_user), world.connect(restaurant.staff)
    world.deliver()
    gas.tenant.update([Tenant.status.set("suspended")])
    world.deliver()
    assert closing_code(world, office) == closing_code(world, driver) == "tenant_suspended"
    assert closing_code(world, elsewhere) is None


def test_a_tenant_that_is_back_before_the_record_comes_keeps_its_connections(
    world: World, gas: Business, office: str
) -> None:
    gas.tenant.update([Tenant.status.set("suspended")])
    gas.tenant.update([Tenant.status.set("active")])
    world.deliver()
    assert closing_code(world, office) is None


def test_signing_out_ends_the_connections_of_that_session_only(world: World, gas: Business, office: str) -> None:
    pair = open_session(gas.tenant, gas.staff, signed_in_at=now())
    assert world.handshake("other=", token=pair.access_token)["statusCode"] == 200
    world.deliver()
    assert world.api.post("/v1/auth/logout", as_=gas.staff).status == 204
    world.deliver()
    assert closing_code(world, office) == "session_revoked"
    assert closing_code(world, "other=") is None


def test_a_refresh_token_used_twice_ends_its_connections(world: World, gas: Business, office: str) -> None:
    pair = open_session(gas.tenant, gas.staff, signed_in_at=now())
    assert world.handshake("copied=", token=pair.access_token)["statusCode"] == 200
    world.deliver()
    for status in (200, 401):
        body = {"refresh_token": pair.refresh_token}
        assert world.api.post("/v1/auth/refresh", body).status == status
    world.deliver()
    assert closing_code(world, "copied=") == "session_revoked"
    assert closing_code(world, office) is None


def test_a_refresh_ends_nothing(world: World, gas: Business) -> None:
    pair = open_session(gas.tenant, gas.staff, signed_in_at=now())
    assert world.handshake("c=", token=pair.access_token)["statusCode"] == 200
    sessions.refresh(pair.refresh_token)
    world.deliver()
    assert closing_code(world, "c=") is None


def test_repeated_and_late_records_close_no_connection_twice(world: World, gas: Business, office: str) -> None:
    change(world, gas, gas.staff.id, status="suspended")
    records = world.take("users")
    world.follow("users", records)
    change(world, gas, gas.staff.id, status="active")
    world.take("users")
    gas.staff.refresh()
    pair = open_session(gas.tenant, gas.staff, signed_in_at=now())
    assert world.handshake("back=", token=pair.access_token)["statusCode"] == 200
    world.deliver()
    world.follow("users", records)
    assert closing_code(world, office) == "user_suspended"
    assert closing_code(world, "back=") is None


def test_a_connection_that_the_reason_cannot_reach_is_closed_too(world: World, gas: Business, office: str) -> None:
    world.gateway.answer(office, 500)
    change(world, gas, gas.staff.id, status="suspended")
    world.deliver()
    assert world.gateway.closed == [office]
    assert Connection.count() == 0


def test_a_suspended_users_silent_connection_is_closed(world: World, gas: Business, office: str) -> None:
    world.gateway.answer(office, -1)
    change(world, gas, gas.staff.id, status="suspended")
    world.follow("users", world.take("users"))
    assert world.gateway.closed == [office]
    assert Connection.count() == 0


def test_without_any_answer_of_the_gateway_the_record_comes_again(
    world: World, gas: Business, office: str
) -> None:
    session_id = verify_access_token(world.api.token(gas.staff)).session_id
    sessions.revoke(session_id)
    records = world.take("refresh_tokens")
    world.gateway.answer(office, 0)
    with pytest.RaisesGroup(GatewayDown):
        world.follow("refresh_tokens", records)
    assert closing_code(world, office) is None
    world.gateway.answer(office, 200)
    world.follow("refresh_tokens", records)
    assert closing_code(world, office) == "session_revoked"
