"""Recognises failures of AWS calls that are temporary, so that the client may try again (`unavailable`).

Every other failure is a fault of ours: a request that AWS refuses as invalid, or a missing permission.
"""

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBConnectionError, PynamoDBException, TransactWriteError, VerboseClientError

from chalicelib.core.errors import Unavailable
from chalicelib.core.transactions import cancellation_codes

# AWS's codes for too many requests, and for a conflict with another writer.
_TEMPORARY: Final = frozenset(
    {
        "ConditionalCheckFailedException",
        "InternalServerError",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
# Reasons why one write of a transaction was refused; another attempt would be refused as well.
_REFUSED_FOR_GOOD: Final = frozenset({"ItemCollectionSizeLimitExceeded", "ValidationError"})
_SERVER_ERROR: Final = 500


def unavailable() -> Unavailable:
    """The refusal for an outage."""
    return Unavailable("A service that this needs does not answer. Try again soon.")


def is_outage(error: Exception) -> bool:
    """Whether a call to AWS had no answer or was refused temporarily."""
    if isinstance(error, TransactWriteError) and error.cancellation_reasons:
        return not cancellation_codes(error) & _REFUSED_FOR_GOOD
    cause: BaseException | None = error
    if isinstance(error, PynamoDBException):
        cause = error.cause
        if cause is None:
            # A batch of which DynamoDB left some items unprocessed at every attempt.
            return isinstance(error, PynamoDBConnectionError)
    if isinstance(cause, VerboseClientError):
        # PynamoDB's copy of the error has no status.
        cause = cause.__cause__
    if isinstance(cause, ClientError):
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= _SERVER_ERROR or cause.response.get("Error", {}).get("Code") in _TEMPORARY
    return isinstance(cause, BotoCoreError)
