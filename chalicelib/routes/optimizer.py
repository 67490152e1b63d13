"""Invokes the function `optimize_routes`; only its layer contains VROOM and numpy."""

from functools import cache
from typing import Any, Final

import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from chalicelib.core import aws
from chalicelib.core.errors import Unavailable
from chalicelib.core.logs import log
from chalicelib.core.settings import settings
from chalicelib.routes.problem import Problem, Solution

# API Gateway's limit is 29 seconds. The function has 20, and the API needs some before and after.
PATIENCE_SECONDS: Final = 22


class Task(Struct, frozen=True):
    """The input of the function."""

    problem: Problem
    tenant_id: str
    correlation_id: str


@cache
def client() -> Any:
    """Lambda's client for a long call. It does not retry, because a second attempt would exceed the time limit."""
    config = Config(
        connect_timeout=1,
        read_timeout=PATIENCE_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 1},
        parameter_validation=False,
    )
    return aws.new_client("lambda", config)


def solved(problem: Problem, *, tenant_id: str, correlation_id: str) -> Solution:
    """The function's answer. Raises Unavailable if it fails, takes too long, or does not exist."""
    task = msgspec.json.encode(Task(problem, tenant_id, correlation_id))
    try:
        answer = client().invoke(
            FunctionName=settings().optimizer_function, InvocationType="RequestResponse", Payload=task
        )
        payload = answer["Payload"].read()
    except (BotoCoreError, ClientError) as error:
        log.warning("optimizer_unreached", exc_info=True)
        raise _unavailable() from error
    failed = answer.get("FunctionError")
    if not failed:
        try:
            return msgspec.json.decode(payload, type=Solution)
        except msgspec.DecodeError:
            failed = "unreadable"
    # The function's own log has the cause.
    log.error("optimizer_failed", extra={"how": failed})
    raise _unavailable()


def _unavailable() -> Unavailable:
    return Unavailable("Routes cannot be worked out at the moment. Try again soon.")
