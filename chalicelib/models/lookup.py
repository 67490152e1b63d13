"""A tenant's rows by their ids, as clients name them."""

from typing import Final, TypeVar

from chalicelib.core.errors import NotFound
from chalicelib.models.base import Table

Row = TypeVar("Row", bound=Table)

_LONGEST_ID: Final = 64


def is_id(text: str) -> bool:
    """Whether it can be an id at all; of other keys DynamoDB says that the request is wrong, not the id."""
    return 0 < len(text) <= _LONGEST_ID


def get_row(model: type[Row], tenant_id: str, row_id: str, what: str) -> Row:
    """The row as of now. Raises NotFound, also for somebody else's. what: for people, `customer`."""
    row = model.find(tenant_id, row_id, consistent_read=True) if is_id(row_id) else None
    if row is None:
        raise NotFound(f"There is no such {what}.")
    return row
