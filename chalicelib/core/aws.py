"""AWS clients: one botocore session per process; each client is made on first use and then reused.

botocore without boto3: the clients are the same, and boto3 would only slow down the cold start. The deployment
package contains only the services and operations that infra/trimming.py lists.
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

# DynamoDB answers in milliseconds. If a call takes seconds, a short time-out and a retry reach another node sooner
# than botocore's default of 60 s.
_FAST = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 4},
    parameter_validation=False,
    max_pool_connections=20,
)

# The most time that one request may spend on calls without an answer. The last attempt and pause take at most four
# seconds more, so a client receives the error within eight seconds, long before API Gateway's limit of 29.
MOST_LOST_SECONDS: Final = 4.0

# By default botocore signs presigned URLs with the old signature and for S3's host in Virginia.
_S3 = _FAST.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))


@cache
def session() -> Session:
    """The botocore session of this process."""
    made = Session(include_builtin_handlers=False)
    _register_handlers(made, [])
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        # Credentials from the environment only. botocore's other providers take a fifth of the time of the first
        # client.
        made.register_component("credential_provider", CredentialResolver([EnvProvider()]))
    return made


@cache
def client(service: str) -> Any:
    """The client of an AWS service (`dynamodb`, `sqs`, `ssm`, …); one per process."""
    made = new_client(service, config_of(service))
    count_losses(made)
    return made


def config_of(service: str) -> Config:
    """The configuration of a service's clients."""
    return _S3 if service == "s3" else _FAST


def new_client(service: str, config: Config, endpoint: str | None = None) -> Any:
    """A new client with its own time-outs and retries, which the caller stores. endpoint: other than AWS's."""
    _add_handlers_of(service)
    return session().create_client(service, region_name=settings().region, config=config, endpoint_url=endpoint)


@cache
def _add_handlers_of(service: str) -> None:
    _register_handlers(session(), [service])


def _register_handlers(made: Session, service: list[str]) -> None:
    """Registers botocore's own handlers of one service, or, without one, those that all services share.

    Registering all of them, including those for documentation, would take a twentieth of a cold start.
    """
    for name, handler, *_ in BUILTIN_HANDLERS:
        if name.split(".")[1:2] == service:
            made.register(name, handler)


def read_secret(name: str) -> str:
    """The text of the stage's SecureString of this name in Parameter Store. Raises botocore's errors."""
    answer = client("ssm").get_parameter(Name=f"{settings().secrets_prefix}/{name}", WithDecryption=True)
    return str(answer["Parameter"]["Value"])


def upload_url(bucket: str) -> str:
    """The URL that browsers post files for a bucket to. Makes no call."""
    url: str = client("s3").generate_presigned_post(bucket, "-")["url"]
    return url


class NoAnswerInTime(BotoCoreError):
    """A request has spent too much time on calls without an answer."""

    fmt = "no answer within {seconds} s"


class TimeBudget:
    """The time that a request may lose in failed attempts and the pauses after them. clock: seconds.

    Successful calls do not count: a report may read for ten seconds from a database that answers.
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
    """All calls inside belong to one request and share its time budget; also a decorator.

    Outside, in streams and schedules, each call makes all of botocore's attempts.
    """
    before = _budget.set(TimeBudget(seconds, clock))
    try:
        yield
    finally:
        _budget.reset(before)


def has_time_budget() -> bool:
    """Whether a time budget is active."""
    return _budget.get() is not None


def count_losses(made: Any) -> None:
    """Makes a client's calls fail when their request's time budget is used up."""
    made.meta.events.register("request-created", _before_attempt)
    made.meta.events.register("needs-retry", _after_attempt)


def _before_attempt(request: Any, **_: Any) -> None:
    budget = _budget.get()
    if budget is not None:
        budget.begin(request.context)


def _after_attempt(request_dict: dict[str, Any], caught_exception: Exception | None, **_: Any) -> None:
    # Checked here as well, to avoid the pause before an attempt that will not be made.
    budget = _budget.get()
    if budget is not None and caught_exception is not None:
        budget.begin(request_dict["context"])
