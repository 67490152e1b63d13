"""Which failures of AWS calls pass by themselves, so that the caller may try again: `unavailable`.

Every other failure is an accident of ours: a request that AWS refuses as wrong, or a missing permission.
"""

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBConnectionError, PynamoDBException, TransactWriteError, VerboseClientError

from chalicelib.core.errors import Unavailable
from chalicelib.core.transactions import cancellation_codes

# What AWS's services call too many requests, and a race that was lost to another writer.
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
# Of one part of a transaction.
_REFUSED_FOR_GOOD: Final = frozenset({"ItemCollectionSizeLimitExceeded", "ValidationError"})
_SERVER_ERROR: Final = 500


def unavailable() -> Unavailable:
    """What the caller gets for an outage."""
    return Unavailable("A service that this needs does not answer. Try again soon.")


def is_outage(error: Exception) -> bool:
    """Whether a call to AWS got no answer, or was refused for now."""
    if isinstance(error, TransactWriteError) and error.cancellation_reasons:
        return not cancellation_codes(error) & _REFUSED_FOR_GOOD
    cause: BaseException | None = error
    if isinstance(error, PynamoDBException):
        cause = error.cause
        if cause is None:
            # A batch of which DynamoDB leaves out parts at every try.
            return isinstance(error, PynamoDBConnectionError)
    if isinstance(cause, VerboseClientError):
        # PynamoDB's copy has no status.
        cause = cause.__cause__
    if isinstance(cause, ClientError):
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= _SERVER_ERROR or cause.response.get("Error", {}).get("Code") in _TEMPORARY
    return isinstance(cause, BotoCoreError)
