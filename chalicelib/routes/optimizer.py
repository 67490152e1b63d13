"""Has the function `optimize_routes` solve a problem: VROOM and numpy are in its layer and nowhere else."""

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

# API Gateway gives up after 29 seconds. The function has 20, and this side needs some before and after.
PATIENCE_SECONDS: Final = 22


class Task(Struct, frozen=True):
    """What the function is given."""

    problem: Problem
    tenant_id: str
    correlation_id: str


@cache
def client() -> Any:
    """Lambda's client for a call that takes its time. Not repeated: nobody waits twice for what takes so long."""
    config = Config(
        connect_timeout=1,
        read_timeout=PATIENCE_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 1},
        parameter_validation=False,
    )
    return aws.new_client("lambda", config)


def solved(problem: Problem, *, tenant_id: str, correlation_id: str) -> Solution:
    """The function's answer. Raises Unavailable where it fails, takes too long, or is not there."""
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
    # Its own log says what it was.
    log.error("optimizer_failed", extra={"how": failed})
    raise _unavailable()


def _unavailable() -> Unavailable:
    return Unavailable("Routes cannot be worked out at the moment. Try again soon.")
