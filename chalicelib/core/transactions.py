"""The reasons why DynamoDB cancelled a transaction. Empty results mean that DynamoDB did not answer."""

from typing import Final

from pynamodb.exceptions import TransactWriteError

_CONDITION_FAILED: Final = "ConditionalCheckFailed"
_CONFLICT: Final = "TransactionConflict"


def cancellation_codes(error: TransactWriteError) -> set[str]:
    """The codes of the writes that DynamoDB refused."""
    return {str(reason.code) for reason in error.cancellation_reasons if reason is not None} - {"None"}


def failed_conditions(error: TransactWriteError) -> list[bool]:
    """Whether each write's condition failed, in the order in which PynamoDB sends them: deletes, puts, updates."""
    return [reason is not None and reason.code == _CONDITION_FAILED for reason in error.cancellation_reasons]


def is_conflict(error: TransactWriteError) -> bool:
    """Whether the only reason was a conflict with other transactions on the same rows."""
    return cancellation_codes(error) == {_CONFLICT}


def is_lost_race(error: TransactWriteError) -> bool:
    """Whether the only reason was that another writer was first."""
    codes = cancellation_codes(error)
    return bool(codes) and codes <= {_CONDITION_FAILED, _CONFLICT}
