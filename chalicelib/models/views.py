"""Makes the API's answers from rows."""

from typing import Any, TypeVar

from msgspec import Struct

from chalicelib.models.base import Table

View = TypeVar("View", bound=Struct)


def view_of(shape: type[View], row: Table, /, **others: Any) -> View:
    """The row as this shape: its attributes by the names of the shape's fields, except for `others`."""
    names = (name for name in shape.__struct_fields__ if name not in others)
    return shape(**{name: getattr(row, name) for name in names}, **others)
