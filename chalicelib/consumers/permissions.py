"""The permissions of functions on AWS, as data. infra/policies.py derives their IAM policies from it.

`service:resource` → actions of the service, separated by spaces. Keys without a service are DynamoDB's:
`table`, `table/index/name`. The other resources, by service:

    execute-api  POST, GET, DELETE: on all WebSocket connections
    lambda       a function's name
    s3           bucket, bucket/prefix/*
    sns          phone-numbers
    sqs          a queue's logical id
    ssm          a parameter's name below the stage's prefix
    any          *, for actions without resources
"""

from collections.abc import Mapping
from typing import Final

Permissions = Mapping[str, str]


def union(*parts: Permissions) -> Permissions:
    """The permissions of all parts together."""
    keys = sorted({key for part in parts for key in part})
    return {key: " ".join(sorted({*" ".join(part.get(key, "") for part in parts).split()})) for key in keys}


# Posting to the subscribers of a channel, and removing connections that are gone.
DELIVER: Final = {
    "connections": "BatchGetItem BatchWriteItem",
    "subscriptions": "BatchWriteItem Query",
    "execute-api:POST": "ManageConnections",
    "lambda:fan_out": "InvokeFunction",
}
# DELIVER, and appending to the channels' logs.
PUBLISH: Final = union(DELIVER, {"channel_log": "BatchGetItem PutItem", "event_claims": "BatchGetItem PutItem"})
# Ending a subscription of a connection that stays open.
END_SUBSCRIPTIONS: Final = {
    "connections": "UpdateItem",
    "subscriptions": "DeleteItem Query",
    "execute-api:POST": "ManageConnections",
}
# Ending connections of a user or a tenant.
CLOSE: Final = {
    "connections": "BatchWriteItem",
    "connections/index/by_user": "Query",
    "subscriptions": "BatchWriteItem",
    "execute-api:DELETE": "ManageConnections",
    "execute-api:POST": "ManageConnections",
}
