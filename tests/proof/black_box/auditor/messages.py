"""Events in the three formats of docs/protocol.md, read into one shape."""

from dataclasses import dataclass
from typing import Any

from tests.proof.black_box.auditor.evidence import Json, Line

CREATED = "created"
STATUS = "status"
UPDATED = "updated"
_ORDER_KINDS = {
    "order_created": CREATED,
    "order.created": CREATED,
    "order_status_changed": STATUS,
    "order_updated": UPDATED,
}
_SAME = {"driver.location": "driver_location", "delivery.update": "delivery_update"}
# In `delivery.update` of the format flat.
_FLAT_STATUS = {"driver_arrived": "arrived"}


@dataclass(frozen=True)
class Event:
    """kind: of an order's event `created`, `status` or `updated`, else the type in the format `standard`.

    data: the order of an order's event, as far as the format has it; else the content.
    """

    id: str
    kind: str
    cursors: dict[str, int]
    data: Json
    line: Line

    @property
    def is_order(self) -> bool:
        return self.kind in (CREATED, STATUS, UPDATED)

    @property
    def order_id(self) -> str:
        found: Any = self.data.get("order_id") or self.data.get("id")
        return str(found)

    @property
    def version(self) -> int:
        return int(self.data["version"])


def event_of(message: Json, line: Line) -> Event | None:
    """The event of a message; None for all other messages: they have no `id`."""
    if "id" not in message:
        return None
    type_ = str(message["type"])
    data = message.get("order") or message.get("data") or message
    kind: str = {**_ORDER_KINDS, **_SAME}.get(type_, type_)
    if type_ == "order.updated":
        kind = STATUS if "previous_status" in message else UPDATED
    if type_ == "delivery.update":
        data = {**data, "status": _FLAT_STATUS.get(data["status"], data["status"])}
    return Event(message["id"], kind, message.get("cursors") or {}, data, line)
