"""Short links: whoever holds one may do one thing, without signing in.

A link is a random code with a row, not a signature: twelve characters instead of sixty in a text that is billed by
the character, and a row can be taken back.
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

# Without letters and digits that look alike: people type links off a phone's screen.
_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
CODE_LENGTH: Final = 12  # 70 bits: nobody finds one by trying


def new_code() -> str:
    """A code that nobody can guess."""
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
    """Makes the code stand for something from now on; harmless when repeated.

    subject: what it is about, by purpose: an order's id, a phone number, a notification's id. customer_id: whose.
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
    """What a person opens."""
    return f"{settings().public_url}/v1/l/{code}"


def open_link(code: str, purposes: Collection[str], now: datetime) -> Link:
    """What the code stands for. Raises NotFound for one that does not exist, is over or is for something else."""
    link = Link.find(code) if is_id(code) else None
    if link is None or link.purpose not in purposes or link.expires_at <= clock.epoch(now):
        raise NotFound("This link does not exist or is over.")
    return link
