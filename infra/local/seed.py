"""The local stack's first data: a gas business and a restaurant in the middle of a working week.

Made by the app's own rules, quietly (`notify: false`), so that no text is sent and no screen flickers.
"""

import os
from collections.abc import Callable
from typing import Any

from infra.local.seed_gas import gas_business
from infra.local.seed_restaurant import restaurant


def seed(log: Callable[[str], None]) -> dict[str, Any]:
    """Fills the empty tables and returns `logins`, as in stack.json, and the gas business's `display_token`.

    SMS_GATEWAY_URL and SMS_GATEWAY_KEY say where the gas business sends its texts.
    """
    gas, token = gas_business(os.environ["SMS_GATEWAY_URL"], os.environ["SMS_GATEWAY_KEY"])
    logins = [*gas, *restaurant()]
    log(f"seeded two businesses, {len(logins)} logins")
    return {"logins": logins, "display_token": token}
