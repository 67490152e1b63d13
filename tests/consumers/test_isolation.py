"""A bad record or a failing tenant does not delay others' events, welcomes, closings and SMS."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import Struct

from chalicelib.auth.sessions import revoke
from chalicelib.auth.tokens import verify_access_token
from chalicelib.core import aws
from chalicelib.core.clock import now, wire
from chalicelib.models.connection import Connection
from chalicelib.models.notification import Notification
from chalicelib.models.order import Order
from chalicelib.models.tenant import SmsSettings, Tenant
from chalicelib.models.user import User
from chalicelib.monitoring.stream_health import measured_at
from tests.consumers.damage import dead_letters, mistyped, without
from tests.displays import display
from tests.displays import revoke as revoke_display
from tests.factories import Business, delivery_business, order_body
from tests.routes.rounds import DEPOT
from tests.world import STREAMS, World


class Scenario(Struct, frozen=True):
    """An action of a business that gives a table's stream a record, and the event that its office receives.

    required: an attribute that the row must have. connect: who learns of it.
    """

    table: str
    required: str
    act: Callable[[World, Business], object]
    is_followed: Callable[[World, str], bool]
    connect: Callable[[World, Business], str] = lambda world, business: world.connect(business.staff)


def _received(kind: str) -> Callable[[World, str], bool]:
    return lambda world, office: bool(world.received(office, kind))


def _closed(world: World, office: str) -> bool:
    return office in world.gateway.closed


def _order(world: World, business: Business) -> str:
    answer = world.api.post("/v1/orders", order_body(business), as_=business.staff)
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def _route(world: World, business: Business) -> None:
    order_id = _order(world, business)
    world.api.post(f"/v1/orders/{order_id}/status", {"status": "confirmed"}, as_=business.staff)
    day = world.api.get(f"/v1/orders/{order_id}", as_=business.staff).body["scheduled_date"]
    answer = world.api.post(
        "/v1/routes", {"date": day, "depot": DEPOT, "stops": [{"order_id": order_id}]}, as_=business.staff
    )
    assert answer.status == 201, answer.body


def _position(world: World, business: Business) -> None:
    fix = {**DEPOT, "timestamp": wire(now())}
    assert world.api.post("/v1/drivers/me/location", fix, as_=business.driver_user).status == 200


def _revoke_display(world: World, business: Business) -> None:
    [item] = world.api.get("/v1/display-tokens", as_=business.admin).body["items"]
    revoke_display(world.api, business, item["id"])


def _suspend_user(world: World, business: Business) -> None:
    path = f"/v1/users/{business.staff.id}"
    assert world.api.patch(path, {"status": "suspended"}, as_=business.admin).status == 200


def _publish(world: World, business: Business) -> None:
    body = {"channel": "system", "type": "maintenance.alert", "data": {}}
    assert world.api.post("/v1/realtime/publish", body, as_=business.staff).status == 202


SCENARIOS = {
    "orders_stream": Scenario("orders", "order_number", _order, _received("order_created")),
    "routes_stream": Scenario("routes", "date", _route, _received("route_updated")),
    "positions_stream": Scenario("driver_positions", "at", _position, _received("driver_location")),
    "connections_stream": Scenario("connections", "kind", lambda _world, _business: None, _received("connected")),
    "users_stream": Scenario("users", "role", _suspend_user, _closed),
    "tenants_stream": Scenario(
        "tenants",
        "name",
        lambda _world, business: business.tenant.update([Tenant.status.set("suspended")]),
        _closed,
    ),
    "sessions_stream": Scenario(
        "refresh_tokens",
        "user_id",
        lambda world, business: revoke(verify_access_token(world.api.token(business.staff)).session_id),
        _closed,
    ),
    "display_tokens_stream": Scenario("display_tokens", "kind", _revoke_display, _closed, display),
    "announcements_stream": Scenario("announcements", "type", _publish, _received("maintenance.alert")),
}


@pytest.fixture
def other(gas: Business) -> Business:
    """A second gas business."""
    return delivery_business()


def test_each_stream_function_has_a_scenario() -> None:
    assert {name for name, _ in STREAMS.values()} == set(SCENARIOS)


@pytest.mark.parametrize("damage", [without, mistyped])
@pytest.mark.parametrize("function", SCENARIOS)
def test_an_unreadable_record_becomes_a_dead_letter_and_the_next_one_is_followed(
    world: World, gas: Business, other: Business, logged: io.StringIO, function: str, damage: Callable[..., Any]
) -> None:
    scenario = SCENARIOS[function]
    offices = {business.tenant.id: scenario.connect(world, business) for business in (gas, other)}
    if scenario.table != "connections":
        world.deliver()
    scenario.act(world, gas)
    bad = [damage(record, scenario.required) for record in world.take(scenario.table)[-1:]]
    if scenario.table == "connections":
        bad = [damage(_of_connection(offices[gas.tenant.id]), scenario.required)]
        good = [_of_connection(offices[other.tenant.id])]
    else:
        scenario.act(world, other)
        good = world.take(scenario.table)
    world.follow(scenario.table, [*bad, *good])
    assert scenario.is_followed(world, offices[other.tenant.id])
    assert not scenario.is_followed(world, offices[gas.tenant.id])
    [dead_letter] = dead_letters()
    assert (dead_letter["stream"], dead_letter["record"]["dynamodb"]["NewImage"]) == (function, _images(bad)[0])
    assert scenario.required in dead_letter["reason"]
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    [line] = [each for each in lines if each["message"] == "record_unreadable"]
    assert (line["level"], line["table"]) == ("ERROR", scenario.table)
    assert scenario.required in line["reason"]
    world.follow(scenario.table, [*bad, *good])
    assert dead_letters() == [], "a repeated batch writes no second letter"


def _images(records: list[dict[str, Any]]) -> list[Any]:
    """The images as they stand in Lambda's JSON."""
    from tests.lambda_events import stream

    return [record["dynamodb"]["NewImage"] for record in stream(records)["Records"]]


