"""The one rate limit: the generic cell rate algorithm (GCRA), one number per subject in the table `rate_limits`.

A limit of `most` per `seconds` allows `most` at once, and refills one every `seconds / most`. So a period contains
at most `most` and the refills of that period. Each module with a rule defines its own `Limit` constants. The
algorithm: https://www.itu.int/rec/T-REC-I.371-200403-I/en, annex A.
"""

from collections.abc import Sequence
from datetime import datetime
from math import ceil
from typing import Final

from msgspec import Struct
from pynamodb.exceptions import UpdateError

from chalicelib.core.clock import epoch_ms
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import TooFast
from chalicelib.core.logs import log
from chalicelib.core.recent import Recent
from chalicelib.models.base import refused_item
from chalicelib.models.rate_limit import RateLimit

# A refund between the two writes of one `spend` makes both conditions fail; then `spend` starts again.
_ATTEMPTS: Final = 3
# DynamoDB's clock, which decides on the TTL, may differ from ours, which decides on `due`.
_SPARE_SECONDS: Final = 60
# How long a process refuses without a call. A refund by another process takes effect after this time.
_REMEMBERED_MS: Final = 5000
# A key and two numbers are about 200 bytes.
_MOST_REMEMBERED: Final = 5000


class Limit(Struct, frozen=True):
    """`most` per `seconds` for each subject. name: first part of the key; code, detail: of the refusal."""

    name: str
    most: int
    seconds: int
    code: ErrorCode
    detail: str

    @property
    def spacing_ms(self) -> int:
        """How long one takes to refill; rounded up, so that never more than `most` are allowed at once."""
        return ceil(self.seconds * 1000 / self.most)

    def key(self, subject: str) -> str:
        """The row's key."""
        return f"{self.name}#{subject}"


class Refusals:
    """The subjects that this process has refused lately, so that refusing them again costs no call."""

    def __init__(self) -> None:
        # By the row's key: its `due`, and when it was read; both in epoch milliseconds.
        self._seen: Recent[str, tuple[int, int]] = Recent(_MOST_REMEMBERED)

    def add(self, key: str, due: int, at: int) -> None:
        """Stores the `due` that DynamoDB returned with a refusal."""
        self._seen[key] = due, at

    def due(self, key: str, at: int) -> int:
        """The subject's `due`, or an earlier one; 0 if none is stored."""
        due, read_at = self._seen.get(key, (0, 0))
        return due if read_at <= at < read_at + _REMEMBERED_MS else 0

    def drop(self, key: str) -> None:
        """Removes a subject after a refund."""
        self._seen.pop(key, None)

    def clear(self) -> None:
        """Removes all subjects, as in a new process."""
        self._seen.clear()


refusals: Final = Refusals()


def spend(limit: Limit, subject: str, *, now: datetime, cost: int = 1) -> None:
    """Takes `cost` from the subject's limit. Raises TooFast with the limit's code and detail, and takes nothing.

    It costs one conditional write if nothing was spent lately, otherwise two. A refusal needs no read, because
    DynamoDB returns the item with the failed write. For some seconds after it the process refuses without a call.
    """
    check(limit, subject, now=now, cost=cost)
    latest = _latest(limit, now, cost)
    due = _take(limit, subject, cost, now, latest)
    if due is not None:
        refusals.add(limit.key(subject), due, epoch_ms(now))
        raise _refusal(limit, due - latest)


def check(limit: Limit, subject: str, *, now: datetime, cost: int = 1) -> None:
    """Raises TooFast as `spend` does, if this process has just refused the subject. Makes no call."""
    missing = refusals.due(limit.key(subject), epoch_ms(now)) - _latest(limit, now, cost)
    if missing > 0:
        raise _refusal(limit, missing)


def overdraw(limit: Limit, subject: str, *, now: datetime, cost: int) -> None:
    """Takes `cost` even if less is left: then the subject is refused until the difference is refilled.

    Takes nothing from a subject that is already overdrawn.
    """
    _take(limit, subject, cost, now, epoch_ms(now) + limit.most * limit.spacing_ms)


def spend_all(spendings: Sequence[tuple[Limit, str]], *, now: datetime) -> None:
    """Takes one from each (limit, subject), or nothing. Raises the TooFast of the first limit that refuses."""
    for limit, subject in spendings:
        check(limit, subject, now=now)
    for number, (limit, subject) in enumerate(spendings):
        try:
            spend(limit, subject, now=now)
        except TooFast:
            for earlier, its_subject in spendings[:number]:
                refund(earlier, its_subject, now=now)
            raise


def refund(limit: Limit, subject: str, *, now: datetime, cost: int = 1) -> None:
    """Refunds what `spend` took, up to the full limit."""
    refusals.drop(limit.key(subject))
    row, due = RateLimit(limit.key(subject)), RateLimit.due
    try:
        # A `due` in the past is a full limit: there is nothing to refund.
        row.update([due.set(due - cost * limit.spacing_ms)], condition=due > epoch_ms(now))
    except UpdateError as error:
        if refused_item(error) is None:
            raise


def _take(limit: Limit, subject: str, cost: int, now: datetime, latest: int) -> int | None:
    """Moves the subject's `due` by `cost` if it is at most `latest`. Returns None, or the `due` that is too late.

    latest: epoch milliseconds.
    """
    moment, cost_ms = epoch_ms(now), cost * limit.spacing_ms
    stored = moment
    if latest < moment:
        return stored
    row, due = RateLimit(limit.key(subject)), RateLimit.due
    keep = RateLimit.expires_at.set((latest + cost_ms) // 1000 + _SPARE_SECONDS)
    steps = (
        (due.set(moment + cost_ms), due.does_not_exist() | (due <= moment)),
        (due.set(due + cost_ms), (due > moment) & (due <= latest)),
    )
    for _ in range(_ATTEMPTS):
        for step, condition in steps:
            try:
                row.update([step, keep], condition=condition)
            except UpdateError as error:
                item = refused_item(error)
                if item is None:
                    raise
                stored = int(item["due"]["N"]) if "due" in item else moment
                if stored > latest:
                    return stored
            else:
                return None
    # Other requests spent and refunded between the writes of every attempt.
    return stored


def _latest(limit: Limit, now: datetime, cost: int) -> int:
    """The latest `due`, in epoch milliseconds, at which `cost` may be taken."""
    return epoch_ms(now) + (limit.most - cost) * limit.spacing_ms


def _refusal(limit: Limit, missing_ms: int) -> TooFast:
    # The subject is not logged: it may identify a person.
    log.info("limit_reached", extra={"limit": limit.name})
    return TooFast(limit.detail, retry_after=max(1, ceil(missing_ms / 1000)), code=limit.code)
