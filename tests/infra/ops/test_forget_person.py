"""A person's data is deleted from all tables, for each way of selecting the person; figures stay."""

import json
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.clock import epoch, local_day, new_id, now, wire
from chalicelib.core.settings import settings
from chalicelib.models.announcement import Announcement
from chalicelib.models.channel_log import ChannelLog
from chalicelib.models.display_token import DisplayToken
from chalicelib.models.driver_position import DriverPosition, DriverTrack
from chalicelib.models.file_import import FileImport
from chalicelib.models.import_row import ImportRow, RowError
from chalicelib.models.link import Link
from chalicelib.models.order import Order
from chalicelib.models.refresh_token import RefreshToken
from chalicelib.models.route import Route
from chalicelib.models.sms_opt_out import SmsOptOut
from chalicelib.models.user import User
from chalicelib.realtime import log
from infra.ops.forget_person import forget
from infra.ops.forgetting.person import find
from infra.ops.stage import Refused
from tests.aws_in_process import moto_tables
from tests.crashes import Crash
from tests.factories import Business, order_body
from tests.world import World

PHONE = "+886987654321"
PERSONAL = ("歐陽曉明", "987654321", "987-654-321", "愛一路", "ouyang", "後門")
STEPS = ("confirmed", "assigned", "delivering", "delivered")


def everything_stored() -> str:
    """Every row of every table with its decompressed values, and every file with its name."""
    items = [item.to_json() for table in moto_tables().values() for item in table.all_items()]
    events = [dict(log.decoded(row).data) for row in ChannelLog.scan() if row.seq]
    return json.dumps([items, events, stored_files()], ensure_ascii=False, default=repr)


def stored_files() -> dict[str, str]:
    s3 = aws.client("s3")
    found = {}
    for bucket in (settings().proof_bucket, settings().import_bucket):
        for each in s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
            found[each["Key"]] = s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read().decode()
    return found


def words_left(*words: str) -> list[str]:
    stored = everything_stored()
    return [word for word in words if word in stored]


def ordered(world: World, gas: Business, *, has_events: bool = True, **values: Any) -> str:
    """An order that was delivered, with a picture; its id."""
    body = {**order_body(gas), **values}
    order = world.api.post(
        "/v1/orders",
        {name: value for name, value in body.items() if value is not None},
        as_=gas.staff,
        headers={"Idempotency-Key": new_id()},
    )
    assert order.status == 201, order.body
    for status in STEPS:
        step = {"status": status, "reason": f"{values.get('customer_name', '')} said so", "notify": has_events}
        assert world.api.post(f"/v1/orders/{order.body['id']}/status", step, as_=gas.staff).status == 200
    id_: str = order.body["id"]
    key = f"{gas.tenant.id}/{id_}/photo-x.jpg"
    aws.client("s3").put_object(Bucket=settings().proof_bucket, Key=key, Body=f"of {id_}".encode())
    return id_


def published(world: World, gas: Business, channel: str, text: str) -> None:
    body = {"channel": channel, "type": "maintenance.alert", "data": {"message": text}}
    assert world.api.post("/v1/realtime/publish", body, as_=gas.staff).status == 202


def imported(gas: Business, name: str, state: str = "checked") -> str:
    """An import whose file, parts, name and report say something of a person; its id."""
    at = wire(now())
    row = FileImport(
        gas.tenant.id,
        new_id(),
        kind="customers",
        file_name=f"{name} 0987-654-321.csv",
        source="old",
        mapping="{}",
        columns=json.dumps({"name": name}, ensure_ascii=False),
        unused=[name],
        state=state,
        reading="r1",
        made_by=gas.staff.id,
        correlation_id="c",
        created_at=at,
        updated_at=at,
    )
    row.save()
    errors = [RowError(field="name", column=name, message=f"{name} is there twice")]
    key = f"{gas.tenant.id}#{row.id}#r1"
    ImportRow(key, 2, outcome="failed", errors=errors, error_number=2, expires_at=epoch(now()) + 60).save()
    for place in (f"uploads/{gas.tenant.id}/{row.id}", f"parts/{gas.tenant.id}/{row.id}/r1/0000.json"):
        aws.client("s3").put_object(Bucket=settings().import_bucket, Key=place, Body=f"{name};0987".encode())
    id_: str = row.id
    return id_


