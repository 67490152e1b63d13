"""Opaque cursors of lists. They hold a position, never a tenant: whose rows are read comes from the token."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, TypeVar

import msgspec

from chalicelib.errors import Invalid

T = TypeVar("T")


def encode_cursor(position: Any) -> str:
    """A URL-safe text of a JSON value."""
    return urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode_cursor(text: str, shape: type[T]) -> T:
    """The position of a cursor made by `encode_cursor`. Raises Invalid for anything else."""
    try:
        return msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=shape)
    except (ValueError, msgspec.MsgspecError) as error:
        raise Invalid(("cursor", "not a cursor of this list")) from error
