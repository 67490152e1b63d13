"""The PIN that a customer gives the driver at the door. The order's row has it; drivers never receive it."""

import secrets
from typing import Final

from pynamodb.expressions.update import Action

from chalicelib.models.order import Order

# With five attempts in a quarter of an hour, trying all takes five years.
DIGITS: Final = 6


def pin_action() -> Action:
    """The action that sets an order's PIN if it has none. A PIN stays valid when the driver changes."""
    return Order.pin.set(Order.pin | f"{secrets.randbelow(10**DIGITS):0{DIGITS}}")
