"""`standard`: all data of an event is under `data`."""

from typing import Any, Final

from chalicelib.realtime.events import Event
from chalicelib.realtime.formats.delivery_texts import delivery_text
from chalicelib.realtime.formats.words import (
    NOTIFICATION,
    POSITION,
    ROUTE,
    Body,
    Data,
    Vocabulary,
    Welcome,
    Word,
    completed,
)

_STEP: Final = {
    "order_id": "id",
    "order_number": "order_number",
    "status": "status",
    "driver_id": "driver_id",
    "version": "version",
}


def under_data(*keys: str) -> Body:
    """A body with the event's data unchanged; these keys are always present."""
    return lambda event: {"data": completed(event.data, keys)}


def _welcome(data: Data) -> dict[str, Any]:
    return {"data": dict(data["connection"])}


def _order(event: Event) -> dict[str, Any]:
    return {"data": dict(event.data["order"])}


def _step(event: Event) -> dict[str, Any]:
    step = {key: event.data["order"].get(source) for key, source in _STEP.items()}
    return {"data": {**step, "previous_status": event.data.get("previous_status")}}


def _delivery_update(event: Event) -> dict[str, Any]:
    update = completed(event.data, ("order_id", "order_number", "status"))
    return {"data": {**update, "message": delivery_text(update["status"])}}


VOCABULARY: Final = Vocabulary(
    welcome=Welcome("connected", _welcome),
    words={
        "order_created": Word("order_created", _order),
        "order_status_changed": Word("order_status_changed", _step),
        "order_updated": Word("order_updated", _order),
        "route_assigned": Word("route_assigned", under_data(*ROUTE)),
        "route_updated": Word("route_updated", under_data(*ROUTE)),
        "driver_location": Word("driver_location", under_data(*POSITION)),
        "delivery_update": Word("delivery_update", _delivery_update),
        "notification": Word("notification", under_data(*NOTIFICATION)),
    },
    custom=under_data(),
)
