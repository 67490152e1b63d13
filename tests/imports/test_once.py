"""Each row of a committed file is written exactly once, even if functions die and messages repeat."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.consumers.run_import import MAX_TRIES
from chalicelib.core import aws
from chalicelib.core.clock import epoch, from_wire, now, wire
from chalicelib.core.settings import settings as app_settings
from chalicelib.imports.jobs import STALLED
from chalicelib.models.base import batch_get
from chalicelib.models.customer import Customer
from chalicelib.models.external_key import ExternalKey
from chalicelib.models.file_import import FileImport
from chalicelib.models.order import Order
from chalicelib.models.order_template import OrderTemplate
from chalicelib.models.route import Route
from tests.calls import counted_calls, just_before, listening
from tests.factories import Business, delivery_business
from tests.imports.files import brought, checked, committed, csv_file, reported, shown
from tests.world import World

_LONG_AGO = "2026-01-01T00:00:00.000Z"
_WRITES = {"PutItem", "UpdateItem", "TransactWriteItems", "BatchWriteItem", "SendMessage", "PutObject"}


class Died(BaseException):
    """The function was ended from outside, so its own handlers do not run."""


@contextmanager
def dying_after(writes: int) -> Iterator[None]:
    """Ends the function after so many writes, right after the last one."""
    left = writes

    def count(model: Any, **_: Any) -> None:
        nonlocal left
        if model.name in _WRITES:
            left -= 1
            if left == 0:
                raise Died

    with listening("after-call", count):
        yield


def lose_messages() -> None:
    sqs, url = aws.client("sqs"), app_settings().import_queue_url
    while messages := sqs.receive_message(QueueUrl=url).get("Messages"):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])


def customers(number: int) -> bytes:
    rows = ((f"c{n}", f"客戶{n}", f"09{n:08}", f"地址{n}") for n in range(number))
    return csv_file(("id", "name", "phone", "address"), *rows)


def templates(number: int) -> bytes:
    rows = ((f"t{n}", "c0", "20公斤瓦斯桶", "1", "7", f"第{n}個") for n in range(number))
    return csv_file(("id", "customer_id", "item", "quantity", "every_days", "notes"), *rows)


def routes(number: int) -> bytes:
    rows = ((f"r{n}", f"路線{n}", "2024-05-01", f"o{n}") for n in range(number))
    return csv_file(("id", "name", "date", "stops"), *rows)


def orders(number: int) -> bytes:
    rows = ((f"o{n}", "c0", "20公斤瓦斯桶", "1", "delivered") for n in range(number))
    return csv_file(("id", "customer_id", "item", "quantity", "status"), *rows)


# Per kind: its file, its model, and the attributes that distinguish its records.
FILES: dict[str, tuple[Any, Any, str]] = {
    "customers": (customers, Customer, "name"),
    "templates": (templates, OrderTemplate, "notes"),
    "routes": (routes, Route, "name"),
}


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(sorted(FILES)),
    rows=st.integers(1, 7),
    deaths=st.lists(st.integers(1, 6), max_size=12),
    times=st.integers(1, 2),
    known=st.integers(0, 4),
)
def test_deaths_and_repeats_leave_each_row_once(
    world: World, kind: str, rows: int, deaths: list[int], times: int, known: int
) -> None:
    gas, (file, model, name) = delivery_business(), FILES[kind]
    if kind != "customers":
        committed(world, gas.staff, "customers", customers(1))
        committed(world, gas.staff, "orders", orders(7))
    before = len(list(model.query(gas.tenant.id)))
    if known:
        committed(world, gas.staff, kind, file(known))
    import_id = brought(world.api, gas.staff, kind, file(rows))
    left = iter(deaths)
    for step, expected in (("check", "checked"), ("commit", "done")):
        assert world.api.post(f"/v1/imports/{import_id}/{step}", as_=gas.staff).status == 202
        while (row := shown(world.api, gas.staff, import_id))["state"] != expected:
            try:
                with dying_after(next(left, 0)):
                    delivered = world.deliver_imports(times=times, rows_per_part=2)
            except Died:
                continue
            if not delivered:
                # All attempts of a part died: after a while staff repeat the request.
                FileImport(gas.tenant.id, import_id).update([FileImport.updated_at.set(_LONG_AGO)])
                assert world.api.post(f"/v1/imports/{import_id}/{step}", as_=gas.staff).status == 202
    there = sorted(getattr(each, name) for each in model.query(gas.tenant.id))
    assert len(there) == before + max(rows, known)
    assert len(set(there)) == len(there)
    assert len(list(ExternalKey.query(gas.tenant.id, ExternalKey.key.startswith(f"{kind}#")))) == max(rows, known)
    on_routes = [order.route_id for order in Order.query(gas.tenant.id) if order.route_id]
    assert len(set(on_routes)) == len(on_routes) == (max(rows, known) if kind == "routes" else 0)
    assert row["rows"] == {
        **dict.fromkeys(("updated", "skipped", "failed"), 0),
        **dict.fromkeys(("total", "checked", "written"), rows),
        "created": max(rows - known, 0),
        "unchanged": min(rows, known),
    }
    report = reported(world.api, gas.staff, import_id)
    assert [line["row"] for line in report] == [*range(2, rows + 2)]
    assert all(line["written"] for line in report)


def test_a_late_repeat_of_every_message_changes_nothing(world: World, gas: Business) -> None:
    sqs, url = aws.client("sqs"), app_settings().import_queue_url
    import_id = brought(world.api, gas.staff, "customers", customers(5))
    bodies = []
    for step in ("check", "commit"):
        world.api.post(f"/v1/imports/{import_id}/{step}", as_=gas.staff)
        while messages := sqs.receive_message(QueueUrl=url, VisibilityTimeout=0).get("Messages"):
            bodies += [message["Body"] for message in messages]
            world.deliver_imports(most=1, rows_per_part=2)
    before = shown(world.api, gas.staff, import_id), sorted(row.id for row in Customer.query(gas.tenant.id))
    assert (len(bodies), before[0]["state"]) == (1 + 3 + 3 + 3, "done")
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    assert world.deliver_imports() == len(bodies), "and none asked for another"
    after = shown(world.api, gas.staff, import_id), sorted(row.id for row in Customer.query(gas.tenant.id))
    assert after == before


def test_two_files_with_the_same_keys_at_the_same_time_make_each_customer_once(
    world: World, gas: Business
) -> None:
    before = Customer.count()
    ids = [checked(world, gas.staff, "customers", customers(4))["id"] for _ in range(2)]
    for import_id in ids:
        assert world.api.post(f"/v1/imports/{import_id}/commit", as_=gas.staff).status == 202
    # Their messages take turns in one queue.
    world.deliver_imports(rows_per_part=2)
    rows = [shown(world.api, gas.staff, import_id)["rows"] for import_id in ids]
    assert [(row["created"], row["unchanged"]) for row in rows] == [(4, 0), (0, 4)]
    assert Customer.count() == before + 4


def test_an_unchanged_file_does_not_hide_another_files_concurrent_change(world: World, gas: Business) -> None:
    def named(name: str) -> bytes:
        return csv_file(("external_id", "name", "phone", "address"), ("c0", name, "0900000000", "地址"))

    committed(world, gas.staff, "customers", named("first"))
    key = next(iter(ExternalKey.query(gas.tenant.id, ExternalKey.key.startswith("customers#"))))
    changed = world.api.patch(f"/v1/customers/{key.id}", {"name": "second", "version": 1}, as_=gas.staff)
    assert changed.status == 200, changed.body
    # Only the key is to be written: the customer has the name that the file gives.
    import_ids = [checked(world, gas.staff, "customers", named(name))["id"] for name in ("second", "third")]
    for import_id in import_ids:
        assert world.api.post(f"/v1/imports/{import_id}/commit", as_=gas.staff).status == 202
    with just_before("TransactWriteItems", lambda: world.deliver_imports(most=2)):
        world.deliver_imports()
    assert {shown(world.api, gas.staff, import_id)["state"] for import_id in import_ids} == {"done"}
    # The file that was written last has set the name, and the other file can still change it.
    assert Customer.get(gas.tenant.id, key.id).name == "second"
    again = committed(world, gas.staff, "customers", named("third"))
    assert again["rows"]["updated"] == 1
    assert Customer.get(gas.tenant.id, key.id).name == "third"


def test_a_part_that_fails_at_every_attempt_is_reported_and_the_commit_continues_later(
    world: World, gas: Business
) -> None:
    import_id = checked(world, gas.staff, "customers", customers(4))["id"]
    world.api.post(f"/v1/imports/{import_id}/commit", as_=gas.staff)
    world.deliver_imports(most=1)

    def refuse(**_: Any) -> None:
        raise RuntimeError("the database is on fire")

    with listening("before-call.dynamodb.TransactWriteItems", refuse):
        world.deliver_imports(most=5)
    row = shown(world.api, gas.staff, import_id)
    assert (row["state"], row["problem"]["code"]) == ("failed", "internal_error")
    assert world.api.post(f"/v1/imports/{import_id}/check", as_=gas.staff).status == 409, "it is half way"
    lose_messages()
    assert world.api.post(f"/v1/imports/{import_id}/commit", as_=gas.staff).status == 202
    world.deliver_imports()
    row = shown(world.api, gas.staff, import_id)
    assert (row["state"], row["rows"]["created"], row["problem"]) == ("done", 4, None)


@pytest.mark.parametrize("step", ["check", "commit"])
def test_an_import_whose_function_dies_at_every_attempt_fails(world: World, gas: Business, step: str) -> None:
    import_id = brought(world.api, gas.staff, "customers", customers(4))
    for asked in ("check", "commit")[: ("check", "commit").index(step) + 1]:
        world.deliver_imports()
        world.api.post(f"/v1/imports/{import_id}/{asked}", as_=gas.staff)
    for _ in range(MAX_TRIES):
        with pytest.raises(Died), dying_after(1):
            world.deliver_imports(most=1)
        assert shown(world.api, gas.staff, import_id)["state"] in ("checking", "committing")
    # A crash cannot be caught, so the next receipt of the message marks the import as failed.
    world.deliver_imports(most=1)
    row = shown(world.api, gas.staff, import_id)
    assert (row["state"], row["problem"]["code"]) == ("failed", "internal_error")
    lose_messages()
    assert world.api.post(f"/v1/imports/{import_id}/{step}", as_=gas.staff).status == 202
    world.deliver_imports()
    assert shown(world.api, gas.staff, import_id)["state"] == {"check": "checked", "commit": "done"}[step]


def test_a_stalled_import_is_reported_long_before_the_last_attempt(world: World, gas: Business) -> None:
    import_id = brought(world.api, gas.staff, "customers", customers(2))
    world.api.post(f"/v1/imports/{import_id}/check", as_=gas.staff)
    with pytest.raises(Died), dying_after(1):
        world.deliver_imports(most=1)
    row = FileImport.get(gas.tenant.id, import_id)
    for waited, state in (
        (STALLED - timedelta(minutes=1), "checking"),
        (STALLED + timedelta(minutes=1), "failed"),
    ):
        row.update([FileImport.updated_at.set(wire(now() - waited))])
        assert shown(world.api, gas.staff, import_id)["state"] == state
    [listed] = world.api.get("/v1/imports", as_=gas.staff).body["items"]
    assert (listed["state"], listed["problem"]["code"]) == ("failed", "stalled")
    world.deliver_imports()
    row_ = shown(world.api, gas.staff, import_id)
    assert (row_["state"], row_["problem"]) == ("checked", None), "it goes on by itself all the same"


def test_an_import_whose_message_was_lost_can_be_pushed_after_a_while(world: World, gas: Business) -> None:
    import_id = brought(world.api, gas.staff, "customers", customers(2))
    for step, state in (("check", "checked"), ("commit", "done")):
        path = f"/v1/imports/{import_id}/{step}"
        world.api.post(path, as_=gas.staff)
        lose_messages()
        assert world.api.post(path, as_=gas.staff).status == 409
        row = FileImport.get(gas.tenant.id, import_id)
        row.update([FileImport.updated_at.set(_LONG_AGO)])
        assert now() - from_wire(row.updated_at) > STALLED
        assert world.api.post(path, as_=gas.staff).status == 202
        world.deliver_imports()
        assert shown(world.api, gas.staff, import_id)["state"] == state


def test_ten_thousand_rows_come_in_fifty_parts_of_a_bounded_number_of_calls(world: World, gas: Business) -> None:
    import_id = brought(world.api, gas.staff, "customers", customers(10_000))
    world.api.post(f"/v1/imports/{import_id}/check", as_=gas.staff)
    with counted_calls() as calls:
        assert world.deliver_imports() == 1 + 50
    row = shown(world.api, gas.staff, import_id)
    assert (row["state"], row["rows"]["created"]) == ("checked", 10_000)
    # A part: its object, import and tenant, two reads of keys, eight writes of the report, its end, the next one.
    assert calls["s3.PutObject"] == calls["s3.GetObject"] - 1 == 50
    assert calls["dynamodb.BatchGetItem"] == 2 * 50
    assert calls["dynamodb.BatchWriteItem"] == 8 * 50
    assert calls.total() < 10_000 / 10, calls
    report = world.api.get(f"/v1/imports/{import_id}/rows", as_=gas.staff, query={"limit": "100"})
    assert len(report.body["items"]) == 100


def test_writing_takes_one_call_for_twenty_five_rows(world: World, gas: Business) -> None:
    import_id = checked(world, gas.staff, "customers", customers(60))["id"]
    world.api.post(f"/v1/imports/{import_id}/commit", as_=gas.staff)
    world.deliver_imports(most=1)
    with counted_calls() as calls:
        world.deliver_imports()
    assert calls["dynamodb.TransactWriteItems"] == 3
    assert calls.total() < 15, calls


def test_one_row_too_many_is_refused(world: World, gas: Business) -> None:
    row = checked(world, gas.staff, "customers", customers(10_001))
    assert (row["state"], row["problem"]["code"]) == ("refused", "too_many_rows")


def test_the_report_is_stored_for_thirty_days(world: World, gas: Business) -> None:
    row = checked(world, gas.staff, "customers", customers(1))
    reading = FileImport.get(gas.tenant.id, row["id"]).reading
    name = f"{app_settings().table_prefix}import_rows"
    key = {"import_key": {"S": f"{gas.tenant.id}#{row['id']}#{reading}"}, "number": {"N": "2"}}
    [item] = batch_get({name: {"Keys": [key]}})[name]
    assert abs(int(item["expires_at"]["N"]) - epoch(now()) - 30 * 86_400) < 60