@pytest.fixture
def person(world: World, gas: Business) -> dict[str, Any]:
    """A customer with rows in every table that can have some, with and without the id, and with a sign-in."""
    made = world.api.post(
        "/v1/customers",
        {"name": "歐陽曉明", "phone": "0987-654-321", "address": "基隆市愛一路9號", "notes": "後門"},
        as_=gas.staff,
    ).body
    words: dict[str, Any] = {
        "customer_name": "歐陽曉明",
        "customer_phone": "0987-654-321",
        "address": "基隆市愛一路9號",
    }
    ordered(world, gas, customer_id=made["id"], notes="找歐陽曉明", **words)
    ordered(world, gas, customer_id=None, has_events=False, notes="找歐陽曉明", **words)
    ordered(world, gas, has_events=False, notes="沒人在就打 0987 654 321")
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
    published(world, gas, "system", "歐陽曉明 (0987-654-321) 找貓")
    world.deliver()
    phone = world.connect(User.get(gas.tenant.id, signed_in["id"]))
    world.send(phone, {"type": "seen", "channel": f"user:{signed_in['id']}", "cursor": 1})
    Link(new_id(), purpose="opt_out", tenant_id=gas.tenant.id, subject=PHONE, expires_at=epoch(now()) + 60).save()
    SmsOptOut(gas.tenant.id, PHONE, made_by="link", created_at=wire(now())).save()
    imported(gas, "歐陽曉明")
    row: dict[str, Any] = made
    return row


@pytest.mark.parametrize("by", ["customer", "phone", "user"])
def test_nothing_of_a_customer_is_left_and_figures_stay(
    world: World, gas: Business, person: dict[str, Any], by: str
) -> None:
    assert words_left(*PERSONAL) == list(PERSONAL)
    today = local_day(now(), gas.tenant.time_zone)
    days = {"from": today, "to": today}
    report = world.api.get("/v1/reports/sales", query=days, as_=gas.staff)
    [user] = [row for row in User.query(gas.tenant.id) if row.customer_id == person["id"]]
    done = forget(
        find(gas.tenant.id, **{by: {"customer": person["id"], "phone": "0987 654 321", "user": user.id}[by]}),
        now(),
    )
    assert (done["orders"], done["sign-ins"], done["pictures"], done["mentions"]) == (2, 1, 2, 1)
    assert words_left(*PERSONAL) == []
    assert world.api.get("/v1/reports/sales", query=days, as_=gas.staff).body == report.body
    assert world.api.get(f"/v1/customers/{person['id']}", as_=gas.staff).body["name"] == "（已刪除）"
    others = [row for row in Order.query(gas.tenant.id) if row.customer_name == "王小姐"]
    assert [row.notes for row in others] == ["沒人在就打 （已刪除）"]
    assert list(stored_files().values()) == [f"of {others[0].id}"], "the picture of another's order stays"


def test_orders_lose_the_forgotten_customers_login(world: World, gas: Business) -> None:
    assert gas.customer_user is not None
    made = world.api.post("/v1/orders", {"items": order_body(gas)["items"]}, as_=gas.customer_user).body["id"]
    step = {"status": "cancelled", "reason": "旅行"}
    assert world.api.post(f"/v1/orders/{made}/status", step, as_=gas.customer_user).status == 200
    assert Order.get(gas.tenant.id, made).customer_login == gas.customer_user.id

    forget(find(gas.tenant.id, user=gas.customer_user.id), now())

    assert Order.get(gas.tenant.id, made).customer_login is None


def test_every_version_of_a_picture_is_deleted(world: World, gas: Business, person: dict[str, Any]) -> None:
    s3, bucket = aws.client("s3"), settings().proof_bucket
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for content in (b"older", b"newer"):
        s3.put_object(Bucket=bucket, Key=f"{gas.tenant.id}/{_order_of(person)}/photo-x.jpg", Body=content)
    forget(find(gas.tenant.id, customer=person["id"]), now())
    prefix = f"{gas.tenant.id}/{_order_of(person)}/"
    left = s3.list_object_versions(Bucket=bucket, Prefix=prefix)
    assert "Versions" not in left
    assert "DeleteMarkers" not in left


def _order_of(person: dict[str, Any]) -> str:
    return next(row.id for row in Order.scan() if row.customer_id == person["id"])


def test_the_logs_stay_without_gaps_for_clients_that_come_back(
    world: World, gas: Business, person: dict[str, Any]
) -> None:
    before = replayed(world, gas, "orders")
    assert "歐陽曉明" in json.dumps(before, ensure_ascii=False)
    forget(find(gas.tenant.id, customer=person["id"]), now())
    after = replayed(world, gas, "orders")
    assert [(each["id"], each["type"], each["cursors"]) for each in after] == [
        (each["id"], each["type"], each["cursors"]) for each in before
    ]
    assert "歐陽曉明" not in json.dumps(after, ensure_ascii=False)
    assert "王小姐" in json.dumps(after, ensure_ascii=False), "others' events are as they were"


