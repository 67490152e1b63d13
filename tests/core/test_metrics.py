"""The metrics in log lines: every declared metric, none by tenant, each in one line."""

import io
import json
from collections import Counter
from typing import Any

from chalicelib.core import aws
from chalicelib.core.clock import now
from chalicelib.core.metrics import UNITS
from chalicelib.core.settings import settings
from chalicelib.models.tenant import SmsSettings, Tenant
from infra.alarms import RULES
from infra.dashboard import graphs
from tests.factories import Business, order_body
from tests.sms.gateway import Gateway as SmsGateway
from tests.world import World


def lines(logged: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logged.getvalue().splitlines()]


def metrics(logged: io.StringIO) -> Any:
    """The sum of each metric; every document held to AWS's specification."""
    sums: Any = Counter()  # some values have fractions
    for line in lines(logged):
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            assert isinstance(line["_aws"]["Timestamp"], int)
            assert (directive["Namespace"], directive["Dimensions"]) == ("luckygas-local", [[]])
            for metric in directive["Metrics"]:
                assert metric["Unit"] == UNITS[metric["Name"]]
                value = line[metric["Name"]]
                assert isinstance(value, int | float)
                assert not isinstance(value, bool)
                sums[metric["Name"]] += value
    return sums


def test_sockets_are_counted_from_coming_to_going(world: World, gas: Business, logged: io.StringIO) -> None:
    connection_id = world.connect(gas.staff)
    world.handshake("refused=", token="nonsense")
    world.disconnect(world.connect(gas.admin, reconnect="1"))
    for message in (
        {"type": "ping"},
        {"type": "nonsense"},
        {"type": "subscribe", "channel": "orders"},
        {"type": "subscribe", "channel": "orders", "since": 0},
        {"type": "subscribe", "channel": "orders", "since": 0, "epoch": "another"},
    ):
        world.send(connection_id, message)
    world.sweep(now())
    world.disconnect(connection_id)
    world.disconnect(connection_id)
    counted = metrics(logged)
    assert 0 <= counted.pop("ConnectionSeconds") < 60
    assert counted == {
        "Connected": 2,
        "Reconnected": 1,
        "ConnectionsRefused": 1,
        "Messages": 5,
        "MessagesRefused": 1,
        "Resumed": 2,
        "NotRecovered": 1,
        "Connections": 1,
    }
    assert len([line for line in lines(logged) if "ConnectionSeconds" in line]) == 2


def test_a_batch_of_events_is_counted_once(world: World, gas: Business, logged: io.StringIO) -> None:
    for _ in range(2):
        world.connect(gas.staff)
    for _ in range(3):
        assert world.api.post("/v1/orders", order_body(gas), as_=gas.staff).status == 201
    world.deliver()
    counted = metrics(logged)
    assert {name: counted[name] for name in ("FanOutEvents", "FanOutSent", "FanOutGone", "FanOutFailed")} == {
        "FanOutEvents": 3,
        "FanOutSent": 2,  # connections, each with three events
        "FanOutGone": 0,
        "FanOutFailed": 0,
    }
    assert 0 < counted["FanOutMs"] < 60_000
    assert 0 <= counted["StreamLagMs"] < 60_000


def test_sms_are_counted_by_their_result(
    world: World, gas: Business, sms_gateway: SmsGateway, logged: io.StringIO
) -> None:
    gas.tenant.update([Tenant.sms.set(SmsSettings(provider="http", url=sms_gateway.url, sender="X"))])
    key = f"{settings().secrets_prefix}/sms/{gas.tenant.id}"
    aws.client("ssm").put_parameter(Name=key, Value="provider-key", Type="SecureString")

    def texts(count: int, status: int) -> Counter[str]:
        sms_gateway.status = status
        before = metrics(logged)
        for _ in range(count):
            order = world.api.post("/v1/orders", order_body(gas), as_=gas.staff).body
            world.api.post(f"/v1/orders/{order['id']}/status", {"status": "confirmed"}, as_=gas.staff)
        world.deliver()
        return Counter({name: n for name, n in (metrics(logged) - before).items() if name.startswith("Sms")})

    assert texts(2, 200) == {"SmsSent": 2}
    assert texts(1, 400) == {"SmsFailed": 1}
    assert texts(5, 500) == {"SmsPostponed": 5, "SmsProviderDown": 1}
    # Zeros for sent messages: the average of all is the rate of failures.
    assert [line["SmsFailed"] for line in lines(logged) if "SmsFailed" in line] == [0, 0, 1]


def test_alarms_and_dashboard_know_all_metrics_and_no_others() -> None:
    ours = "luckygas-${Stage}"
    shown = {row[1] for graph in graphs({}) for row in graph.metrics if row[0] == ours}
    assert shown == set(UNITS)
    assert {rule.metric for rule in RULES.values() if rule.namespace == {"Fn::Sub": ours}} <= set(UNITS)


def test_no_metric_is_by_business_user_or_channel() -> None:
    # CloudWatch's price is per metric, so their number must have a bound.
    assert len(UNITS) <= 25
