"""Converts a function's JSON log line to a readable line."""

import json
import re
from datetime import UTC, datetime
from typing import Any

# Lambda's own lines around an invocation, which are omitted.
_PLATFORM = re.compile(r"^(START|END|REPORT|INIT_START) ")
_FUNCTION = re.compile(r"^/aws/lambda/luckygas-[a-z]+-(?P<name>.+?)(-[0-9A-F]{8,})?$")
# Shown at a fixed position, or omitted because they are the same in every line.
_PLACED = {"level", "message", "timestamp", "correlation_id", "service", "location"}
_CONTEXT = {
    "function_name",
    "function_memory_size",
    "function_arn",
    "function_request_id",
    "cold_start",
    "xray_trace_id",
}
_COLOURS = {"DEBUG": "2", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}


def function_name(log_group: str) -> str:
    """`OrdersStream` for `/aws/lambda/luckygas-local-OrdersStream-1A2B3C4D5E6F`; other groups as they are."""
    found = _FUNCTION.match(log_group)
    return found["name"] if found else log_group


def readable(function: str, milliseconds: int, line: str, *, colour: bool) -> str | None:
    """The readable line; None for Lambda's own START, END and REPORT. A line that is not JSON is unchanged.

    Some logged texts come from clients, so control characters for the terminal are shown as codes.
    """
    line = line.rstrip()
    if not line or _PLATFORM.match(line):
        return None
    fields = fields_of(line)
    clock = datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
    head = f"{_painted(clock, '2', colour)} {_painted(f'{function:<19}', '36', colour)}"
    if fields is None:
        return f"{head} {_lines(line)}"
    level = _printable(str(fields.get("level", "INFO")))
    event = fields.get("message", "")
    parts = [head, _painted(f"{level:<7}", _COLOURS.get(level, "0"), colour)]
    if fields.get("correlation_id"):
        parts.append(_painted(_printable(str(fields["correlation_id"])), "2", colour))
    parts.append(_painted(_printable(event) if isinstance(event, str) else _value(event), "1", colour))
    trace = fields.get("exception")
    unshown = _PLACED | _CONTEXT | _metrics(fields) | ({"exception"} if isinstance(trace, str) else set())
    for name, value in fields.items():
        if name not in unshown:
            parts.append(f"{_painted(_printable(name), '2', colour)}={_value(value)}")
    if isinstance(trace, str):
        parts.append("\n    " + _lines(trace, "\n    "))
    return " ".join(parts)


def _metrics(fields: dict[str, Any]) -> set[str]:
    """The names of the line's metrics (chalicelib/core/metrics.py), which mostly repeat other fields."""
    directives = (fields.get("_aws") or {}).get("CloudWatchMetrics", [])
    return {"_aws", *(metric["Name"] for each in directives for metric in each["Metrics"])}


def fields_of(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None


def _value(value: Any) -> str:
    if isinstance(value, str) and value and not re.search(r'[\s"=]', value):
        return _printable(value)
    return _printable(json.dumps(value, ensure_ascii=False))


def _lines(text: str, between: str = "\n") -> str:
    return between.join(map(_printable, text.split("\n")))


def _printable(text: str) -> str:
    """The text with control, format and other invisible characters as their codes."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _painted(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text
