"""Has the function `optimize_routes` solve a problem: VROOM and numpy are in its layer and nowhere else."""

from functools import cache
from typing import Any, Final

import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from chalicelib import aws
from chalicelib.clock import now
from chalicelib.errors import Unavailable
from chalicelib.logs import log
from chalicelib.rate_limits import Limit, spend
from chalicelib.routes.problem import Problem, Solution
from chalicelib.settings import settings

# API Gateway gives up after 29 seconds. The function has 20, and this side needs some before and after.
PATIENCE_SECONDS: Final = 22
# One each 20 seconds, the longest that the function runs: a tenant has about three running at once, each of which
# occupies two of the account's functions. A new account has ten.
PROPOSALS: Final = Limit(
    "proposals", 3, 60, code="too_many_proposals", detail="Too many routes are being worked out. Try again soon."
)


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
    """The function's answer.

    Raises TooFast `too_many_proposals`, and Unavailable where the function fails, takes too long, or is not there.
    """
    spend(PROPOSALS, tenant_id, now=now())
    task = msgspec.json.encode(Task(problem, tenant_id, correlation_id))
    try:
        answer = client().invoke(
            FunctionName=settings().optimizer_function, InvocationType="RequestResponse", Payload=task
        )
        said = answer["Payload"].read()
    except (BotoCoreError, ClientError) as error:
        log.warning("optimizer_unreached", exc_info=True)
        raise _unavailable() from error
    failed = answer.get("FunctionError")
    if not failed:
        try:
            return msgspec.json.decode(said, type=Solution)
        except msgspec.DecodeError:
            failed = "unreadable"
    # Its own log says what it was.
    log.error("optimizer_failed", extra={"how": failed})
    raise _unavailable()


def _unavailable() -> Unavailable:
    return Unavailable("Routes cannot be worked out at the moment. Try again soon.")
