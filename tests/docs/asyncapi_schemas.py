"""The schemas of docs/asyncapi.yaml, from the code's types and from asyncapi_texts.yaml."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import yaml
from msgspec import structs

from chalicelib.auth.principal import ADMIN, CUSTOMER, DISPLAY, DRIVER, OFFICE_STAFF, TABLE, TRACKER
from chalicelib.core.error_codes import ErrorCode
from chalicelib.core.fields import Latitude, Longitude, Note, Place
from chalicelib.deliveries.drafts import ConfirmationType, Empties, Pin
from chalicelib.models.order import PaymentMethod, PaymentStatus
from chalicelib.orders.status import STATUSES
from chalicelib.orders.view import GuestOrderView, HistoryView, ItemView, OrderView
from chalicelib.positions.fixes import Heading, Speed
from chalicelib.realtime.announcements import EventType, reserved_types
from chalicelib.realtime.channels import TENANT_CHANNELS
from chalicelib.realtime.formats.words import NOTIFICATION, POSITION
from chalicelib.realtime.replay import MOST_REPLAYED
from chalicelib.routes.status import RouteStatus
from chalicelib.sockets.client_messages import Details
from tests.docs.samples import sample_event, sample_message, sample_welcome

Schema = dict[str, Any]

TEXTS: Final[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("asyncapi_texts.yaml").read_text())
ROLES: Final = (ADMIN, OFFICE_STAFF, DRIVER, CUSTOMER, TRACKER, TABLE, DISPLAY)


def described_object(texts: Mapping[str, Any], keys: Sequence[str]) -> Schema:
    """keys: optional ones end with `?`."""
    fields = _all_fields() | texts.get("fields", {})
    names = {key.removesuffix("?"): key for key in keys}
    found = {"type": "object", **texts, "properties": {name: _schema(fields[name]) for name in names}}
    found.pop("fields", None), found.pop("keys", None)
    required = [name for name, key in names.items() if name == key]
    return _schema(found | ({"required": required} if required else {}))


def objects() -> Schema:
    return {
        name: described_object({**TEXTS["objects"].get(name, {}), "fields": special_fields(name)}, keys)
        for name, keys in keys_of_objects().items()
    }


def special_fields(name: str) -> Schema:
    """The fields of an object that have another schema than elsewhere."""
    fields: Schema = dict(TEXTS["objects"].get(name.removeprefix("Restaurant"), {}).get("fields", {}))
    if name.endswith("GuestOrder"):
        fields["payment_status"] = {"enum": [*get_args(PaymentStatus)]}
    if name.startswith("Restaurant"):
        fields |= TEXTS["restaurant"]
    return fields


def keys_of_objects() -> dict[str, Sequence[str]]:
    """The keys of each object."""
    order = [f"{key}?" if key == "needs_confirmation" else key for key in OrderView.__annotations__]
    optional = GuestOrderView.__optional_keys__
    guest = [
        f"{key}?" if key in optional else key
        for key in OrderView.__annotations__
        if key in GuestOrderView.__annotations__
    ]
    position, route = sample_event("driver_location").data, sample_event("route_updated").data
    flat, update = sent("order_created", "flat"), sent("delivery_update", "standard")
    step = [*sent("order_status_changed", "standard")["data"]]
    restaurant = ["id", "restaurant_id", "order_status"]
    item = [*ItemView.__annotations__]
    return {
        "Location": [each.name for each in structs.fields(Place)],
        "Item": item,
        "Product": [*flat["products"][0]],
        "HistoryEntry": [*HistoryView.__annotations__],
        "Order": order,
        "GuestOrder": guest,
        "RestaurantItem": item,
        "RestaurantOrder": [*restaurant, *order[1:]],
        "RestaurantGuestOrder": [*restaurant, *guest[1:]],
        "Action": TEXTS["objects"]["Action"]["keys"],
        "Connection": [*sample_welcome("standard")["data"]],
        "Position": [*POSITION, *(f"{key}?" for key in position if key not in POSITION)],
        "Route": [*route],
        "Stop": [*route["stops"][0]],
        "Step": [*step[:3], step[-1], *step[3:-1]],
        "Details": [f"{each.name}?" for each in structs.fields(Details)],
        "DeliveryUpdate": [*update["data"]],
        "Notification": NOTIFICATION,
    }


def simple_schemas() -> Schema:
    """Texts, numbers and enumerations."""
    texts = TEXTS["schemas"]
    channel = f"^(({'|'.join(TENANT_CHANNELS)})|(order|driver|route|user):[0-9A-Za-z_-]{{1,64}})$"
    known = {
        "Status": {"enum": [*STATUSES]},
        "RouteStatus": {"enum": [*get_args(RouteStatus)]},
        "Channel": {"pattern": channel},
        "CustomType": {
            "pattern": _of_type(EventType)["pattern"],
            "not": {"enum": sorted(reserved_types() | {"notification"})},
        },
        "ErrorCode": {"enum": [ErrorCode[word.upper()].value for word in texts["ErrorCode"]["enum"]]},
    }
    return {name: _schema(texts.get(name, {}) | known.get(name, {})) for name in dict.fromkeys((*texts, *known))}


def _all_fields() -> Schema:
    """By name: the schema that a field has in most objects."""
    unknown = {"enum": [-1, None]}
    note = {"type": "string?", "maxLength": _of_type(Note)["maxLength"]}
    known = {
        "confirmation_type": {"enum": [*get_args(ConfirmationType)]},
        "pin": _of_type(Pin),
        "empties_back": _of_type(Empties),
        "latitude": _of_type(Latitude),
        "longitude": _of_type(Longitude),
        "speed": {"anyOf": [_of_type(Speed) | {"minimum": 0}, unknown]},
        "heading": {"anyOf": [_of_type(Heading) | {"minimum": 0}, unknown]},
        "details": {"anyOf": [note, "Details"]},
        "role": {"enum": [*ROLES]},
        "payment_status": {"enum": [*get_args(PaymentStatus), None]},
        "payment_method": {"enum": [*get_args(PaymentMethod), None]},
        "replayed": {"type": "integer", "minimum": 0, "maximum": MOST_REPLAYED},
    }
    texts = TEXTS["fields"]
    return texts | {name: texts.get(name, {}) | found for name, found in known.items()}


def _of_type(annotated: Any) -> Schema:
    """The JSON Schema of a field's type. JSON Schema's patterns are ECMAScript's, where `$` is the very end."""
    found = msgspec.json.schema(annotated)
    return found | ({"pattern": found["pattern"].replace(r"\Z", "$")} if "pattern" in found else {})


def _schema(short: Any) -> Any:
    """The schema of its short form, as asyncapi_texts.yaml explains it."""
    if isinstance(short, dict):
        kind = short.get("type")
        found = {**short, **(_schema(kind) if isinstance(kind, str) else {})}
        for name in ("propertyNames", "additionalProperties"):
            if name in found:
                found[name] = _schema(found[name])
        return found | ({"anyOf": [_schema(each) for each in found["anyOf"]]} if "anyOf" in found else {})
    if short.endswith("[]"):
        return {"type": "array", "items": _schema(short.removesuffix("[]"))}
    if short[0].isupper():
        return {"$ref": f"#/components/schemas/{short}"}
    return {"type": [short.removesuffix("?"), "null"] if short.endswith("?") else short}


def sent(type_: str, format_: str) -> Schema:
    """The sample of an event that the format has a message for."""
    message = sample_message(type_, format_)
    assert message is not None
    return message
