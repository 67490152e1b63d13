"""Short links, which allow one action without signing in.

A link is a random code with a row, not a signature: it takes twelve characters instead of sixty in an SMS that is
billed by its length, and a row can be deleted.
"""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import clock
from chalicelib.core.errors import NotFound
from chalicelib.core.settings import settings
from chalicelib.models.link import Link
from chalicelib.models.lookup import is_id

TRACK: Final = "track"
OPT_OUT: Final = "opt_out"
RECEIPT: Final = "receipt"

# Without letters and digits that look alike, because people copy links from a phone's screen by hand.
_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
CODE_LENGTH: Final = 12  # 70 bits: too many to guess one


def new_code() -> str:
    """A new random code."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))


def store_link(
    code: str,
    purpose: str,
    tenant_id: str,
    subject: str,
    *,
    customer_id: str | None = None,
    lasts: timedelta,
    now: datetime,
) -> None:
    """Stores a link; repeating it changes nothing.

    subject: depends on the purpose: an order's id, a phone number, a notification's id. customer_id: the customer
    of the subject.
    """
    Link(
        code,
        purpose=purpose,
        tenant_id=tenant_id,
        subject=subject,
        customer_id=customer_id,
        expires_at=clock.epoch(now + lasts),
    ).save()


def link_url(code: str) -> str:
    """The URL of a link."""
    return f"{settings().public_url}/v1/l/{code}"


def open_link(code: str, purposes: Collection[str], now: datetime) -> Link:
    """The link of a code. Raises NotFound if it does not exist, has expired or has another purpose."""
    link = Link.find(code) if is_id(code) else None
    if link is None or link.purpose not in purposes or link.expires_at <= clock.epoch(now):
        raise NotFound("This link does not exist or is over.")
    return link
