"""The CloudWatch dashboard, from the symptoms that users notice down to the infrastructure."""

import json
from typing import Any, Final, NamedTuple

from infra.kinds import Resources, functions, queues, sources

_OURS: Final = "luckygas-${Stage}"
_LAMBDA, _GATEWAY = "AWS/Lambda", "AWS/ApiGateway"
_WIDTH, _HEIGHT = 8, 6
_PER_ROW: Final = 24 // _WIDTH


class Graph(NamedTuple):
    """metrics: rows of CloudWatch's dashboard language, `[namespace, metric, dimension, value, …, {options}]`."""

    title: str
    metrics: list[list[Any]]
    statistic: str = "Sum"
    period: int = 60


def dashboard(resources: Resources) -> dict[str, Any]:
    """The dashboard `luckygas-<stage>` of a template that has its alarms."""
    body = {"start": "-PT3H", "widgets": [_alarm_states(resources), *_placed(graphs(resources))]}
    return {
        "Dashboard": {
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {
                "DashboardName": {"Fn::Sub": _OURS},
                "DashboardBody": {"Fn::Sub": json.dumps(body, ensure_ascii=False)},
            },
        }
    }


def graphs(resources: Resources) -> list[Graph]:
    """The graphs in reading order."""
    rest = ["ApiName", _OURS, "Stage", "api"]
    socket = ["ApiId", "${WebsocketAPI}", "Stage", "api"]
    return [
        Graph("Who is connected", [[_OURS, "Connections"]], "Maximum"),
        Graph(
            "Do events arrive? (ms to the last listener)",
            [[_OURS, "FanOutMs", {"stat": stat}] for stat in ("p50", "p99", "Maximum")],
        ),
        Graph("Posts sent, gone, failed", [[_OURS, f"FanOut{what}"] for what in ("Sent", "Gone", "Failed")]),
        Graph(
            "Coming and going",
            [[_OURS, "Connected"], [_OURS, "ConnectionsRefused"], [_OURS, "ConnectionSeconds", {"stat": "p50"}]],
        ),
        Graph(
            "Sockets: messages, refused, failed",
            [[_OURS, "Messages"], [_OURS, "MessagesRefused"], [_OURS, "SocketFailures"]],
        ),
        Graph(
            "Reconnects, channels resumed, and those that lost events",
            [[_OURS, name] for name in ("Reconnected", "Resumed", "NotRecovered")],
        ),
        Graph(
            "REST: requests, refused, broken", [[_GATEWAY, m, *rest] for m in ("Count", "4XXError", "5XXError")]
        ),
        Graph("Sign-ins: accepted, refused", [[_OURS, name] for name in ("SignIns", "SignInsRefused")]),
        Graph("REST: ms", [[_GATEWAY, "Latency", *rest, {"stat": stat}] for stat in ("p50", "p99")], "p50"),
        Graph(
            "Sockets' functions: not reached, refused or broken",
            [[_GATEWAY, m, *socket] for m in ("ExecutionError", "IntegrationError")],
        ),
        Graph(
            "Texts: sent, failed, postponed, above a cap",
            [[_OURS, f"Sms{what}"] for what in ("Sent", "Failed", "Postponed", "Capped")],
        ),
        Graph("Events", [[_OURS, "FanOutEvents"]]),
        Graph("Texts: providers that are down", [[_OURS, "SmsProviderDown"]]),
        Graph("Streams: ms behind", _lambda(resources, "IteratorAge", "DynamoDB"), "Maximum"),
        Graph("Streams: ms from a change to what follows it", [[_OURS, "StreamLagMs", {"stat": "p99"}]]),
        Graph("Queues: messages waiting", _queues(resources, "ApproximateNumberOfMessagesVisible"), "Maximum"),
        Graph("Queues: seconds the oldest waits", _queues(resources, "ApproximateAgeOfOldestMessage"), "Maximum"),
        Graph("Functions: errors", _lambda(resources, "Errors")),
        Graph("Functions: ms, worst in a minute", _lambda(resources, "Duration"), "Maximum"),
        Graph(
            "Functions: at the same time, throttled (whole account)",
            [[_LAMBDA, "ConcurrentExecutions", {"stat": "Maximum"}], [_LAMBDA, "Throttles"]],
        ),
        Graph(
            "What cannot be read: rows, stream records",
            [[_OURS, metric] for metric in ("RowsUnreadable", "RecordsSetAside")],
        ),
        Graph("DynamoDB: throttled", [_search(m) for m in ("WriteThrottleEvents", "ReadThrottleEvents")]),
    ]


def _lambda(resources: Resources, metric: str, source: str = "") -> list[list[Any]]:
    names = [name for name, _ in sources(resources, source)] if source else list(functions(resources))
    return [[_LAMBDA, metric, "FunctionName", f"${{{name}}}", {"label": name}] for name in names]


def _queues(resources: Resources, metric: str) -> list[list[Any]]:
    return [
        ["AWS/SQS", metric, "QueueName", f"${{{name}.QueueName}}", {"label": name}] for name in queues(resources)
    ]


def _search(metric: str) -> list[Any]:
    # By search, because only throttled tables have the metric. It covers all tables of the account.
    sought = f"SEARCH('{{AWS/DynamoDB,TableName}} MetricName=\"{metric}\"', 'Sum', 60)"
    return [{"expression": sought}]


def _alarm_states(resources: Resources) -> dict[str, Any]:
    prefix = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"
    names = [
        each["Properties"]["AlarmName"]["Fn::Sub"]
        for each in resources.values()
        if each.get("Type") == "AWS::CloudWatch::Alarm"
    ]
    arns = [prefix + name for name in names]
    properties = {"title": "Is it well? Every alarm's entry: docs/operations.md, Alarms", "alarms": arns}
    return {"type": "alarm", "x": 0, "y": 0, "width": 24, "height": _HEIGHT, "properties": properties}


def _placed(graphs: list[Graph]) -> list[dict[str, Any]]:
    return [
        {
            "type": "metric",
            "x": n % _PER_ROW * _WIDTH,
            "y": (1 + n // _PER_ROW) * _HEIGHT,
            "width": _WIDTH,
            "height": _HEIGHT,
            "properties": {
                "title": graph.title,
                "metrics": graph.metrics,
                "stat": graph.statistic,
                "period": graph.period,
                "region": "${AWS::Region}",
            },
        }
        for n, graph in enumerate(graphs)
    ]
