"""Why DynamoDB cancelled a transaction. Empty answers mean that it was not cancelled: there was no answer."""

from typing import Final

from pynamodb.exceptions import TransactWriteError

_CONDITION_FAILED: Final = "ConditionalCheckFailed"
_CONFLICT: Final = "TransactionConflict"


def cancellation_codes(error: TransactWriteError) -> set[str]:
    """The codes of the writes that DynamoDB refused."""
    return {str(reason.code) for reason in error.cancellation_reasons if reason is not None} - {"None"}


def failed_conditions(error: TransactWriteError) -> list[bool]:
    """For each write, whether its condition failed. PynamoDB sends deletes, then puts, then updates."""
    return [reason is not None and reason.code == _CONDITION_FAILED for reason in error.cancellation_reasons]


def is_conflict(error: TransactWriteError) -> bool:
    """Whether only other transactions on the same rows were in the way."""
    return cancellation_codes(error) == {_CONFLICT}


def is_lost_race(error: TransactWriteError) -> bool:
    """Whether another writer was first, and nothing else was wrong."""
    codes = cancellation_codes(error)
    return bool(codes) and codes <= {_CONDITION_FAILED, _CONFLICT}
