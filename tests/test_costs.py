"""The cost ledger: the AWS calls of each operation, and their cost per month (docs/cost.md)."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.auth.revocations import FRESH_FOR, revocations
from chalicelib.consumers.stream import STREAMS
from chalicelib.core import aws
from chalicelib.core.clock import hour_of, now, wire
from chalicelib.core.settings import settings
from chalicelib.models.connection import Connection
from chalicelib.models.rate_limit import RateLimit
from chalicelib.models.tenant import SmsSettings, Tenant
from chalicelib.monitoring.stream_health import measured_at, slowest
from infra.packaging import ROOT
from infra.permissions import PERMISSIONS
from tests.costs import PRICES, Ledger, dollars, ledger
from tests.factories import Business, order_body, principal
from tests.page_counts import PAGE_COUNTS, Counts
from tests.routes.rounds import DEPOT, done, planned
from tests.sms.gateway import Gateway as SmsGateway
from tests.world import World

DOCUMENT = ROOT / "docs" / "cost.md"
SCALE = ROOT / "docs" / "scale.md"
RECIPIENTS = 5
MISSED = 50
STOPS = 10

# How long a function is billed for, in ms; see docs/cost.md.
BILLED_MS = 30.0

# Per connection and month of 30 days: ten hours a day, a heartbeat every 30 seconds, a new connection every two
# hours and two more a day when the network is lost.
CONNECTION = {"minutes": 30 * 600, "heartbeats": 30 * 1_200, "connects": 30 * 7, "resumes": 30 * 2}
# Per connection and day, as today: 50 connections, 125 orders, 1,000 events, 400 texts.
ORDERS, CHANGES = 2.5, 17.5
# For each 50 connections ten drivers, who post their position every ten seconds, eight hours a day.
FIXES = 10 / 50 * 8 * 360
DAYS = 30


def read_revocations(business: Business) -> None:
    """As a process has done that was busy within the last seconds."""
    revocations.concern(principal(business.tenant, business.staff.role))


def refill_limits() -> None:
    """The state after half a minute of silence: quick succession costs one more call."""
    for row in Connection.scan():
        row.update([Connection.next_message_at.set(0)])
    for limit in RateLimit.scan():
        limit.update([RateLimit.due.set(0)])


# One worker measures for all.
pytestmark = pytest.mark.xdist_group("costs")
_measured: dict[str, Ledger] = {}


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> dict[str, Ledger]:
    """What each of the scenarios costs, in their order."""
    if not _measured:
        _measured.update(_measure(*map(request.getfixturevalue, ("world", "gas", "sms_gateway"))))
    return _measured


def _measure(world: World, gas: Business, sms_gateway: SmsGateway) -> dict[str, Ledger]:
    gas.tenant.update([Tenant.sms.set(SmsSettings(provider="http", url=sms_gateway.url, sender="X"))])
    key = f"{settings().secrets_prefix}/sms/{gas.tenant.id}"
    aws.client("ssm").put_parameter(Name=key, Value="provider-key", Type="SecureString")
    older = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body
    others = [world.connect(gas.admin) for _ in range(2)] + [world.connect(gas.staff) for _ in range(2)]
    world.api.token(gas.driver_user)
    world.deliver()
    # Once an hour for each stream: that is not what an event costs.
    slowest().update({f"{hour_of(now())}#{declared.table}": 60_000 for declared in STREAMS.values()})
    found: dict[str, Ledger] = {}

    def measure(name: str, happens: Callable[[], Any]) -> Any:
        refill_limits()
        world.deliver()
        measured_at.cache_clear()
        read_revocations(gas)
        with ledger(world) as counted:
            result = happens()
            world.deliver()
        found[name] = counted
        return result

    office = measure("connect and welcome", lambda: world.connect(gas.staff))
    assert len([*others, office]) == RECIPIENTS
    watch = {"type": "subscribe", "channel": f"order:{older['id']}", "since": 0}
    measure("subscribe to a channel", lambda: world.send(office, watch))
    assert world.received(office, "subscribed")
    measure("heartbeat", lambda: world.send(office, {"type": "heartbeat"}))
    order = measure("order created", lambda: world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body)
    path = f"/v1/orders/{order['id']}/status"
    step = measure(
        f"status change, {RECIPIENTS} recipients, with its text",
        lambda: world.api.post(path, {"status": "confirmed"}, as_=gas.staff),
    )
    assert step.status == 200
    assert len(sms_gateway.received) == 1
    cursor = world.received(office, "order_status_changed")[-1]["cursors"]["orders"]
    orders = [world.api.post("/v1/orders", order_body(gas), as_=gas.staff) for _ in range(MISSED)]
    assert all(each.status == 201 for each in orders)
    world.deliver()
    resume = {"type": "subscribe", "channel": "orders", "since": cursor}
    measure(f"resume with {MISSED} missed", lambda: world.send(office, resume))
    assert len(world.received(office)) > MISSED
    fix = {"latitude": 25.03, "longitude": 121.56, "timestamp": wire(now())}
    measure(
        f"driver's position, {RECIPIENTS} recipients",
        lambda: world.api.post("/v1/drivers/me/location", fix, as_=gas.driver_user),
    )
    assert len(world.received(office, "driver_location")) == 1
    driver, row = gas.drivers[1]
    route = done(world.api, gas, planned(world.api, gas, STOPS), "assign", driver_id=row.id)
    done(world.api, gas, route, "start")
    for _ in range(2):
        world.deliver()
    near = {**DEPOT, "timestamp": wire(now() - timedelta(seconds=20))}
    world.api.post("/v1/drivers/me/location", near, as_=driver)
    world.deliver()
    world.deliver()
    measure(
        f"the same on a route of {STOPS} stops",
        lambda: world.api.post("/v1/drivers/me/location", {**DEPOT, "timestamp": wire(now())}, as_=driver),
    )
    measure("disconnect", lambda: world.disconnect(office))
    return found


def memory() -> dict[str, int]:
    """MB per function."""
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    functions = config["lambda_functions"]
    found = {
        name: functions.get(name, {}).get("lambda_memory_size", config["lambda_memory_size"])
        for name in PERMISSIONS
    }
    return found | {name: declared.memory_mb for name, declared in STREAMS.items()}


def per_scenario(measured: Mapping[str, Ledger]) -> list[str]:
    """The first table of the document."""
    rows = [
        "| | functions | DynamoDB calls | write units | read units | messages | a million times |",
        "|" + "---|" * 7,
    ]
    for name, found in measured.items():
        calls = sum(n for call, n in found.calls.items() if call.startswith("dynamodb."))
        cost = dollars(found.billed(memory(), BILLED_MS)) * 1e6
        cells = (
            name,
            found.invocations.total(),
            calls,
            found.write_units,
            f"{found.read_units:g}",
            found.messages,
        )
        rows.append(f"| {' | '.join(map(str, cells))} | ${cost:.2f} |")
    return rows


def per_month(measured: Mapping[str, Ledger]) -> list[str]:
    """The second table: what so many connections cost in a month."""
    connect, _, heartbeat, created, changed, resume, _, position, disconnect = (
        found.billed(memory(), BILLED_MS) for found in measured.values()
    )
    rows = [
        "| connections | being connected | heartbeats | orders | positions | sweep | a month |",
        "|" + "---|" * 7,
    ]
    for connections in (50, 1_000, 100_000):
        minutes = PRICES["connection_minutes"] * CONNECTION["minutes"] / 1e6
        come_and_go = CONNECTION["connects"] * (dollars(connect) + dollars(disconnect))
        being = connections * (minutes + come_and_go + CONNECTION["resumes"] * dollars(resume))
        beating = connections * CONNECTION["heartbeats"] * dollars(heartbeat)
        ordering = connections * DAYS * (ORDERS * dollars(created) + CHANGES * dollars(changed))
        driving = connections * DAYS * FIXES * dollars(position)
        sweeping = sweep(connections)
        total = being + beating + ordering + driving + sweeping
        cells = (being, beating, ordering, driving, sweeping, total)
        rows.append(f"| {connections:,} | {' | '.join(f'${cell:,.2f}' for cell in cells)} |")
    return rows


# A connection's row, as measured by `size_of`.
CONNECTION_BYTES = 520


def sweep(connections: int) -> float:
    """A month of sweeps, one a minute: a consistent scan of all connections."""
    units = max(1, connections * CONNECTION_BYTES / 4096)
    seconds = 0.05 + connections / 20_000
    runs = DAYS * 24 * 60
    billed = {"lambda": 1, "log_kilobytes": 1, "read_units": units}
    billed["gb_seconds"] = memory()["sweep_connections"] / 1024 * seconds
    return runs * dollars(billed)


def per_page(measured: Mapping[str, Ledger]) -> list[str]:
    """The third table: what a million visits of pages cost."""
    connect = dollars(measured["connect and welcome"].billed(memory(), BILLED_MS))
    rows = [
        "| visit | files | API | sockets | KB | a million times |",
        "|" + "---|" * 6,
    ]
    for name, page in PAGE_COUNTS.items():
        for visit, counts in ((name, page.first), (f"{name}, again", page.again)):
            cost = counts.edge_dollars() + _called(counts.rest) + counts.websocket * connect
            cells = [counts.static, counts.rest, counts.websocket, f"{counts.kilobytes:.1f}"]
            rows.append(f"| {' | '.join(map(str, [visit, *cells]))} | ${cost * 1e6:.2f} |")
    return rows


def _called(requests: int) -> float:
    """What requests of the API cost, but for DynamoDB."""
    found = Ledger()
    found.invocations["api_handler"] = requests
    return dollars(found.billed(memory(), BILLED_MS))


# Visitors who open a page within the same second, for example after an SMS to all.
VISITORS = 1_000
# Functions that a socket needs until its welcome is sent.
SOCKET_FUNCTIONS = 2
# Of an account that is new.
NEW_ACCOUNT = 10


def per_crowd() -> list[str]:
    """The table of scale.md: what so many first visits in one second need."""
    rows = [
        f"| {VISITORS:,} first visits in a second | requests | functions | at once | by {NEW_ACCOUNT} at a time |",
        "|" + "---|" * 5,
    ]
    for name, page in PAGE_COUNTS.items():
        calls = VISITORS * functions_of(page.first)
        seconds = calls * BILLED_MS / 1000
        cells = (
            f"{VISITORS * page.first.requests:,}",
            f"{calls:,}",
            f"{seconds:,.0f}",
            f"{seconds / NEW_ACCOUNT:.0f} s",
        )
        rows.append(f"| {' | '.join([name, *cells])} |")
    return rows


def functions_of(counts: Counts) -> int:
    return counts.rest + counts.websocket * SOCKET_FUNCTIONS


@pytest.mark.parametrize("table", [per_scenario, per_month, per_page])
def test_the_document_has_the_measured_figures(
    measured: dict[str, Ledger], table: Callable[[Mapping[str, Ledger]], list[str]]
) -> None:
    expected = "\n".join(table(measured))
    assert expected in DOCUMENT.read_text(), f"docs/cost.md should have\n{expected}"


def test_the_page_on_scale_has_the_quotas_for_a_crowd(measured: dict[str, Ledger]) -> None:
    assert measured["connect and welcome"].invocations.total() == SOCKET_FUNCTIONS
    expected = "\n".join(per_crowd())
    assert expected in SCALE.read_text(), f"docs/scale.md should have\n{expected}"


def test_prices_are_in_the_document() -> None:
    text = DOCUMENT.read_text()
    assert all(f"${price:g}" in text or f"${price:.2f}" in text for price in PRICES.values())


def test_the_most_frequent_operations_make_few_calls(measured: dict[str, Ledger]) -> None:
    """A regression here is money: each call more of a status change is paid for a million times."""
    calls = {
        name: {call.removeprefix("dynamodb."): n for call, n in found.calls.items()}
        for name, found in measured.items()
    }
    assert calls == {
        "connect and welcome": {
            "BatchGetItem": 3,
            "UpdateItem": 1,
            "TransactWriteItems": 1,
            "Query": 1,
            "PutItem": 1,
        },
        "subscribe to a channel": {"UpdateItem": 1, "GetItem": 1, "TransactWriteItems": 1, "Query": 1},
        "heartbeat": {"UpdateItem": 1, "BatchGetItem": 1},
        "order created": {
            "BatchGetItem": 3,
            "GetItem": 2,
            "TransactWriteItems": 2,
            "Query": 3,
            "PutItem": 1,
        },
        "status change, 5 recipients, with its text": {
            "UpdateItem": 2,
            "Query": 5,
            "BatchGetItem": 3,
            "TransactWriteItems": 3,
            "GetItem": 5,
            "PutItem": 1,
            "sqs.SendMessage": 1,
            "ssm.GetParameter": 1,
        },
        "resume with 50 missed": {"UpdateItem": 1, "TransactWriteItems": 1, "Query": 1},
        "driver's position, 5 recipients": {
            "UpdateItem": 1,
            "Query": 2,
            "PutItem": 1,
            "BatchWriteItem": 1,
            "BatchGetItem": 1,
        },
        "the same on a route of 10 stops": {
            "UpdateItem": 1,
            "Query": 2,
            "PutItem": 1,
            "BatchWriteItem": 1,
            "BatchGetItem": 4,
        },
        "disconnect": {"BatchGetItem": 1, "BatchWriteItem": 2},
    }


def test_the_document_has_the_cost_of_checking_access(world: World, gas: Business) -> None:
    """One call for the ordinary step; the reads of revocations do not grow with steps, users or tenants."""
    orders = [world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body["id"] for _ in range(3)]

    def step(order_id: str, status: str) -> Ledger:
        with ledger(world) as counted:
            answer = world.api.post(f"/v1/orders/{order_id}/status", {"status": status}, as_=gas.staff)
        assert answer.status == 200
        return counted

    world.api.patch(f"/v1/users/{gas.drivers[1][0].id}", {"status": "suspended"}, as_=gas.admin)
    world.deliver()
    read_revocations(gas)
    ordinary = step(orders[0], "confirmed")
    revocations.clear()
    reading = step(orders[1], "confirmed")
    final = step(orders[2], "cancelled")
    assert ordinary.calls == {"dynamodb.UpdateItem": 1}
    assert reading.calls == {"dynamodb.UpdateItem": 1, "dynamodb.Query": 1}
    assert final.calls == {"dynamodb.UpdateItem": 1, "dynamodb.BatchGetItem": 1}
    cost = DAYS * 24 * 3600 / FRESH_FOR.total_seconds() * dollars({"read_units": reading.read_units})
    text = " ".join(DOCUMENT.read_text().split())
    assert f"one Query of {reading.read_units:g} read unit every five seconds at most, ${cost:.2f} a month" in text
    assert f"one call of {final.read_units:g} read units" in text


def test_the_look_for_overdue_orders_is_in_the_document(world: World, gas: Business) -> None:
    """Every five minutes of every business's day, so each call of it is paid for 8,640 times a month."""
    open_ = [world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body for _ in range(5)]
    moment = now()
    looks: list[Ledger] = []
    for at in (moment, moment + timedelta(days=1), moment + timedelta(days=1)):
        with ledger(world) as counted:
            world.notify_overdue(at)
        looks.append(counted)
    today, first, again = ({c.removeprefix("dynamodb."): n for c, n in each.calls.items()} for each in looks)
    # By day and by the statuses of orders under way; then also by all other open ones.
    assert today == {"Scan": 1, "Query": 6}
    assert first == {"Scan": 1, "Query": 11, "BatchGetItem": 1, "PutItem": len(open_)}
    assert again == {"Scan": 1, "Query": 4}
    cost = DAYS * 24 * 12 * dollars({"read_units": looks[0].read_units, "gb_seconds": 0.1 / 2, "lambda": 1})
    expected = f"{sum(today.values())} calls and {looks[0].read_units:g} read units, ${cost:.2f} a month"
    assert expected in DOCUMENT.read_text(), f"docs/cost.md should have\n{expected}"
