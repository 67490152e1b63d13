"""A network that loses DynamoDB's answers: each write is applied, its answer is lost, botocore repeats it."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from moto.core.models import botocore_stubber

from chalicelib.core import aws
from tests.aws_in_process import whole_way

# As chalicelib/core/aws.py has it.
ATTEMPTS = 4
# The name of botocore's own handler: one with a shorter name runs later, without effect.
RETRIES = "needs-retry.{}"
WRITES = ("UpdateItem", "PutItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem")


@contextmanager
def answers_lost() -> Iterator[Counter[str]]:
    """Every write meanwhile loses its first answer; how many did, by operation."""
    lost: Counter[str] = Counter()
    done: dict[bytes, AWSResponse | None] = {}

    def lose(request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        operation = event_name.rpartition(".")[2]
        # This is equal for all attempts of a call.
        call = request.headers["amz-sdk-invocation-id"]
        if operation not in WRITES:
            return None
        if call in done:
            return done[call]
        answer = botocore_stubber(event_name, request)
        token = json.loads(request.body).get("ClientRequestToken")
        assert token or operation != "TransactWriteItems", "a transaction without a token is applied twice"
        # moto does not know the tokens of transactions. DynamoDB answers their repeats as the first time.
        done[call] = answer if token else None
        lost[operation] += 1
        raise ConnectionClosedError(endpoint_url=request.url)

    with whole_way(aws.client("dynamodb")) as events:
        events.register_first("before-send", lose)
        events.register_first(RETRIES.format("dynamodb"), without_pause)
        try:
            yield lost
        finally:
            events.unregister("before-send", lose)
            events.unregister(RETRIES.format("dynamodb"), without_pause)


def without_pause(caught_exception: Exception | None, response: Any, attempts: int, **_: Any) -> float | None:
    """No pause before the attempts that botocore makes after one without an answer, or with a server's error."""
    failed = caught_exception is not None or response[0].status_code >= 500
    return 0.0 if failed and attempts < ATTEMPTS else None
