"""`$connect`: which clients are admitted, the statuses of refusals, and the stored rows."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.auth.sessions import open_session, revoke
from chalicelib.auth.tokens import verify_access_token
from chalicelib.models.connection import Connection, Subscription
from tests import factories
from tests.factories import Business
from tests.world import World

TENANT_CHANNELS = {"orders", "drivers", "routes", "customers", "system"}


def watched(connection_id: str) -> set[str]:
    return {row.channel_key.partition("#")[2] for row in Subscription.scan() if row.connection_id == connection_id}


def test_staff_watch_the_tenants_channels_from_the_start(world: World, gas: Business) -> None:
    connection_id = world.connect(gas.staff)
    row = Connection.get(connection_id)
    assert (row.tenant_id, row.user_id, row.role, row.format) == (
        gas.tenant.id,
        gas.staff.id,
        "office_staff",
        "standard",
    )
    assert row.channels == TENANT_CHANNELS
    assert watched(connection_id) == {*TENANT_CHANNELS, f"user:{gas.staff.id}"}, "what is sent to them is heard"


def test_a_driver_and_a_customer_receive_only_their_own_orders(world: World, gas: Business) -> None:
    driver, customer = world.connect(gas.driver_user), world.connect(gas.customer_user)  # type: ignore[arg-type]
    assert watched(driver) == {"system", f"driver:{gas.driver.id}", f"user:{gas.driver_user.id}"}
    assert gas.customer_user is not None
    assert watched(customer) == {"system", f"user:{gas.customer_user.id}"}


def test_without_a_valid_token_no_client_is_admitted(world: World, gas: Business) -> None:
    token = world.api.token(gas.staff)
    for query in ({}, {"token": ""}, {"token": "nonsense"}, {"token": token[:-2]}):
        assert world.handshake("c", **query)["statusCode"] == 401
    assert Connection.count() == Subscription.count() == 0


def test_an_expired_token_is_refused(world: World, gas: Business) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    token = open_session(gas.tenant, gas.staff, signed_in_at=long_ago, now=long_ago).access_token
    assert world.handshake("c", token=token)["statusCode"] == 401


def test_a_revoked_session_is_refused(world: World, gas: Business) -> None:
    token = world.api.token(gas.staff)
    revoke(verify_access_token(token).session_id)
    assert world.handshake("c", token=token)["statusCode"] == 401


def test_a_suspended_user_is_refused_and_so_is_a_suspended_tenant(world: World, gas: Business) -> None:
    token, admin = world.api.token(gas.staff), world.api.token(gas.admin)
    gas.staff.status = "suspended"
    gas.staff.save()
    assert world.handshake("c", token=token)["statusCode"] == 401
    gas.tenant.status = "suspended"
    gas.tenant.save()
    assert world.handshake("c", token=admin)["statusCode"] == 403
    assert Connection.count() == 0


@pytest.mark.parametrize(
    ("client", "role"),
    [
        ("office", "driver"),
        ("office", "customer"),
        ("driver", "office_staff"),
        ("customer", "admin"),
        ("x", "admin"),
    ],
)
def test_a_client_that_does_not_fit_the_role_is_refused(
    world: World, gas: Business, client: str, role: str
) -> None:
    links = {"driver": {"driver_id": gas.driver.id}, "customer": {"customer_id": "c"}}.get(role, {})
    user = factories.user(gas.tenant, role, **links)
    assert world.handshake("c", token=world.api.token(user), client=client)["statusCode"] == 403
    assert Connection.count() == 0


def test_a_client_that_fits_gets_in(world: World, gas: Business) -> None:
    world.connect(gas.admin, client="office")
    world.connect(gas.driver_user, client="driver")
    assert Connection.count() == 2


def test_an_unknown_format_is_refused(world: World, gas: Business) -> None:
    token = world.api.token(gas.staff)
    assert world.handshake("c", token=token, format="xml")["statusCode"] == 400
    assert Connection.count() == 0


def test_disconnecting_removes_all_rows_and_may_be_repeated(world: World, gas: Business) -> None:
    staying, leaving = world.connect(gas.staff), world.connect(gas.admin)
    world.disconnect(leaving)
    world.disconnect(leaving)
    assert [row.connection_id for row in Connection.scan()] == [staying]
    assert {row.connection_id for row in Subscription.scan()} == {staying}
