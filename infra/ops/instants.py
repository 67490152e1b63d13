"""Parses instants typed by the operator."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from infra.ops.stage import Refused

_SPAN: Final = re.compile(r"(\d+)([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def instant(text: str, now: datetime) -> datetime:
    """`15m`, `2h`, `1d` ago, or an instant in ISO 8601, in UTC without an offset. Raises Refused."""
    span = _SPAN.fullmatch(text)
    if span:
        return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"times are like 15m, 2h, 1d or 2026-11-25T09:00:00Z, not {text}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
