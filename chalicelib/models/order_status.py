"""Words that `orders.status` holds and rules ask for. Without an import: most functions load this."""

from typing import Final

# A driver is on the way with the order. Clients that wait for it may then see the driver's position.
UNDER_WAY: Final = frozenset({"delivering", "arriving", "arrived"})
