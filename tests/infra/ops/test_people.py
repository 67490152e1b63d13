"""Tenants and users: suspended, signed out, exported."""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from chalicelib.core import aws
from chalicelib.core.clock import now
from chalicelib.core.settings import settings
from chalicelib.models.connection import Connection
from chalicelib.models.notification import Notification
from chalicelib.models.order import Order
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from infra.ops.disconnect import sign_out
from infra.ops.export_tenant import tables, write
from infra.ops.remove_totp import main as remove_totp
from infra.ops.stage import Refused
from infra.ops.suspend import set_status
from infra.ops.tenants import tenant
from tests.factories import Business, delivery_business, order_body
from tests.world import World


def test_a_suspended_business_is_out_and_a_restored_one_in_again(world: World, gas: Business) -> None:
    connection_id = world.connect(gas.staff)
    set_status(tenant(gas.tenant.id), "suspended")
    world.deliver()
    [closing] = world.received(connection_id, "closing")
    assert closing["code"] == "tenant_suspended"
    assert world.handshake("again=", token=world.api.token(gas.staff))["statusCode"] == 403
    set_status(tenant(gas.tenant.id), "active")
    world.connect(gas.staff)


def test_a_business_that_is_not_there_is_not_made(aws: None) -> None:
    with pytest.raises(Refused, match="no business nobody"):
        tenant("nobody")
    assert list(Tenant.scan()) == []


def test_only_the_given_user_is_signed_out_everywhere(world: World, gas: Business) -> None:
    theirs, others = world.connect(gas.staff), world.connect(gas.admin)
    sign_out(User.get(gas.tenant.id, gas.staff.id), now())
    world.deliver()
    assert {row.connection_id for row in Connection.scan()} == {others}
    assert world.received(theirs, "closing")
    assert world.api.get("/v1/auth/me", as_=gas.staff).status == 401
    assert world.api.get("/v1/auth/me", as_=gas.admin).status == 200


def take_steps(world: World, of: Business, order_id: str, statuses: Sequence[str], **values: str) -> None:
    for status in statuses:
        step = {"status": status, **values}
        assert world.api.post(f"/v1/orders/{order_id}/status", step, as_=of.staff).status == 200


def test_an_export_holds_all_of_a_business_and_nothing_of_another(
    world: World, gas: Business, tmp_path: Path
) -> None:
    other = delivery_business()
    for business in (gas, other):
        order = world.api.post("/v1/orders", order_body(business), as_=business.staff)
        assert order.status == 201
        take_steps(world, business, order.body["id"], ("confirmed", "assigned", "delivering"))
    world.deliver()
    pins = [row.pin for row in Order.query(gas.tenant.id)]
    [text_] = Notification.query(gas.tenant.id)
    assert all(pins)
    aws.client("s3").put_object(Bucket=settings().proof_bucket, Key=f"{gas.tenant.id}/o/photo.jpg", Body=b"jpg")
    out = tmp_path / "gas.zip"
    write(gas.tenant, out, says=lambda line: None)
    with zipfile.ZipFile(out) as packed:
        names = set(packed.namelist())
        text = b"".join(packed.read(name) for name in names).decode()
        orders = [json.loads(line) for line in packed.read("orders.jsonl").splitlines()]
    assert names == {f"{name}.jsonl" for name in tables()} | {"pictures/o/photo.jpg"}
    assert [order["tenant_id"] for order in orders] == [gas.tenant.id]
    assert orders[0]["total_price"]
    assert gas.staff.username in text
    assert other.tenant.id not in text
    assert "argon2" not in text
    assert not [pin for pin in pins if f'"{pin}"' in text]
    assert text_.receipt_code not in text
    with pytest.raises(Refused, match="exists already"):
        write(gas.tenant, out, says=lambda line: None)


def test_a_locked_out_admins_second_factor_is_removed_on_request(
    stage: str, gas: Business, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--stage", stage, "--tenant", gas.tenant.id, "--user", gas.admin.id]
    assert remove_totp([*command, "--yes"]) == 0
    assert "signs in without codes" in capsys.readouterr().out
    gas.admin.update([User.totp_salt.set("salt"), User.totp_step.set(1), User.recovery_hashes.set({"hash"})])

    assert remove_totp(command) == 0
    assert "YES=1 removes that" in capsys.readouterr().out
    assert User.get(gas.tenant.id, gas.admin.id).totp_salt == "salt"

    assert remove_totp([*command, "--yes"]) == 0
    admin = User.get(gas.tenant.id, gas.admin.id)
    assert not any((admin.totp_salt, admin.totp_step, admin.recovery_hashes))
    assert admin.sessions_valid_from > gas.admin.sessions_valid_from
    assert remove_totp(["--stage", stage, "--tenant", gas.tenant.id, "--user", "nobody", "--yes"]) == 1
