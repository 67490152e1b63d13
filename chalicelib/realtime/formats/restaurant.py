"""`restaurant`: for kitchen boards that store whole orders and do not know deliveries.

Such boards calculate with amounts, so amounts are JSON numbers here. In REST they are decimal text.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from chalicelib.realtime.events import Event
from chalicelib.realtime.formats import standard
from chalicelib.realtime.formats.words import Data, Vocabulary, Welcome, Word, with_previous_status

# Texts that every client reads as the same number and writes as the same text; `05` is not one.
_NUMBER: Final = r"0|[1-9][0-9]{0,14}"


def _welcome(data: Data) -> dict[str, Any]:
    return {
        "restaurant_id": data["tenant_id"],
        "message": "Connected to real-time order updates",
        **data["connection"],
    }


def _order(event: Event) -> dict[str, Any]:
    order = dict(event.data["order"])
    order |= {"restaurant_id": event.tenant_id, "order_status": order.get("status")}
    if "table_number" in order:
        order["table_number"] = _table_number(order["table_number"])
    if "total_price" in order:
        order["total_price"] = _amount(order["total_price"])
    order["items"] = [_item(item) for item in order.get("items") or ()]
    return with_previous_status({"order": order}, event.data)


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {**item, "unit_price": _amount(item["unit_price"])}


def _amount(text: str) -> int | float:
    """Decimal text as a JSON number. It is exact for up to 15 digits, because floats print their shortest text."""
    amount = Decimal(text)
    return int(amount) if amount == int(amount) else float(amount)


def _table_number(text: str | None) -> str | int | None:
    return int(text) if text is not None and re.fullmatch(_NUMBER, text) else text


VOCABULARY: Final = Vocabulary(
    welcome=Welcome("connection_established", _welcome),
    words={
        "order_created": Word("order_created", _order),
        "order_status_changed": Word("order_status_changed", _order),
        "order_updated": Word("order_updated", _order),
        "route_assigned": None,
        "route_updated": None,
        "driver_location": None,
        "delivery_update": None,
        "notification": standard.VOCABULARY.words["notification"],
    },
    custom=standard.VOCABULARY.custom,
)
