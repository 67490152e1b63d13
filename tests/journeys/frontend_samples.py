"""The messages for which the three existing frontends were written: their keys, JSON types and words.

`standard` is the simple hook's format, `flat` the older guide's, `restaurant` the dashboards'. Ids and texts are
examples.
"""

from typing import Any, Final

AT: Final = "2026-11-30T01:00:00Z"
LINK: Final = {"type": "view_order", "order_id": "ORDER7"}
CALL: Final = {"title": "新訂單", "message": "您有新的配送任務", "severity": "info", "action": LINK}
ALERT: Final = {"message": "系統將於今晚十一點維護", "severity": "warning"}
TEXT: Final = {"content": "請帶調整器"}
LINE: Final = {"id": "LINE7", "menu_item_id": "DISH7", "quantity": 2, "unit_price": 12.75}
MEAL: Final[dict[str, Any]] = {
    "id": "MEAL7",
    "order_number": "ORD-261130090000-K7Q2",
    "restaurant_id": "SHOP7",
    "table_number": 5,
    "customer_name": "陳先生",
    "customer_phone": "+886911222333",
    "order_status": "pending",
    "payment_status": "pending",
    "payment_method": "cash",
    "total_price": 25.5,
    "estimated_time": 15,
    "created_at": AT,
    "updated_at": AT,
    "items": [LINE],
}

# The simple hook's guide has numbers as ids; this server's are strings in every format.
KNOWN_DIFFERENCES: Final = {
    ("standard", "order_status_changed"): ["data.order_id: string instead of number"],
    ("standard", "route_assigned"): [
        "data.route_id: string instead of number",
        "data.driver_id: string instead of number",
    ],
}
SAMPLES: Final[dict[str, list[dict[str, Any]]]] = {
    "standard": [
        {"type": "connected", "timestamp": AT},
        {
            "type": "order_created",
            "data": {"id": "ORDER7", "order_number": "ORD-261130090000-K7Q2", "status": "pending"},
            "timestamp": AT,
        },
        {
            "type": "order_status_changed",
            "data": {
                "order_id": 7,
                "status": "confirmed",
                "previous_status": "pending",
                "order_number": "ORD-261130090000-K7Q2",
            },
            "timestamp": AT,
        },
        {"type": "order_updated", "data": {"id": "ORDER7", "status": "confirmed"}, "timestamp": AT},
        {
            "type": "route_assigned",
            "data": {"route_id": 7, "driver_id": 7, "total_stops": 3},
            "timestamp": AT,
        },
        {
            "type": "driver_location",
            "data": {"driver_id": "DRIVER7", "latitude": 25.04, "longitude": 121.51},
            "timestamp": AT,
        },
        {
            "type": "delivery_update",
            "data": {"order_id": "ORDER7", "status": "arrived", "message": "司機已到達"},
            "timestamp": AT,
        },
        {"type": "notification", "data": CALL, "timestamp": AT},
        {"type": "maintenance.alert", "data": ALERT, "timestamp": AT},
        {"type": "personal_message", "data": TEXT, "timestamp": AT},
    ],
    "flat": [
        {"type": "connection", "status": "connected", "connection_id": "conn-7", "timestamp": AT},
        {
            "type": "order.created",
            "order_id": "ORDER7",
            "customer_id": "CUSTOMER7",
            "customer_name": "陳先生",
            "products": [{"name": "16公斤瓦斯桶", "quantity": 1}],
            "delivery_date": "2026-11-30",
            "address": "新北市板橋區文化路一段7號",
        },
        {"type": "order.updated", "order_id": "ORDER7", "status": "delivering"},
        {"type": "route.assigned", "route_id": "ROUTE7", "driver_id": "DRIVER7", "total_stops": 3},
        {
            "type": "driver.location",
            "driver_id": "DRIVER7",
            "latitude": 25.04,
            "longitude": 121.51,
            "speed": 12,
            "heading": 45,
            "timestamp": AT,
        },
        {"type": "notification", **CALL},
        {
            "type": "delivery.update",
            "status": "driver_arrived",
            "message": "司機已到達",
            "order_id": "ORDER7",
            "timestamp": AT,
        },
        {"type": "maintenance.alert", **ALERT},
        {"type": "personal_message", **TEXT},
    ],
    "restaurant": [
        {
            "type": "connection_established",
            "restaurant_id": "SHOP7",
            "message": "Connected to real-time order updates",
        },
        {"type": "order_created", "order": MEAL, "timestamp": AT},
        {"type": "order_status_changed", "order": {**MEAL, "order_status": "confirmed"}, "timestamp": AT},
        {"type": "order_updated", "order": {**MEAL, "order_status": "confirmed"}, "timestamp": AT},
        {"type": "notification", "data": CALL, "timestamp": AT},
        {"type": "maintenance.alert", "data": ALERT, "timestamp": AT},
        {"type": "personal_message", "data": TEXT, "timestamp": AT},
    ],
}
