"""Unreadable stream records, and their dead letters."""

import json
from copy import deepcopy
from typing import Any

from chalicelib.core import aws
from chalicelib.core.settings import settings

Record = dict[str, Any]


def without(record: Record, attribute: str) -> Record:
    """The record as if its row had lost an attribute."""
    damaged = deepcopy(record)
    del damaged["dynamodb"]["NewImage"][attribute]
    return damaged


def mistyped(record: Record, attribute: str) -> Record:
    """The record as if an attribute of its row had become a list."""
    damaged = deepcopy(record)
    damaged["dynamodb"]["NewImage"][attribute] = {"L": []}
    return damaged


def dead_letters() -> list[Any]:
    """Takes all messages from the streams' dead-letter queue."""
    sqs, url = aws.client("sqs"), settings().stream_dead_letter_queue_url
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found
