"""JSON logs: fields, not sentences; one correlation id from the request to the SMS; no secrets.

`masked` handles every line: it shortens phone numbers and removes tokens, passwords and keys, so that a careless
log call does no harm.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

_SECRET_FIELDS = re.compile(r"token|password|secret|authorization|api_key|signature", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w-])(\+886|0)([\d -]{4,12})(\d{3})(?![\w-])")
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")


def mask_phone(text: str) -> str:
    """Every Taiwan phone number in a text reduced to its last three digits: `…678`."""
    return _PHONE.sub(r"…\3", text)


def masked(value: Any, field: str = "") -> Any:
    """A copy of a log value with secrets removed and phone numbers shortened."""
    # Numbers and booleans are no secrets, whatever their field's name: `token_expired` is a number of connections.
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


class JsonFormatter(logging.Formatter):
    """One line of JSON per record, without empty fields; the message, fields and traceback are masked."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "level": record.levelname,
            "location": f"{record.funcName}:{record.lineno}",
            "message": record.getMessage(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "service": record.name,
            **_context,
            **{name: value for name, value in vars(record).items() if name not in _OF_EVERY_RECORD},
        }
        if record.exc_info and record.exc_info[0]:
            fields["exception"] = self.formatException(record.exc_info)
            fields["exception_name"] = record.exc_info[0].__name__
        found = {name: value for name, value in fields.items() if value is not None}
        return json.dumps(masked(found), default=str, separators=(",", ":"), ensure_ascii=False)


def bind(correlation_id: str, **fields: Any) -> None:
    """Starts an invocation's log context: all following log lines have these fields."""
    _context.clear()
    add(correlation_id=correlation_id, **fields)


def add(**fields: Any) -> None:
    """Adds fields to the invocation's log context."""
    _context.update(fields)


def _logger() -> logging.Logger:
    # Chalice's app has this name, so Chalice's own log lines use this logger.
    made = logging.getLogger("luckygas")
    made.setLevel(os.environ.get("LOG_LEVEL", "INFO"))
    # Lambda's runtime has a handler on the root logger, which would write each line again.
    made.propagate = False
    HANDLER.setFormatter(JsonFormatter())
    made.addHandler(HANDLER)
    return made


_OF_EVERY_RECORD: Final = {*vars(logging.makeLogRecord({})), "asctime", "taskName"}
_context: Final[dict[str, Any]] = {}
HANDLER: Final = logging.StreamHandler(sys.stdout)
log: Final = _logger()
