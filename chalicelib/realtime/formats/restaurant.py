"""`restaurant`: a kitchen board that keeps whole orders and knows nothing of deliveries."""

from typing import Any, Final

from chalicelib.realtime.formats import standard
from chalicelib.realtime.formats.words import Data, Vocabulary, Word, with_previous_status


def _welcome(data: Data) -> dict[str, Any]:
    return {
        "restaurant_id": data["tenant_id"],
        "message": "Connected to real-time order updates",
        **data["connection"],
    }


def _order(data: Data) -> dict[str, Any]:
    return with_previous_status({"order": dict(data["order"])}, data)


VOCABULARY: Final = Vocabulary(
    welcome=Word("connection_established", _welcome),
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
