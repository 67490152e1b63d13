"""Classifies failures by whether another attempt of the same record may succeed.

final      no attempt can succeed: the row cannot be parsed, a value in it is invalid, a rule refuses it, or
           DynamoDB rejects the request as invalid
outage     a service does not answer, or other requests write the same rows; it affects all records and passes
unknown    anything else, so probably a fault of ours that only this record triggers
"""

import zlib
from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBConnectionError, PynamoDBException, TransactWriteError

from chalicelib.core.errors import Refusal
from chalicelib.core.transactions import cancellation_codes
from chalicelib.models.parsing import Unreadable
from chalicelib.realtime.log import LogContended
from chalicelib.realtime.posts import GatewayDown, NotPublished

FailureKind = Literal["final", "outage", "unknown"]

_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
# The exceptions of Python and the decoders for an invalid value, which stays invalid.
_SENSELESS: Final = (ValueError, TypeError, LookupError, ArithmeticError, msgspec.MsgspecError, zlib.error)
# DynamoDB's codes for an invalid request: an item over 400 KB, a transaction over 4 MB.
_INVALID: Final = frozenset({"ValidationException", "ValidationError", "ItemCollectionSizeLimitExceededException"})
# A failed condition that no rule expects is a fault of ours, not of DynamoDB.
_OURS: Final = frozenset({"ConditionalCheckFailedException", "ConditionalCheckFailed"})


def kind_of(error: BaseException) -> FailureKind:
    """The kind of a failure; for a group, the one for which another attempt helps most."""
    kinds = {_kind(each) for each in _leaves(error)}
    return next(kind for kind in ("outage", "unknown", "final") if kind in kinds)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    elif isinstance(error, NotPublished):
        for each in error.by_tenant.values():
            yield from _leaves(each)
    else:
        yield error


def _kind(error: BaseException) -> FailureKind:
    if isinstance(error, Unreadable):
        return "final"
    if isinstance(error, Refusal):
        return "outage" if error.status == _TOO_MANY or error.status >= _SERVER_ERROR else "final"
    if isinstance(error, LogContended | GatewayDown | BotoCoreError | OSError):
        return "outage"
    if isinstance(error, _SENSELESS):
        return "final"
    codes = _codes(error)
    if codes is None:
        return "unknown"
    if codes & _INVALID:
        return "final"
    return "unknown" if codes & _OURS else "outage"


def _codes(error: Any) -> set[str] | None:
    """AWS's codes in an error of botocore or PynamoDB, empty if there was no answer; None for other errors."""
    if isinstance(error, TransactWriteError):
        return cancellation_codes(error)
    if isinstance(error, PynamoDBException) and error.cause is not None:
        return _codes(error.cause)
    if isinstance(error, PynamoDBConnectionError):
        return set()
    if isinstance(error, ClientError):
        return {str(error.response["Error"]["Code"])}
    return set() if isinstance(error, BotoCoreError | OSError) else None
