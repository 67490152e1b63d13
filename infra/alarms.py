"""Alarms: rules, and an alarm of each rule for each function or queue that it covers.

An alarm is called `luckygas-<stage>-<rule>` or `luckygas-<stage>-<rule>-<subject>`; docs/operations.md has an
entry for each rule. Without metric math: an alarm on one metric costs a third, and the emulator supports no other.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from infra.kinds import Resources, dead_letter_queues, functions, sources, work_queues

Dimensions = dict[str, Any]
# (subject of the alarm, empty for the stage; the dimensions of its metric)
Subjects = Iterator[tuple[str, Dimensions]]
_OURS: Final = {"Fn::Sub": "luckygas-${Stage}"}


class Rule(NamedTuple):
    """The condition of an alarm, and its subjects.

    when: `>` or `<` and a number, for so many of the last periods. statistic: CloudWatch's, `p99` for percentiles.
    every: seconds of a period. silence: whether missing data triggers the alarm.
    """

    says: str
    about: Callable[[Resources], Subjects]
    namespace: Any
    metric: str
    statistic: str
    when: tuple[str, float]
    every: int = 300
    periods: tuple[int, int] = (1, 1)
    silence: bool = False


def _each_function(resources: Resources) -> Subjects:
    return ((name, {"FunctionName": {"Ref": name}}) for name in functions(resources))


def _stream_functions(resources: Resources) -> Subjects:
    return ((name, {"FunctionName": {"Ref": name}}) for name, _ in sources(resources, "DynamoDB"))


def _scheduled(rate: str) -> Callable[[Resources], Subjects]:
    def about(resources: Resources) -> Subjects:
        for name, source in sources(resources, "Schedule"):
            if source["Schedule"] == rate:
                yield name, {"FunctionName": {"Ref": name}}

    return about


def _queues(kind: Callable[[Resources], list[str]]) -> Callable[[Resources], Subjects]:
    return lambda resources: (
        (name, {"QueueName": {"Fn::GetAtt": [name, "QueueName"]}}) for name in kind(resources)
    )


def _rest(_resources: Resources) -> Subjects:
    yield "", {"ApiName": _OURS, "Stage": "api"}


def _websocket(_resources: Resources) -> Subjects:
    yield "", {"ApiId": {"Ref": "WebsocketAPI"}, "Stage": "api"}


def _stage(_resources: Resources) -> Subjects:
    yield "", {}


_LAMBDA, _SQS, _GATEWAY = "AWS/Lambda", "AWS/SQS", "AWS/ApiGateway"

RULES: Final[dict[str, Rule]] = {
    "function-errors": Rule(
        "a function failed, or ran out of time", _each_function, _LAMBDA, "Errors", "Sum", (">", 0)
    ),
    # Without a function's name, because all functions of the region share the account's concurrency.
    "throttled": Rule(
        "functions are not started, because too many run in this account and region",
        *(_stage, _LAMBDA, "Throttles", "Sum", (">", 0)),
        periods=(2, 3),
    ),
    # The minute after which /v1/health says degraded.
    "stream-behind": Rule(
        "a stream is over a minute behind: screens show what was",
        *(_stream_functions, _LAMBDA, "IteratorAge", "Maximum", (">", 60_000)),
        every=60,
        periods=(3, 3),
    ),
    "minute-missed": Rule(
        "what the clock starts each minute has not run for five",
        *(_scheduled("rate(1 minute)"), _LAMBDA, "Invocations", "Sum", ("<", 1)),
        silence=True,
    ),
    "overdue-missed": Rule(
        "overdue orders have not been looked for in half an hour",
        *(_scheduled("rate(5 minutes)"), _LAMBDA, "Invocations", "Sum", ("<", 1)),
        every=900,
        periods=(2, 2),
        silence=True,
    ),
    "hour-missed": Rule(
        "what the clock starts each hour has not run for two",
        *(_scheduled("rate(1 hour)"), _LAMBDA, "Invocations", "Sum", ("<", 1)),
        every=3600,
        periods=(2, 2),
        silence=True,
    ),
    "queue-old": Rule(
        "messages wait for over a quarter of an hour",
        *(_queues(work_queues), _SQS, "ApproximateAgeOfOldestMessage", "Maximum", (">", 900)),
        periods=(2, 2),
    ),
    # The number above which /v1/health says degraded.
    "queue-long": Rule(
        "messages pile up",
        *(_queues(work_queues), _SQS, "ApproximateNumberOfMessagesVisible", "Maximum", (">", 500)),
        periods=(2, 2),
    ),
    "dead-letters": Rule(
        "work has failed and is in a dead-letter queue",
        *(_queues(dead_letter_queues), _SQS, "ApproximateNumberOfMessagesVisible", "Maximum", (">", 0)),
    ),
    "server-errors": Rule(
        "the REST API answers 5xx", _rest, _GATEWAY, "5XXError", "Sum", (">", 2), periods=(2, 3)
    ),
    # The average, because at night a percentile depends on single calls; a cold start takes one to two seconds.
    "slow-answers": Rule(
        "requests take over two seconds on average",
        *(_rest, _GATEWAY, "Latency", "Average", (">", 2_000)),
        periods=(3, 3),
    ),
    # Not IntegrationError, which also counts the 401 and 403 of clients with an expired token.
    "websocket-errors": Rule(
        "API Gateway cannot hand the sockets' messages to the functions",
        *(_websocket, _GATEWAY, "ExecutionError", "Sum", (">", 5)),
        periods=(2, 3),
    ),
    "socket-failures": Rule(
        "messages or handshakes of sockets are answered with 'unavailable' or an internal error",
        *(_stage, _OURS, "SocketFailures", "Sum", (">", 2)),
        periods=(2, 3),
    ),
    "fan-out-failures": Rule(
        "events cannot be posted to connections that are open",
        *(_stage, _OURS, "FanOutFailed", "Sum", (">", 20)),
        periods=(2, 3),
    ),
    "slow-fan-out": Rule(
        "one in a hundred events takes over five seconds to reach its last listener",
        *(_stage, _OURS, "FanOutMs", "p99", (">", 5_000)),
        periods=(3, 3),
    ),
    # An average of zeros and ones. Over an hour, because a small tenant sends few SMS.
    "sms-failures": Rule(
        "over a quarter of the SMS fail",
        *(_stage, _OURS, "SmsFailed", "Average", (">", 0.25)),
        every=3600,
        periods=(2, 2),
    ),
    "sms-provider-down": Rule(
        "an SMS provider fails its probes, or five SMS in a row",
        *(_stage, _OURS, "SmsProviderDown", "Sum", (">", 0)),
    ),
    "rows-unreadable": Rule(
        "a stored row cannot be read: lists leave it out",
        *(_stage, _OURS, "RowsUnreadable", "Sum", (">", 0)),
    ),
    # The average of API Gateway's zeros and ones. Half an hour, because at night few expired tokens are a large
    # share.
    "refused-requests": Rule(
        "over half of the REST API's requests are refused with 4xx",
        *(_rest, _GATEWAY, "4XXError", "Average", (">", 0.5)),
        every=900,
        periods=(2, 2),
    ),
    # 50 a second: a tenth of the API's default limit, and far above a day with ten drivers and 100 pages.
    "many-requests": Rule(
        "the REST API gets far more requests than a busy day's",
        *(_rest, _GATEWAY, "Count", "Sum", (">", 15_000)),
    ),
    # One address may have 30 failures in a quarter of an hour; the staff of a tenant have fewer.
    "sign-ins-refused": Rule(
        "many sign-ins are refused: passwords are being guessed",
        *(_stage, _OURS, "SignInsRefused", "Sum", (">", 100)),
        every=900,
    ),
    # More than twice today's 400; a tenant's own cap (chalicelib/sms/caps.py) stops at 2,000 by default.
    "many-sms": Rule(
        "over a thousand SMS were sent in a day",
        *(_stage, _OURS, "SmsSent", "Sum", (">", 1_000)),
        every=86_400,
    ),
    "sms-capped": Rule(
        "SMS are skipped, as a day's cap is reached",
        *(_stage, _OURS, "SmsCapped", "Sum", (">", 0)),
    ),
}

# The composite alarm of all others, for external monitors.
HEALTH: Final = "health"


def alarms(resources: Resources) -> dict[str, Any]:
    """Every rule's alarms by logical id, the topic that they notify, and the composite alarm of all."""
    made: dict[str, Any] = {}
    for rule, settings in RULES.items():
        for whose, dimensions in settings.about(resources):
            made[f"{_camel(rule)}{whose}Alarm"] = _alarm(rule, whose, settings, dimensions)
    return {**made, **_topic(), "HealthAlarm": _health(list(made))}