def replayed(world: World, gas: Business, channel: str) -> list[dict[str, Any]]:
    answer = world.api.get("/v1/events", query={"channel": channel, "since": "0"}, as_=gas.staff)
    assert answer.body["recovered"] is True, answer.body
    found: list[dict[str, Any]] = answer.body["items"]
    return found


def test_forgetting_sends_nothing_and_can_be_repeated(world: World, gas: Business, person: dict[str, Any]) -> None:
    listening = world.connect(gas.staff)
    for _ in range(2):
        forget(find(gas.tenant.id, customer=person["id"]), now())
    world.deliver()
    assert not [each for each in world.received(listening) if each["type"].startswith("order")]


@pytest.mark.usefixtures("person")
def test_a_run_that_dies_anywhere_is_completed_by_the_next(gas: Business) -> None:
    # By phone: unlike an id, it is deleted from the rows by which the person is found.
    restore = snapshot()
    with watching_writes() as writes:
        forget(find(gas.tenant.id, phone=PHONE), now())
    # Of writes of one kind in a row, the first and the last: each of them is an update that can be repeated.
    places = [n for n in range(len(writes)) if not 0 < n < len(writes) - 1 or len({*writes[n - 1 : n + 2]}) > 1]
    assert len(places) > 20
    for n in places:
        restore()
        with watching_writes(dies_before=n), pytest.raises(Crash):
            forget(find(gas.tenant.id, phone=PHONE), now())
        forget(find(gas.tenant.id, phone=PHONE), now())
        assert words_left(*PERSONAL) == [], f"after a death before {writes[n]}"


def snapshot() -> Callable[[], None]:
    """A function that restores the present tables and files."""
    tables = {name: pickle.dumps(table.items) for name, table in moto_tables().items()}
    files = stored_files()

    def restore() -> None:
        for name, table in moto_tables().items():
            table.items = pickle.loads(tables[name])
        for key, content in files.items():
            is_import = key.startswith(("uploads/", "parts/"))
            bucket = settings().import_bucket if is_import else settings().proof_bucket
            aws.client("s3").put_object(Bucket=bucket, Key=key, Body=content.encode())

    return restore


@contextmanager
def watching_writes(*, dies_before: int | None = None) -> Iterator[list[str]]:
    """The writes: operation and table or bucket. Raises Crash before the n-th write, counted from 0."""
    seen: list[str] = []

    def watch(model: Any, params: Any, **_: Any) -> None:
        if model.name not in {"UpdateItem", "DeleteItem", "PutItem", "TransactWriteItems", "DeleteObject"}:
            return
        if len(seen) == dies_before:
            raise Crash
        where = json.loads(params["body"])["TableName"] if params["body"] else params["url_path"].split("/")[1]
        seen.append(f"{model.name} {where}")

    events = [aws.client(service).meta.events for service in ("dynamodb", "s3")]
    for each in events:
        each.register_first("before-call", watch, unique_id="watching")
    try:
        yield seen
    finally:
        for each in events:
            each.unregister("before-call", watch, unique_id="watching")


def test_a_person_without_a_row_of_their_own_is_deleted_by_phone(world: World, gas: Business) -> None:
    words: dict[str, Any] = {
        "customer_name": "歐陽曉明",
        "customer_phone": "0987-654-321",
        "address": "基隆市愛一路9號",
    }
    ordered(world, gas, customer_id=None, **words)
    world.deliver()
    forget(find(gas.tenant.id, phone="0987654321"), now())
    assert words_left("歐陽曉明", "987654321", "愛一路") == []


