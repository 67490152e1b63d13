"""Mitake's receipts: the query that it appends to `response`, and the answer it requires (HTTP API, version 2.14).

GET <response>?msgid=…&dstaddr=…&dlvtime=…&donetime=…&statuscode=…&statusstr=…&StatusFlag=…
"""

import re
from collections.abc import Mapping
from typing import Final

from chalicelib.sms.providers.base import Receipt

_DELIVERED: Final = "4"
_PENDING: Final = frozenset({"0", "1", "2"})  # scheduled, or handed to the carrier
_FAILED: Final = frozenset({"5", "6", "7", "8", "9"})  # content, number, disabled, not in time, cancelled

_MESSAGE_ID = re.compile(r"[#$0-9A-Za-z_-]{1,64}")


def read_receipt(query: Mapping[str, str]) -> Receipt:
    """The receipt of a query string. Raises ValueError for any other query."""
    message_id, flag = query.get("msgid", ""), query.get("StatusFlag", "")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("no msgid")
    if flag == _DELIVERED:
        return Receipt(message_id, "delivered")
    if flag in _PENDING:
        return Receipt(message_id, "pending")
    if flag in _FAILED:
        return Receipt(message_id, "failed", f"receipt_{flag}")
    raise ValueError(f"unknown StatusFlag {flag[:10]!r}")


def acknowledgement(message_id: str | None) -> str:
    """The answer that Mitake requires; otherwise it sends the receipt again."""
    return f"magicid=sms_gateway_rpack\nmsgid={message_id}\n"
