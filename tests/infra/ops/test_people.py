"""Businesses and people: shut out, signed out, handed over, forgotten."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from moto.dynamodb.models import dynamodb_backends

from chalicelib import aws
from chalicelib.clock import local_day, now
from chalicelib.models.channel_log import ChannelLog
from chalicelib.models.connection import Connection
from chalicelib.models.read_cursor import ReadCursor
from chalicelib.models.tenant import Tenant
from chalicelib.models.user import User
from chalicelib.realtime import log
from chalicelib.settings import settings
from infra.ops.disconnect import sign_out
from infra.ops.export_tenant import LEFT_OUT, OTHERWISE, tables, write
from infra.ops.forget_person import Person, forget
from infra.ops.remove_totp import main as remove_totp
from infra.ops.stage import Refused
from infra.ops.suspend import set_status
from infra.ops.tenants import tenant
from tests.aws_in_process import resources
from tests.factories import Business, delivery_business, order_body
from tests.world import World


def test_a_suspended_business_is_out_and_a_restored_one_in_again(world: World, gas: Business) -> None:
    connection_id = world.connect(gas.staff)
    set_status(tenant(gas.tenant.id), "suspended")
    world.deliver()
    [closing] = world.heard(connection_id, "closing")
    assert closing["code"] == "tenant_suspended"
    assert world.handshake("again=", token=world.api.token(gas.staff))["statusCode"] == 403
    set_status(tenant(gas.tenant.id), "active")
    world.connect(gas.staff)


def test_a_business_that_is_not_there_is_not_made(aws: None) -> None:
    with pytest.raises(Refused, match="no business nobody"):
        tenant("nobody")
    assert list(Tenant.scan()) == []


def test_a_user_is_signed_out_everywhere_and_nobody_else(world: World, gas: Business) -> None:
    theirs, others = world.connect(gas.staff), world.connect(gas.admin)
    sign_out(User.get(gas.tenant.id, gas.staff.id), now())
    world.deliver()
    assert {row.connection_id for row in Connection.scan()} == {others}
    assert world.heard(theirs, "closing")
    assert world.api.get("/v1/auth/me", as_=gas.staff).status == 401
    assert world.api.get("/v1/auth/me", as_=gas.admin).status == 200


def everything_stored() -> str:
    """Every row but those that end by themselves within a day or two; messages to one user do not."""
    tables_ = dynamodb_backends["123456789012"]["ap-northeast-1"].tables
    short_lived = {"channel_log", "event_claims", "idempotency"}
    items = [
        item.to_json()
        for name, table in tables_.items()
        if name.removeprefix("luckygas-test-") not in short_lived
        for item in table.all_items()
    ]
    messages = [
        dict(log.decoded(row).data) for row in ChannelLog.scan() if "#user:" in row.channel_key and row.seq
    ]
    return json.dumps([items, messages], ensure_ascii=False)


def test_an_export_holds_all_of_a_business_and_nothing_of_another(
    world: World, gas: Business, tmp_path: Path
) -> None:
    other = delivery_business()
    for business in (gas, other):
        assert world.api.post("/v1/orders", order_body(business), as_=business.staff).status == 201
    world.deliver()
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
    with pytest.raises(Refused, match="exists already"):
        write(gas.tenant, out, says=lambda line: None)


def test_every_table_is_exported_or_left_out_on_purpose() -> None:
    ours = {name.removeprefix("luckygas-${Stage}-") for name in _table_names()}
    assert set(tables()) | LEFT_OUT == ours
    assert set(OTHERWISE) <= ours


def _table_names() -> list[str]:
    tables_ = [each for each in resources().values() if each.get("Type") == "AWS::DynamoDB::Table"]
    return [each["Properties"]["TableName"]["Fn::Sub"] for each in tables_]


@pytest.fixture
def person(world: World, gas: Business) -> dict[str, Any]:
    """A customer with an order that was delivered, one without their id, a sign-in and a text."""
    made = world.api.post(
        "/v1/customers",
        {"name": "歐陽曉明", "phone": "0987-654-321", "address": "基隆市愛一路9號", "notes": "後門"},
        as_=gas.staff,
    ).body
    words = {"customer_name": "歐陽曉明", "customer_phone": "0987-654-321", "address": "基隆市愛一路9號"}
    for whose in ({"customer_id": made["id"], **words}, words):
        body = {**order_body(gas), "notes": "找歐陽曉明", **whose}
        body = {name: value for name, value in body.items() if name != "customer_id" or "customer_id" in whose}
        order = world.api.post("/v1/orders", body, as_=gas.staff)
        assert order.status == 201, order.body
        for status in ("confirmed", "assigned", "delivering", "delivered"):
            step = {"status": status, "reason": "歐陽曉明 said so"}
            assert world.api.post(f"/v1/orders/{order.body['id']}/status", step, as_=gas.staff).status == 200
        key = f"{gas.tenant.id}/{order.body['id']}/photo-x.jpg"
        aws.client("s3").put_object(Bucket=settings().proof_bucket, Key=key, Body=b"jpg")
    user = {
        "username": "ouyang@example.com",
        "name": "歐陽曉明",
        "role": "customer",
        "password": "a-long-password",
        "customer_id": made["id"],
    }
    signed_in = world.api.post("/v1/users", user, as_=gas.admin).body
    message = {"type": "personal_message", "data": {"content": "歐陽曉明，您好"}}
    sent = world.api.post(f"/v1/realtime/users/{signed_in['id']}/send", message, as_=gas.staff)
    assert sent.status == 202
    world.deliver()
    phone = world.connect(User.get(gas.tenant.id, signed_in["id"]))
    world.say(phone, {"type": "seen", "channel": f"user:{signed_in['id']}", "cursor": 1})
    assert [row.cursor for row in ReadCursor.scan()] == [1]
    row: dict[str, Any] = made
    return row


def test_a_person_is_forgotten_and_figures_stay(world: World, gas: Business, person: dict[str, Any]) -> None:
    personal = ("歐陽曉明", "987654321", "987-654-321", "愛一路", "ouyang", "後門")
    before = everything_stored()
    assert all(word in before for word in ("歐陽曉明", "987654321", "愛一路", "ouyang", "後門"))
    report = world.api.get("/v1/reports/sales", query={"from": _today(gas), "to": _today(gas)}, as_=gas.staff)
    done = forget(Person(gas.tenant.id, person["id"]), now())
    assert (done["orders"], done["sign-ins"], done["pictures"]) == (2, 1, 2)
    assert done["messages"] > 1, "the office's, and delivery updates"
    assert ReadCursor.count() == 0
    stored = everything_stored()
    assert [word for word in personal if word in stored] == []
    assert "Contents" not in aws.client("s3").list_objects_v2(Bucket=settings().proof_bucket)
    again = world.api.get("/v1/reports/sales", query={"from": _today(gas), "to": _today(gas)}, as_=gas.staff)
    assert again.body == report.body
    assert world.api.get(f"/v1/customers/{person['id']}", as_=gas.staff).body["name"] == "（已刪除）"


def test_forgetting_tells_nobody_and_can_be_repeated(world: World, gas: Business, person: dict[str, Any]) -> None:
    listening = world.connect(gas.staff)
    for _ in range(2):
        forget(Person(gas.tenant.id, person["id"]), now())
    world.deliver()
    assert not [each for each in world.heard(listening) if each["type"].startswith("order")]


def test_whoever_still_waits_for_gas_is_not_forgotten(world: World, gas: Business) -> None:
    before = everything_stored()
    order = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    assert order["customer_id"]
    with pytest.raises(Refused, match=order["order_number"]):
        Person(gas.tenant.id, order["customer_id"])
    with pytest.raises(Refused, match="no customer nobody"):
        Person(gas.tenant.id, "nobody")
    assert before != everything_stored(), "the order is there"


def _today(gas: Business) -> str:
    return local_day(now(), gas.tenant.time_zone)


def test_a_locked_out_admins_codes_are_removed_when_asked_for(
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