def test_nothing_of_a_driver_is_left(world: World, gas: Business) -> None:
    driver, user = gas.driver, gas.driver_user
    ordered(world, gas)
    change = {"name": "司馬大軍", "phone": "0955-123-456", "vehicle": "ABC-1234", "notes": "左撇子"}
    assert world.api.patch(f"/v1/drivers/{driver.id}", change, as_=gas.staff).status == 200
    assert world.api.patch(f"/v1/users/{user.id}", {"name": "司馬大軍"}, as_=gas.admin).status == 200
    fix = {"latitude": 25.0123, "longitude": 121.5432, "timestamp": wire(now())}
    assert world.api.post("/v1/drivers/me/location", fix, as_=user).status == 200
    at = wire(now())
    route = Route(
        gas.tenant.id,
        new_id(),
        name="司馬大軍 早班",
        date="2026-11-30",
        status="completed",
        driver_id=driver.id,
        stops=[],
        version=1,
        created_at=at,
        updated_at=at,
        correlation_id="c",
        day_key="2026-11-30#r",
        driver_key=f"{driver.id}#2026-11-30#r",
    )
    route.save()
    published(world, gas, "drivers", "司馬大軍 請假")
    DisplayToken(
        gas.tenant.id,
        new_id(),
        name="司馬大軍的平板",
        kind="delivery",
        token_hash="x",
        created_at=at,
        created_by=gas.admin.id,
        token_expires_at=epoch(now()) + 60,
        expires_at=epoch(now()) + 60,
    ).save()
    world.deliver()
    personal = ("司馬大軍", "955123456", "955-123-456", "ABC-1234", "左撇子", user.username, "25.0123")
    assert DriverTrack.count() == 1
    assert set(words_left(*personal)) >= {"司馬大軍", "955123456", "ABC-1234", "左撇子", "25.0123"}
    done = forget(find(gas.tenant.id, driver=driver.id), now())
    assert (done["drivers"], done["sign-ins"]) == (1, 1)
    assert words_left(*personal) == []
    assert (DriverPosition.count(), DriverTrack.count()) == (0, 0)
    world.deliver()
    assert words_left(*personal) == []
    assert world.api.get("/v1/auth/me", as_=user).status == 401


def test_nothing_of_a_member_of_staff_is_left(world: World, gas: Business) -> None:
    change = {"name": "諸葛小明"}
    assert world.api.patch(f"/v1/users/{gas.staff.id}", change, as_=gas.admin).status == 200
    body = {"type": "personal_message", "data": {"content": "早", "sender": "諸葛小明"}}
    path = f"/v1/realtime/users/{gas.driver_user.id}/send"
    assert world.api.post(path, body, as_=gas.staff).status == 202
    world.deliver()
    assert words_left("諸葛小明", gas.staff.username) == ["諸葛小明", gas.staff.username]
    forget(find(gas.tenant.id, user=gas.staff.id), now())
    assert words_left("諸葛小明", gas.staff.username) == []
    assert [row.user_id for row in RefreshToken.scan() if row.user_id == gas.staff.id] == []
    assert len(list(Announcement.query(gas.tenant.id))) == 1, "the message is the driver's, too"


def test_a_person_with_open_business_is_refused_and_nothing_changes(world: World, gas: Business) -> None:
    order = world.api.post("/v1/orders", order_body(gas, customer_phone="0987-654-321"), as_=gas.staff).body
    for status in ("confirmed", "assigned"):
        step = {"status": status, "driver_id": gas.driver.id}
        path = f"/v1/orders/{order['id']}/{'assign' if status == 'assigned' else 'status'}"
        step.pop("driver_id" if status == "confirmed" else "status")
        assert world.api.post(path, step, as_=gas.staff).status == 200
    before = everything_stored()
    number = order["order_number"]
    for whom, reason in (
        ({"customer": order["customer_id"]}, number),
        ({"phone": "0987654321"}, number),
        ({"driver": gas.driver.id}, f"the driver still has {number}"),
        ({"user": gas.driver_user.id}, f"the driver still has {number}"),
        ({"user": gas.admin.id}, "last admin"),
        ({"customer": "nobody"}, "no customer nobody"),
        ({"driver": "nobody"}, "no driver nobody"),
        ({"user": "nobody"}, "no user nobody"),
        ({"phone": "12"}, "not a phone number"),
    ):
        with pytest.raises(Refused, match=reason):
            find(gas.tenant.id, **whom)
    assert everything_stored() == before


def test_a_driver_with_an_open_route_is_refused(world: World, gas: Business) -> None:
    order = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    assert world.api.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed"}, as_=gas.staff).status == 200
    today = local_day(now(), gas.tenant.time_zone)
    body = {"name": "早班", "date": today, "stops": [{"order_id": order["id"]}]}
    route = world.api.post("/v1/routes", body, as_=gas.staff).body
    assert (
        world.api.post(f"/v1/routes/{route['id']}/assign", {"driver_id": gas.driver.id}, as_=gas.staff).status
        == 200
    )
    with pytest.raises(Refused, match="早班"):
        find(gas.tenant.id, driver=gas.driver.id)


def test_a_running_import_could_bring_a_person_back(world: World, gas: Business) -> None:
    id_ = imported(gas, "歐陽曉明", state="committing")
    with pytest.raises(Refused, match=f"the import {id_} is running"):
        find(gas.tenant.id, phone=PHONE)
