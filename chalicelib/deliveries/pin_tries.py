"""The PIN compared: five wrong ones, then the order waits for fifteen minutes.

A try is counted before it is compared, so that guesses that come at the same moment count like guesses one after
another. The right one takes the count back with the very write that delivers.
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
    """Raises Invalid `pin_wrong`, or TooFast `pin_locked` after five wrong ones, right or wrong."""
    _count(order, epoch(now))
    if not is_pin(order, pin):
        raise Invalid(("pin", "not the PIN of this order"), code=ErrorCode.PIN_WRONG)


def is_pin(order: Order, pin: str) -> bool:
    """Whether it is the order's PIN, in the same time for every PIN."""
    return order.pin is not None and hmac.compare_digest(order.pin.encode(), pin.encode())


def forget_tries() -> list[Action]:
    """What a right PIN does to the row."""
    return [Order.pin_tries.remove(), Order.pin_tried_at.remove()]


def _count(order: Order, moment: int) -> None:
    tries, last = Order.pin_tries, Order.pin_tried_at
    # The window moves on with each try, as it does for passwords (auth/attempts.py).
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
