"""Compares PINs: after five wrong ones, the order's PIN is locked for fifteen minutes.

An attempt is counted before it is compared, so that simultaneous guesses count like successive ones. The write
that sets the order to delivered also resets the count.
"""

import hmac
from datetime import datetime
from typing import Final

from pynamodb.expressions.update import Action

from chalicelib.core.clock import epoch
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.errors import Invalid, TooFast
from chalicelib.models.order import Order

MAX_WRONG: Final = 5
WINDOW_SECONDS: Final = 15 * 60


def check_pin(order: Order, pin: str, *, now: datetime) -> None:
    """Raises Invalid `pin_wrong`; TooFast `pin_locked` after five wrong PINs, also if this one is right."""
    _count(order, epoch(now))
    if not is_pin(order, pin):
        raise Invalid(("pin", "not the PIN of this order"), code=ErrorCode.PIN_WRONG)


def is_pin(order: Order, pin: str) -> bool:
    """Whether it is the order's PIN; takes the same time for every PIN."""
    return order.pin is not None and hmac.compare_digest(order.pin.encode(), pin.encode())


def forget_tries() -> list[Action]:
    """Resets the count after a right PIN."""
    return [Order.pin_tries.remove(), Order.pin_tried_at.remove()]


def _count(order: Order, moment: int) -> None:
    tries, last = Order.pin_tries, Order.pin_tried_at
    # Each attempt extends the window, as it does for passwords (auth/attempts.py).
    steps = (
        (tries.set(1), last.does_not_exist() | (last <= moment - WINDOW_SECONDS)),
        (tries.set(tries + 1), (last > moment - WINDOW_SECONDS) & (tries < MAX_WRONG)),
    )
    row = Order(order.tenant_id, order.id)
    for counted, condition in steps:
        if row.update_if([counted, last.set(moment)], Order.id.exists() & condition):
            return
    row.refresh(consistent_read=True)
    wait = max(1, int(row.pin_tried_at or 0) + WINDOW_SECONDS - moment)
    raise TooFast(retry_after=wait, code=ErrorCode.PIN_LOCKED)
