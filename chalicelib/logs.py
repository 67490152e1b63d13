"""JSON logs: fields, not sentences; one correlation id from the request to the SMS; nothing secret.

`log` is Powertools' Logger. Its extra fields pass `masked`, which hides phone numbers and never lets a token,
a password or a key through, so a careless call does no harm.
"""

import re
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

_SECRET_FIELDS = re.compile(r"token|password|secret|authorization|api_key|signature", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w-])(\+886|0)([\d -]{4,12})(\d{3})(?![\w-])")
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")


def mask_phone(text: str) -> str:
    """Every Taiwan phone number in a text reduced to its last three digits: `…678`."""
    return _PHONE.sub(r"…\3", text)


def masked(value: Any, field: str = "") -> Any:
    """A copy of a log value with secrets removed and phone numbers shortened."""
    # Numbers, and what is or is not, tell nothing: `token_expired` counts connections.
    if value is None or isinstance(value, bool | int | float):
        return value
    if _SECRET_FIELDS.search(field):
        return "[hidden]"
    if isinstance(value, str):
        return mask_phone(_JWT.sub("[hidden]", value))
    if isinstance(value, Mapping):
        return {key: masked(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(item, field) for item in value]
    return value


class MaskingFormatter(LambdaPowertoolsFormatter):
    """Masks the finished record, so that messages, extra fields and tracebacks are all covered."""

    def serialize(self, log: dict[str, Any]) -> str:  # type: ignore[override]
        return super().serialize(masked(log))


log = Logger(service="luckygas", logger_formatter=MaskingFormatter(utc=True, use_rfc3339=True))


def bind(correlation_id: str, **fields: Any) -> None:
    """Starts an invocation's log context: everything logged from here on carries these fields."""
    log.clear_state()
    log.append_keys(correlation_id=correlation_id, **fields)
