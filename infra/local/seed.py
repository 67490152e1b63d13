"""The local stack's first data: a gas business and a restaurant in the middle of a working week.

It uses the application's rules with `notify: false`, so that no SMS and no events are sent.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from infra.local.seed_gas import gas_business
from infra.local.seed_restaurant import restaurant
from infra.local.seed_rows import OrderSteps

# More would only wait, because the emulator handles one request at a time.
_THREADS: Final = 4


def seed(log: Callable[[str], None]) -> dict[str, Any]:
    """Fills the empty tables and returns `logins`, as in stack.json, and the gas business's `display_token`.

    SMS_GATEWAY_URL and SMS_GATEWAY_KEY are the gas business's SMS gateway.
    """
    with ThreadPoolExecutor(_THREADS) as threads:
        steps = OrderSteps(threads)
        tables = threads.submit(restaurant, steps)
        gas, token = gas_business(os.environ["SMS_GATEWAY_URL"], os.environ["SMS_GATEWAY_KEY"], steps)
        logins = [*gas, *tables.result()]
        steps.wait()
    log(f"seeded two businesses, {len(logins)} logins")
    return {"logins": logins, "display_token": token}