def name_of(rule: str, whose: str = "") -> dict[str, str]:
    """An alarm's name."""
    return {"Fn::Sub": "-".join(filter(None, ("luckygas-${Stage}", rule, whose)))}


def _alarm(rule: str, whose: str, settings: Rule, dimensions: Dimensions) -> dict[str, Any]:
    comparison = {">": "GreaterThanThreshold", "<": "LessThanThreshold"}
    sign, threshold = settings.when
    breaching, periods = settings.periods
    percentile = settings.statistic.startswith("p")
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": name_of(rule, whose),
            "AlarmDescription": f"{whose or 'luckygas'}: {settings.says}. docs/operations.md#{rule}",
            "Namespace": settings.namespace,
            "MetricName": settings.metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            "ExtendedStatistic" if percentile else "Statistic": settings.statistic,
            "Period": settings.every,
            "EvaluationPeriods": periods,
            "DatapointsToAlarm": breaching,
            "Threshold": threshold,
            "ComparisonOperator": comparison[sign],
            "TreatMissingData": "breaching" if settings.silence else "notBreaching",
            "AlarmActions": [{"Ref": "AlarmTopic"}],
            "OKActions": [{"Ref": "AlarmTopic"}],
        },
    }


def _topic() -> dict[str, Any]:
    return {
        "AlarmTopic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": {"Fn::Sub": "luckygas-${Stage}-alarms"}},
        },
        "AlarmMail": {
            "Type": "AWS::SNS::Subscription",
            "Condition": "HasAlarmEmail",
            "Properties": {
                "TopicArn": {"Ref": "AlarmTopic"},
                "Protocol": "email",
                "Endpoint": {"Ref": "AlarmEmail"},
            },
        },
    }


def _health(logical_ids: list[str]) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Condition": "OnAws",  # the emulator has no such resource
        "Properties": {
            "AlarmName": name_of(HEALTH),
            "AlarmDescription": "luckygas: something is not well, and another alarm says what. "
            f"docs/operations.md#{HEALTH}",
            # CloudWatch's limits are a hundred alarms and 10,240 characters.
            "AlarmRule": {"Fn::Join": [" OR ", [{"Fn::Sub": f'ALARM("${{{each}}}")'} for each in logical_ids]]},
        },
    }


def _camel(rule: str) -> str:
    return "".join(word.title() for word in rule.split("-"))