def _of_connection(connection_id: str) -> dict[str, Any]:
    """The record of a connection's row."""
    from tests.aws_in_process import moto_tables

    items = moto_tables()["luckygas-test-connections"].stream_shard.items
    return next(
        record
        for each in items
        if (record := each.to_json())["dynamodb"]["Keys"]["connection_id"]["S"] == connection_id
    )


def test_health_is_degraded_while_there_is_a_dead_letter(world: World, gas: Business) -> None:
    _order(world, gas)
    world.follow("orders", [without(record, "status") for record in world.take("orders")])
    body = world.api.get("/v1/health", as_=gas.staff).body
    assert (body["status"], body["queues"]["stream_dead_letters"]) == ("degraded", 1)
    assert len(dead_letters()) == 1
    assert world.api.get("/v1/health").body["status"] == "healthy"


def test_an_order_whose_damaged_row_is_repaired_is_shown_again_and_one_that_is_removed_runs_no_function(
    world: World, gas: Business
) -> None:
    office = world.connect(gas.staff)
    order_id = _order(world, gas)
    world.deliver()
    row = Order.get(gas.tenant.id, order_id)
    raw = row.to_dynamodb_dict()
    table = {"TableName": "luckygas-test-orders"}
    dynamodb = aws.client("dynamodb")
    dynamodb.put_item(**table, Item={name: value for name, value in raw.items() if name != "status"})
    world.deliver()
    dynamodb.put_item(**table, Item=raw)
    world.deliver()
    [shown] = world.received(office, "order_updated")
    assert (shown["data"]["id"], shown["data"]["status"]) == (order_id, "pending")
    assert len(dead_letters()) == 1, "of the damage, not of the repair"
    dynamodb.put_item(**table, Item={name: value for name, value in raw.items() if name != "status"})
    world.take("orders")
    dynamodb.delete_item(**table, Key={name: raw[name] for name in ("tenant_id", "id")})
    assert world.take("orders") == []


