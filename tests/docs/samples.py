"""A sample event of each type. The server's messages of these must look like those in the documents."""

from typing import Any, Final

from chalicelib.realtime.events import Event
from chalicelib.realtime.formats import render, welcome
from chalicelib.realtime.log import Head

TENANT: Final = "01KAMYX8W3M5Q7S9T1V3X5Z7B9"
STAFF: Final = "01KAMZ0D3F8Y6P1N5S7V9X2B4C"
DRIVER: Final = "01KAMZ2H5K7M9P1R3T5V7X9Z2B"
CUSTOMER: Final = "01KAMZ4S6V8X0Z2B4D6F8H0K2M"
CUSTOMER_USER: Final = "01KAMZ5T7V9X1Z3B5D7F9H1K3M"
ORDER: Final = "01KAN3V6Q8ZJ5W2T7R9XB4C1DM"
ROUTE: Final = "01KAN2T4V6X8Z0B2D4F6H8K0M2"
EPOCH: Final = "01KAN0R8T0V2X4Z6B8D0F2H4K6"
AT: Final = "2026-11-22T04:38:10.402Z"

_ORDER_VIEW: Final[dict[str, Any]] = {
    "id": ORDER,
    "order_number": "ORD-261122123733-7KQ2",
    "daily_number": None,
    "customer_id": CUSTOMER,
    "customer_name": "王小姐",
    "customer_phone": "+886912345678",
    "address": "臺北市大安區和平東路一段1號",
    "location": {"latitude": 25.0268, "longitude": 121.5223},
    "items": [
        {
            "id": "1",
            "product_id": "01KAMZ6Y8Z0B2D4F6H8K0M2P4R",
            "menu_item_id": None,
            "name": "20公斤瓦斯桶",
            "quantity": 2,
            "unit_price": "720",
        }
    ],
    "total_price": "1440",
    "currency": "TWD",
    "scheduled_date": "2026-11-22",
    "table_number": None,
    "needs_confirmation": False,
    "status": "pending",
    "payment_status": "pending",
    "payment_method": "cash",
    "estimated_time": None,
    "driver_id": None,
    "route_id": None,
    "template_id": None,
    "notes": "二樓，請按電鈴",
    "version": 1,
    "created_at": "2026-11-22T04:37:33.120Z",
    "updated_at": "2026-11-22T04:37:33.120Z",
    "history": [{"status": "pending", "at": "2026-11-22T04:37:33.120Z", "by": STAFF, "reason": None}],
}
_TABLE_ORDER_VIEW: Final[dict[str, Any]] = {
    **_ORDER_VIEW,
    "daily_number": 17,
    "customer_id": None,
    "customer_name": None,
    "customer_phone": None,
    "address": None,
    "location": None,
    "items": [
        {
            "id": "1",
            "product_id": None,
            "menu_item_id": "01KAMZ8B0D2F4H6K8M0P2R4T6V",
            "name": "滷肉飯",
            "quantity": 2,
            "unit_price": "45",
        }
    ],
    "total_price": "90",
    "scheduled_date": None,
    "table_number": "A3",
    "payment_method": None,
    "notes": None,
}

_ROUTE_VIEW: Final[dict[str, Any]] = {
    "route_id": ROUTE,
    "name": "早班",
    "date": "2026-11-22",
    "status": "planned",
    "driver_id": None,
    "total_stops": 1,
    "depot": {"latitude": 25.033, "longitude": 121.5654},
    "start_at": "2026-11-22T01:00:00.000Z",
    "started_at": None,
    "completed_at": None,
    "version": 1,
    "created_at": "2026-11-22T00:30:00.000Z",
    "updated_at": AT,
    "stops": [
        {
            "order_id": ORDER,
            "service_minutes": 5,
            "planned_at": "2026-11-22T01:12:00.000Z",
            "outcome": None,
        }
    ],
}

_DATA: Final[dict[str, dict[str, Any]]] = {
    "order_created": {"order": _ORDER_VIEW},
    "order_status_changed": {
        "order": {**_ORDER_VIEW, "status": "confirmed", "version": 2},
        "previous_status": "pending",
    },
    "order_updated": {"order": {**_ORDER_VIEW, "notes": "一樓管理室", "version": 3}},
    "route_assigned": {**_ROUTE_VIEW, "status": "assigned", "driver_id": DRIVER, "version": 2},
    "route_updated": _ROUTE_VIEW,
    "driver_location": {
        "driver_id": DRIVER,
        "latitude": 25.0331,
        "longitude": 121.5434,
        "speed": 8.3,
        "heading": 270,
        "accuracy": 8.0,
        "timestamp": "2026-11-22T04:38:09.000Z",
    },
    "delivery_update": {"order_id": ORDER, "order_number": "ORD-261122123733-7KQ2", "status": "arrived"},
    "notification": {
        "title": "訂單逾時",
        "message": "訂單 ORD-261122123733-7KQ2（王小姐）已超過預計時間 12:45",
        "severity": "warning",
        "action": {"type": "view_order", "order_id": ORDER},
    },
    "maintenance_alert": {"starts_at": "2026-11-22T18:00:00.000Z", "minutes": 30},
}
EVENT_TYPES: Final = tuple(_DATA)

CHANNELS: Final[dict[str, dict[str, int]]] = {
    "order_created": {"orders": 121},
    "order_status_changed": {"orders": 122, f"order:{ORDER}": 2},
    "order_updated": {"orders": 123, f"order:{ORDER}": 3},
    "route_assigned": {"routes": 7},
    "route_updated": {"routes": 6},
    "driver_location": {},
    "delivery_update": {f"user:{CUSTOMER_USER}": 3},
    "notification": {"orders": 124},
    "maintenance_alert": {"system": 10},
}


def sample_event(type_: str, *, table: bool = False) -> Event:
    """An event of this type; table: of a guest's order instead of a delivery."""
    data = _DATA[type_]
    if table and "order" in data:
        changed = {key: data["order"][key] for key in ("status", "version")}
        data = {**data, "order": {**_TABLE_ORDER_VIEW, **changed}}
    version = data.get("order", {}).get("version")
    return Event(
        id=f"{ORDER}-{version}" if version else "01KAN3W0Y2B4D6F8H0K2M4P6R8",
        type=type_,
        tenant_id=TENANT,
        channels=tuple(CHANNELS[type_]) or ("drivers",),
        data=data,
        # A position's event has the time of the position.
        timestamp=data.get("timestamp", AT),
    )


def sample_message(type_: str, format_: str) -> dict[str, Any] | None:
    """The event of this type as the server sends it."""
    return render(sample_event(type_, table=format_ == "restaurant"), CHANNELS[type_], format_)


def sample_welcome(format_: str) -> dict[str, Any]:
    """The welcome of a member of staff."""
    channels = ["customers", "drivers", "orders", "routes", "system"]
    cursors = [0, 0, 120, 6, 8]
    return welcome(
        format_,
        connection_id="Kz4pUcF2tjMCJHA=",
        user_id=STAFF,
        role="office_staff",
        tenant_id=TENANT,
        channels=channels,
        heads={name: Head(cursor, EPOCH) for name, cursor in zip(channels, cursors, strict=True)}
        | {f"user:{STAFF}": Head(2, EPOCH)},
        seen={f"user:{STAFF}": 1},
        token_expires_at="2026-11-22T05:37:33.000Z",
        timestamp="2026-11-22T04:37:33.120Z",
    )
