"""Calls a stage's functions as Lambda's own pollers do."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import boto3
from botocore.config import Config

from infra.ops.stage import Refused

Record = dict[str, Any]
# Takes a function's name or ARN, and the event; raises Refused if the function raises.
Invoke = Callable[[str, Mapping[str, Any]], None]

# The longest time that a Lambda function may run. Without retries: by default botocore would invoke the function
# again if the answer takes over a minute.
TO_ITS_END: Final = Config(read_timeout=900, retries={"total_max_attempts": 1})


def invoke(function: str, event: Mapping[str, Any]) -> None:
    """Runs a function to its end, once."""
    answer = boto3.client("lambda", config=TO_ITS_END).invoke(
        FunctionName=function, Payload=json.dumps(event).encode()
    )
    if "FunctionError" in answer:
        body = json.loads(answer["Payload"].read() or b"{}")
        raise Refused(f"the function failed, `make logs` says why: {body.get('errorMessage', '')[:200]}")


def name_of(stage: str, logical_id: str) -> str:
    """A function's deployed name. Raises Refused if the stage has no such function."""
    pages = (
        boto3.client("cloudformation")
        .get_paginator("list_stack_resources")
        .paginate(StackName=f"luckygas-{stage}")
    )
    for page in pages:
        for row in page["StackResourceSummaries"]:
            if row["LogicalResourceId"] == logical_id:
                return str(row["PhysicalResourceId"])
    raise Refused(f"stage {stage} has no function {logical_id}")


def follower(stream_arn: str) -> str:
    """The ARN of the function that consumes a stream. Raises Refused if there is none."""
    pages = boto3.client("lambda").get_paginator("list_event_source_mappings").paginate(EventSourceArn=stream_arn)
    found = [each["FunctionArn"] for page in pages for each in page["EventSourceMappings"]]
    if not found:
        raise Refused(f"no function follows the stream of {stream_arn.split('/')[1]}")
    return str(found[0])


def stream_event(records: Iterable[Mapping[str, Any]], stream_arn: str) -> dict[str, Any]:
    """The event for a stream's function, from records of DynamoDB Streams."""
    return {
        "Records": [
            {**record, "dynamodb": _change(record["dynamodb"]), "eventSourceARN": stream_arn} for record in records
        ]
    }


def _change(change: Mapping[str, Any]) -> dict[str, Any]:
    images = {name: _image(change[name]) for name in ("Keys", "OldImage", "NewImage") if name in change}
    return {**change, **images, "ApproximateCreationDateTime": change["ApproximateCreationDateTime"].timestamp()}


def _image(image: Mapping[str, Any]) -> dict[str, Any]:
    # Lambda's events are JSON, so bytes come as base64.
    return {
        name: {"B": b64encode(value["B"]).decode()} if isinstance(value.get("B"), bytes) else value
        for name, value in image.items()
    }
