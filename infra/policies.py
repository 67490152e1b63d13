"""The functions' IAM policies, derived from their permissions (chalicelib/consumers/permissions.py)."""

import json
from pathlib import Path
from typing import Any, Final

from chalicelib.consumers.permissions import Permissions, union
from chalicelib.consumers.stream import STREAMS
from infra.permissions import PERMISSIONS
from infra.stream_functions import permissions_of

_LOGS: Final = {"logs:/aws/lambda/luckygas-${Stage}-*": "CreateLogStream PutLogEvents"}

_HERE: Final = "${AWS::Region}:${AWS::AccountId}"
# The part of an ARN after `arn:<partition>:<service>:`.
_ARNS: Final = {
    "dynamodb": _HERE + ":table/luckygas-${Stage}-%s",
    "execute-api": _HERE + ":${WebsocketAPI}/api/%s/@connections/*",
    "lambda": _HERE + ":function:luckygas-${Stage}-%s",
    "logs": _HERE + ":log-group:%s",
    "s3": "::luckygas-${Stage}-%s",
    "ssm": _HERE + ":parameter/luckygas/${Stage}/%s",
}
# A phone number has no ARN, so this is every resource that is not a topic.
_PHONE_NUMBERS: Final = {"NotResource": {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"}}


def function_permissions() -> dict[str, Permissions]:
    """Permissions by function; for stream functions including those that Lambda and `@stream` need."""
    return {**PERMISSIONS, **{name: permissions_of(stream) for name, stream in STREAMS.items()}}


def policy(permissions: Permissions) -> dict[str, Any]:
    """The IAM policy of a function with these permissions and the permission to write its log.

    Resources with the same actions share a statement without an id, because IAM's limit is 10,240 characters per
    role.
    """
    statements: dict[str, dict[str, Any]] = {}
    for key, actions in union(permissions, _LOGS).items():
        service, _, name = key.rpartition(":")
        service = service or "dynamodb"
        named = [f"{service}:{action}" for action in actions.split()]
        statement = statements.setdefault(" ".join(named), {"Effect": "Allow", "Action": named})
        if service == "sns":
            statement |= _PHONE_NUMBERS
        else:
            statement.setdefault("Resource", []).append(_resource(service, name))
    return {"Version": "2012-10-17", "Statement": list(statements.values())}


def write_policies(chalice: Path) -> None:
    """Adds the functions' policies and the stream functions' memory to a copy of `.chalice`."""
    (chalice / "policies").mkdir()
    config = json.loads((chalice / "config.json").read_text())
    functions = config.setdefault("lambda_functions", {})
    for name, permissions in function_permissions().items():
        path = f"policies/{name}.json"
        (chalice / path).write_text(json.dumps(policy(permissions)))
        functions.setdefault(name, {})["iam_policy_file"] = path
    for name, stream in STREAMS.items():
        functions[name]["lambda_memory_size"] = stream.memory_mb
    (chalice / "config.json").write_text(json.dumps(config))


def _resource(service: str, name: str) -> Any:
    if name == "*":
        return name
    if service == "sqs":
        return {"Fn::GetAtt": [name, "Arn"]}
    if service == "s3":
        bucket, slash, keys = name.partition("/")
        name = f"{bucket}-${{AWS::AccountId}}-${{AWS::Region}}{slash}{keys}"
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:{service}:{_ARNS[service] % name}"}
