"""Reads a tenant's rows by the ids that clients send."""

from typing import Final, TypeVar

from chalicelib.core.errors import NotFound
from chalicelib.models.base import Table

Row = TypeVar("Row", bound=Table)

_LONGEST_ID: Final = 64


def is_id(text: str) -> bool:
    """Whether the text can be an id. DynamoDB refuses other keys as an invalid request."""
    return 0 < len(text) <= _LONGEST_ID


def get_row(model: type[Row], tenant_id: str, row_id: str, what: str) -> Row:
    """The row, read strongly consistently. Raises NotFound, also for another tenant's.

    what: its name for the message, such as `customer`.
    """
    row = model.find(tenant_id, row_id, consistent_read=True) if is_id(row_id) else None
    if row is None:
        raise NotFound(f"There is no such {what}.")
    return row
