"""Provider `sns`: Amazon SNS sends the SMS, in the account and region of the functions.

It has no idempotency key, so an SMS whose answer was lost is never repeated.
"""

from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from chalicelib.core import aws
from chalicelib.sms.providers.base import (
    DEDUPES_FOR,
    Outcome,
    OutgoingSms,
    PermanentFailure,
    Sent,
    TemporaryFailure,
)

TIMEOUT_SECONDS: Final = 10.0
_CONNECT_SECONDS: Final = 3.0

_TOO_FAST: Final = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException"}
)
# Faults of permissions and credentials, which the operator must correct; the SMS waits.
_OUR_FAULT: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
    }
)
_SERVER_ERROR: Final = 500
_TOO_MANY: Final = 429


class SnsProvider:
    """The account of the functions. sender: the name of the sender, if the country allows one."""

    name = "sns"
    dedupes_for = DEDUPES_FOR[name]
    sends_receipts = False

    def __init__(
        self, sender: str | None, *, timeout: float = TIMEOUT_SECONDS, endpoint: str | None = None
    ) -> None:
        """endpoint: other than AWS's; timeout: seconds without a byte."""
        self._attributes = {"AWS.SNS.SMS.SMSType": "Transactional"}
        if sender:
            self._attributes["AWS.SNS.SMS.SenderID"] = sender
        # No retries, because each could send another SMS.
        config = Config(
            connect_timeout=min(_CONNECT_SECONDS, timeout),
            read_timeout=timeout,
            retries={"mode": "standard", "total_max_attempts": 1},
        )
        self._client: Any = aws.new_client("sns", config, endpoint)

    def send(self, message: OutgoingSms) -> Outcome:
        """Calls `Publish`."""
        attributes = {
            name: {"DataType": "String", "StringValue": value} for name, value in self._attributes.items()
        }
        try:
            answer = self._client.publish(
                PhoneNumber=message.phone, Message=message.text, MessageAttributes=attributes
            )
            return Sent(str(answer["MessageId"]))
        except ClientError as error:
            return _refusal(error)
        except (ConnectTimeoutError, EndpointConnectionError, NoCredentialsError) as error:
            return TemporaryFailure(type(error).__name__)
        except ReadTimeoutError:
            return TemporaryFailure("timeout", unclear=True)
        except (BotoCoreError, ResponseParserError, KeyError, ValueError) as error:
            return TemporaryFailure(type(error).__name__, unclear=True)

    def probe(self) -> str | None:
        """Always None: SNS has no free call that checks sending. An outage shows when SMS fail."""
        return None


def _refusal(error: ClientError) -> Outcome:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    reason = f"sns_{code}"
    if code in _TOO_FAST or status == _TOO_MANY or code in _OUR_FAULT:
        return TemporaryFailure(reason)
    if status >= _SERVER_ERROR:
        return TemporaryFailure(reason, unclear=True)
    return PermanentFailure(reason)
