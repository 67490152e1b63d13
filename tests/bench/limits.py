"""Removes limits, because a benchmark sends more requests than a client may."""

import boto3

from infra.local.environment import ACCOUNT, REGION
from tests.e2e.stack import LocalStack


def lift_limits(stack: LocalStack) -> None:
    """Deletes the limits' counts. Before the first refusal functions store no others."""
    session = boto3.Session(ACCOUNT, "local", region_name=REGION)
    tables = session.resource("dynamodb", endpoint_url=stack.info["emulator_url"])
    table = tables.Table(f"{stack.environment['TABLE_PREFIX']}rate_limits")
    for row in table.scan(ProjectionExpression="#key", ExpressionAttributeNames={"#key": "key"})["Items"]:
        table.delete_item(Key=row)
