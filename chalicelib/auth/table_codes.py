"""The text of a table's QR code: the table's id, signed, and valid for a limited time against photographs.

    <tenant>.<table>.<generation>.<period>.<key id>.<HMAC-SHA256, 128 bits>

The period is a week of UTC, counted from Monday, 5 January 1970. A code is valid in its own period and in the next
one, so a code printed on Sunday night is valid for another week. The generation counts the table's prints; a new
print makes earlier ones invalid at once.
"""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from msgspec import Meta, Struct

from chalicelib.auth.signing_keys import KeyRing, SigningKey, key_ring
from chalicelib.auth.tokens import LEEWAY_SECONDS
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Unauthenticated

PERIOD: Final = timedelta(weeks=1)
MAX_LENGTH: Final = 300
Code = Annotated[str, Meta(min_length=1, max_length=MAX_LENGTH)]

_FIRST_MONDAY: Final = datetime(1970, 1, 5, tzinfo=UTC)
_PARTS: Final = 6
# RFC 2104 §5: no fewer than half of the hash's bits. 22 characters instead of 43 make the code coarser to print.
_SIGNATURE_BYTES: Final = 16


class TableCode(Struct, frozen=True):
    """A code with a valid signature, which may have expired."""

    tenant_id: str
    table_id: str
    generation: int
    period: int

    def is_current(self, now: datetime) -> bool:
        """Whether the code is of this period or of the one before."""
        # A machine whose clock is ahead may have just signed it for a period that has not begun here.
        ahead = now + timedelta(seconds=LEEWAY_SECONDS)
        return _period(now) - 1 <= self.period <= _period(ahead)


def table_code(
    tenant_id: str, table_id: str, generation: int, *, now: datetime, keys: KeyRing = key_ring
) -> tuple[str, datetime]:
    """The current code of a table, and when it expires. Raises Unavailable."""
    period, key = _period(now), keys.signing()
    content = f"{tenant_id}.{table_id}.{generation}.{period}.{key.kid}"
    return f"{content}.{_signature(content, key)}", _FIRST_MONDAY + (period + 2) * PERIOD


def read_table_code(text: str, *, keys: KeyRing = key_ring) -> TableCode:
    """The content of a code. Raises Unauthenticated `qr_invalid` without a valid signature, and Unavailable."""
    content, _, signature = text.rpartition(".")
    parts = content.split(".", _PARTS - 2)
    if len(text) > MAX_LENGTH or not text.isascii() or len(parts) != _PARTS - 1:
        raise _invalid()
    tenant_id, table_id, generation, period, kid = parts
    key = keys.find(kid)
    if key is None or not hmac.compare_digest(signature, _signature(content, key)):
        raise _invalid()
    return TableCode(tenant_id, table_id, int(generation), int(period))


def _signature(content: str, key: SigningKey) -> str:
    return key.signature("table code", content, size=_SIGNATURE_BYTES)


def _period(moment: datetime) -> int:
    return (moment - _FIRST_MONDAY) // PERIOD


def _invalid() -> Unauthenticated:
    return Unauthenticated("This QR code is not one of ours, or its key is gone.", code=ErrorCode.QR_INVALID)
