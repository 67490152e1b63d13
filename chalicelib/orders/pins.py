"""The PIN that a customer says at the door. The row keeps it; nobody who drives is ever shown it."""

import secrets
from typing import Final

from pynamodb.expressions.update import Action

from chalicelib.models.order import Order

# At five tries in a quarter of an hour, trying them all takes five years.
DIGITS: Final = 6


def give_pin() -> Action:
    """What gives an order its PIN, once: whoever was told it can rely on it, whatever driver comes."""
    return Order.pin.set(Order.pin | f"{secrets.randbelow(10**DIGITS):0{DIGITS}}")
