"""AWS clients: one botocore session, each client made on first use and kept.

botocore alone, without boto3: its clients are the same, and boto3 would only add to the cold start. The package
holds only the services and operations that infra/trimming.py lists.
"""

import os
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from time import monotonic
from typing import Any, Final

from botocore.config import Config
from botocore.credentials import CredentialResolver, EnvProvider
from botocore.exceptions import BotoCoreError
from botocore.handlers import BUILTIN_HANDLERS
from botocore.session import Session

from chalicelib.core.settings import settings

# DynamoDB answers in milliseconds; a call that takes seconds is lost, and a short time-out with a retry
# finds another node sooner than botocore's default of 60 s would.
_FAST = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 4},
    parameter_validation=False,
    max_pool_connections=20,
)

# What one request may lose on calls without an answer. The attempt and the pause that use it up take at most four
# seconds more, so a client hears of a database that hangs within eight, long before API Gateway's 29.
MOST_LOST_SECONDS: Final = 4.0

# Left alone, botocore signs addresses that are handed out the old way, and for S3's host in Virginia.
_S3 = _FAST.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))


@cache
def session() -> Session:
    """The botocore session of this process."""
    made = Session(include_builtin_handlers=False)
    _register_handlers(made, [])
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        # botocore asks the environment first. Its other providers take a fifth of the first client.
        made.register_component("credential_provider", CredentialResolver([EnvProvider()]))
    return made


@cache
def client(service: str) -> Any:
    """The client of an AWS service (`dynamodb`, `sqs`, `ssm`, …), made once per process."""
    made = new_client(service, config_of(service))
    count_losses(made)
    return made


def config_of(service: str) -> Config:
    """How the clients of a service are made."""
    return _S3 if service == "s3" else _FAST


def new_client(service: str, config: Config, endpoint: str | None = None) -> Any:
    """A client with time-outs and retries of its own, for who keeps it himself. endpoint: where not AWS's own."""
    _add_handlers_of(service)
    return session().create_client(service, region_name=settings().region, config=config, endpoint_url=endpoint)


@cache
def _add_handlers_of(service: str) -> None:
    _register_handlers(session(), [service])


def _register_handlers(made: Session, service: list[str]) -> None:
    """Registers botocore's own handlers for one service, or, for none, those that all services have.

    With those for every service, and for documentation, registering takes a twentieth of a cold start.
    """
    for name, handler, *_ in BUILTIN_HANDLERS:
        if name.split(".")[1:2] == service:
            made.register(name, handler)


def upload_url(bucket: str) -> str:
    """Where browsers post files for a bucket to, for who must know that host before: nothing is called."""
    url: str = client("s3").generate_presigned_post(bucket, "-")["url"]
    return url


class NoAnswerInTime(BotoCoreError):
    """A request has lost more time on calls without an answer than it may."""

    fmt = "no answer within {seconds} s"


class TimeBudget:
    """How long a request goes on asking. Only lost time counts: attempts that failed, and the pauses after them.

    A report that reads for ten seconds from a database that answers is not cut short. clock: seconds.
    """

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds, self._clock, self._lost = seconds, clock, 0.0

    def begin(self, attempt: MutableMapping[str, Any]) -> None:
        """attempt: botocore's context of a call, the same for all its attempts. Raises NoAnswerInTime."""
        now = self._clock()
        self._lost += now - attempt.get(_LOST_SINCE, now)
        attempt[_LOST_SINCE] = now
        if self._lost >= self._seconds:
            raise NoAnswerInTime(seconds=self._seconds)


_LOST_SINCE: Final = "luckygas_lost_since"
_budget: ContextVar[TimeBudget | None] = ContextVar("time_budget", default=None)


@contextmanager
def time_budget(seconds: float = MOST_LOST_SECONDS, clock: Callable[[], float] = monotonic) -> Iterator[None]:
    """All calls meanwhile are of one request and share its time budget; also a decorator.

    Elsewhere, in streams and schedules, each call has all of botocore's attempts to itself.
    """
    before = _budget.set(TimeBudget(seconds, clock))
    try:
        yield
    finally:
        _budget.reset(before)


def has_time_budget() -> bool:
    """Whether calls made now share the time budget of a request."""
    return _budget.get() is not None


def count_losses(made: Any) -> None:
    """Lets the calls of a client end where their request's time budget does."""
    made.meta.events.register("request-created", _before_attempt)
    made.meta.events.register("needs-retry", _after_attempt)


def _before_attempt(request: Any, **_: Any) -> None:
    budget = _budget.get()
    if budget is not None:
        budget.begin(request.context)


def _after_attempt(request_dict: dict[str, Any], caught_exception: Exception | None, **_: Any) -> None:
    # Not only before the next attempt: the pause until then would be for nothing.
    budget = _budget.get()
    if budget is not None and caught_exception is not None:
        budget.begin(request_dict["context"])