def test_an_order_of_an_unknown_tenant_becomes_a_dead_letter_and_the_others_get_their_sms(
    world: World, gas: Business, other: Business
) -> None:
    other.tenant.update([Tenant.sms.set(SmsSettings(provider="http", url="http://127.0.0.1:9", sender="X"))])
    for business in (gas, other):
        path = f"/v1/orders/{_order(world, business)}/status"
        world.take("orders")
        world.api.post(path, {"status": "confirmed"}, as_=business.staff)
        if business is gas:
            lost = world.take("orders")
            business.tenant.delete()
    world.follow("orders", [*lost, *world.take("orders")])
    assert [row.tenant_id for row in Notification.scan()] == [other.tenant.id]
    [dead_letter] = dead_letters()
    assert "no such tenant" in dead_letter["reason"]


def test_an_order_with_an_unreadable_customer_becomes_a_dead_letter_and_the_others_get_their_sms(
    world: World, gas: Business, other: Business
) -> None:
    assert gas.customer is not None
    provider = SmsSettings(provider="http", url="http://127.0.0.1:9", sender="X")
    for business in (gas, other):
        business.tenant.update([Tenant.sms.set(provider)])
        order_id = _order(world, business)
        world.take("orders")
        world.api.post(f"/v1/orders/{order_id}/status", {"status": "confirmed"}, as_=business.staff)
        if business is gas:
            damaged = world.take("orders")
    row = gas.customer.to_dynamodb_dict()
    del row["name"]
    aws.client("dynamodb").put_item(TableName="luckygas-test-customers", Item=row)
    world.follow("orders", [*damaged, *world.take("orders")])
    assert [row.tenant_id for row in Notification.scan()] == [other.tenant.id]
    [dead_letter] = dead_letters()
    assert "customers" in dead_letter["reason"]


@contextmanager
def throttled(operation: str, what: str) -> Iterator[None]:
    """DynamoDB refuses operations whose request names `what`, as it does if a partition is too busy."""

    def refuse(params: Any, **_: Any) -> Any:
        body = params["body"]
        if what in (body if isinstance(body, str) else body.decode()):
            error = {"Code": "ThrottlingException", "Message": "Rate of requests exceeds the allowed throughput."}
            return SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": {}}
        return None

    events, name = aws.client("dynamodb").meta.events, f"before-call.dynamodb.{operation}"
    events.register_first(name, refuse)
    try:
        yield
    finally:
        events.unregister(name, refuse)


def test_a_tenant_whose_log_cannot_be_written_delays_no_other_and_loses_nothing(
    world: World, gas: Business, other: Business
) -> None:
    offices = {business.tenant.id: world.connect(business.staff) for business in (gas, other)}
    world.deliver()
    for business in (gas, other):
        _order(world, business)
    records = world.take("orders")
    with throttled("TransactWriteItems", f"{gas.tenant.id}#orders"), pytest.raises(ExceptionGroup):
        world.follow("orders", records)
    assert world.received(offices[gas.tenant.id], "order_created") == []
    [first] = world.received(offices[other.tenant.id], "order_created")
    world.follow("orders", records)
    [late] = world.received(offices[gas.tenant.id], "order_created")
    assert late["cursors"]["orders"] == 1
    assert {json.dumps(each) for each in world.received(offices[other.tenant.id], "order_created")} == {
        json.dumps(first)
    }, "the same event under the same number"
    assert dead_letters() == []


def test_a_stream_goes_on_while_its_progress_cannot_be_stored(world: World, gas: Business) -> None:
    office = world.connect(gas.staff)
    world.deliver()
    _order(world, gas)
    measured_at.cache_clear()
    with throttled("PutItem", "system_metrics"):
        world.deliver()
    assert world.received(office, "order_created")


def test_a_suspension_beside_an_unreadable_user_closes_the_suspended_users_socket(
    world: World, gas: Business, other: Business
) -> None:
    office = world.connect(gas.staff)
    world.deliver()
    User(other.tenant.id, other.staff.id).update([User.name.set("改名")])
    bad = [without(record, "password_hash") for record in world.take("users")]
    _suspend_user(world, gas)
    world.follow("users", [*bad, *world.take("users")])
    assert _closed(world, office)
    assert not any(row.connection_id == office for row in Connection.scan())
