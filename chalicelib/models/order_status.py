"""Sets of order statuses that rules check. Imports nothing, because most functions load it."""

from typing import Final

# A driver is on the way with the order. Clients that follow the order may then see the driver's position.
UNDER_WAY: Final = frozenset({"delivering", "arriving", "arrived"})
