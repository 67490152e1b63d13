"""Outages of AWS: every attempt of a call ends without an answer, or with an outage's error."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)
from moto.core.botocore_stubber import MockRawResponse

from chalicelib.core import aws
from tests.aws_in_process import whole_way
from tests.lost_answers import RETRIES, without_pause

Failure = Callable[[Any], AWSResponse]


def _raising(kind: type[BotoCoreError], **values: Any) -> Failure:
    def fail(request: Any) -> AWSResponse:
        raise kind(endpoint_url=request.url, **values)

    return fail


def _answering(status: int, code: str) -> Failure:
    def answer(request: Any) -> AWSResponse:
        body = f'{{"__type": "com.amazonaws.dynamodb.v20120810#{code}"}}'.encode()
        return AWSResponse(request.url, status, {}, MockRawResponse(body))

    return answer


FAILURES: Mapping[str, Failure] = {
    "reset": _raising(ConnectionClosedError),
    "read timeout": _raising(ReadTimeoutError),
    "connect timeout": _raising(ConnectTimeoutError),
    "unreachable": _raising(EndpointConnectionError, error="refused"),
    "broken transfer": _raising(HTTPClientError, error="incomplete read"),
    "server error": _answering(500, "InternalServerError"),
    "service unavailable": _answering(503, "ServiceUnavailable"),
}
# A request that no repeat makes right.
WRONG: Failure = _answering(400, "ValidationException")


@contextmanager
def away(
    failure: Failure = FAILURES["reset"],
    *,
    services: Collection[str] = ("dynamodb",),
    operations: Collection[str] | None = None,
) -> Iterator[Counter[str]]:
    """Services that fail meanwhile; how many attempts did, by operation. operations: only these."""
    failed: Counter[str] = Counter()

    def fail(request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        operation = event_name.rpartition(".")[2]
        if operations is not None and operation not in operations:
            return None
        failed[operation] += 1
        return failure(request)

    with ExitStack() as stack:
        for service in services:
            client = aws.client(service)
            events = stack.enter_context(whole_way(client)) if service == "dynamodb" else client.meta.events
            for event, listener in (("before-send", fail), (RETRIES.format(service), without_pause)):
                events.register_first(event, listener)
                stack.callback(events.unregister, event, listener)
        yield failed
