"""The permissions that the policies grant, and those that calls need."""

from functools import cache
from typing import Any

from chalicelib.consumers.stream import STREAMS
from infra.policies import function_permissions, policy
from tests.aws_in_process import ENVIRONMENT, resources

FUNCTIONS = sorted(function_permissions())

# What Lambda itself does under a function's role, before and after the function runs.
_LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
_STREAM = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}
_QUEUE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
_PARKING = ("sqs:SendMessage", "luckygas-test-stream-dead-letters")
# What Lambda needs to put a function into a VPC. It insists on all of it, and on all resources.
_VPC = {
    (f"ec2:{action}", "*")
    for action in (
        *("CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets"),
        *("AssignPrivateIpAddresses", "UnassignPrivateIpAddresses"),
    )
}
_PLATFORM: dict[str, set[tuple[str, str]]] = {
    **{
        name: {
            *((action, f"luckygas-test-{declared.table}/stream/*") for action in _STREAM),
            _PARKING,
            # A batch that waits for long is noted until it is followed.
            ("dynamodb:PutItem", "luckygas-test-system_metrics"),
            ("dynamodb:DeleteItem", "luckygas-test-system_metrics"),
        }
        for name, declared in STREAMS.items()
    },
    "fan_out": {_PARKING},
    "run_import": {(action, "luckygas-test-imports") for action in _QUEUE},
    # The forms that phones and browsers post files with are signed, and then used, in the API's name.
    "api_handler": {
        ("s3:PutObject", f"{ENVIRONMENT['PROOF_BUCKET']}/*"),
        ("s3:PutObject", f"{ENVIRONMENT['IMPORT_BUCKET']}/uploads/*"),
    },
    "send_sms": {*((action, "luckygas-test-sms") for action in _QUEUE), ("sns:Publish", "telephones"), *_VPC},
    "optimize_routes": _VPC,
    "probe_sms_providers": _VPC,
}
# Read once per process, maybe long before the journey.
_READING_JWT_KEYS = {"api_handler", "websocket_connect", "websocket_message"}
_CLOSING = {
    "connections_stream",
    "users_stream",
    "tenants_stream",
    "sessions_stream",
    "display_tokens_stream",
    "sweep_connections",
    "websocket_message",
    "fan_out",
}
_POSTING = {
    *_CLOSING,
    "orders_stream",
    "announcements_stream",
    "positions_stream",
    "routes_stream",
}


def policy_of(function: str) -> dict[str, Any]:
    """The IAM policy of a function."""
    return policy(function_permissions()[function])


@cache
def granted(function: str) -> set[tuple[str, str]]:
    """(action, name of the resource) of a function's policy, with the test stage's names."""
    found = set()
    for statement in policy_of(function)["Statement"]:
        assert statement["Effect"] == "Allow"
        # Telephones have no ARN: whatever is no topic.
        expected = statement.get("Resource", "telephones")
        for resource in expected if isinstance(expected, list) else [expected]:
            for name in _names(resource):
                found |= {(action, name) for action in statement["Action"]}
    return found


def _names(resource: dict[str, Any] | str) -> list[str]:
    """The resources of a pattern: `index/*` means each index of the table, each of which must be used."""
    name = _name(resource)
    table, all_of_them, rest = name.partition("/index/*")
    if not all_of_them:
        return [name]
    assert not rest
    [properties] = [
        each["Properties"]
        for each in resources().values()
        if each.get("Type") == "AWS::DynamoDB::Table" and _name(each["Properties"]["TableName"]) == table
    ]
    kinds = ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
    return [f"{table}/index/{index['IndexName']}" for kind in kinds for index in properties.get(kind, ())]


def _name(resource: dict[str, Any] | str) -> str:
    if isinstance(resource, str):
        return resource
    if "Fn::GetAtt" in resource:
        name: str = resources()[resource["Fn::GetAtt"][0]]["Properties"]["QueueName"]["Fn::Sub"]
        return name.replace("${Stage}", "test")
    arn = resource["Fn::Sub"].replace("${Stage}", "test").replace("${WebsocketAPI}", "websocket-api")
    # S3's ARNs have neither region nor account.
    arn = arn.replace("${AWS::AccountId}-${AWS::Region}", "123456789012-ap-northeast-1")
    arn = arn.replace("AWS::", "")
    last: str = arn.split(":", 5)[-1]
    return last.removeprefix("table/").removeprefix("parameter")


def needed(function: str, used: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """What a function's policy must grant, given what its calls used."""
    platform = {(action, "log-group:/aws/lambda/luckygas-test-*") for action in _LOGS}
    platform |= _PLATFORM.get(function, set())
    if function in _POSTING:
        platform.add(("execute-api:ManageConnections", "websocket-api/api/POST/@connections/*"))
    if function in _CLOSING:
        platform.add(("execute-api:ManageConnections", "websocket-api/api/DELETE/@connections/*"))
    if function == "sweep_connections":
        platform.add(("execute-api:ManageConnections", "websocket-api/api/GET/@connections/*"))
    if function in _READING_JWT_KEYS:
        platform.add(("ssm:GetParameter", "/luckygas/test/jwt-keys"))
    # One key per tenant: the policy names all of them with a star.
    return platform | {
        (action, "/luckygas/test/sms/*" if name.startswith("/luckygas/test/sms/") else name)
        for action, name in used
    }


def lacking(used: dict[str, set[tuple[str, str]]]) -> dict[str, set[tuple[str, str]]]:
    """What functions did and their policies do not grant, by function."""
    return {
        function: lacks
        for function, calls in used.items()
        if (lacks := needed(function, calls) - granted(function))
    }
