"""A small correct journal, made by hand: a gas order and a table's order, nine clients, three SMS."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Files = dict[str, list[Json]]

GAS, INN = "gas", "inn"
ORDER, MEAL = "G1", "T1"
DRIVER, OTHER_DRIVER, CUSTOMER = "D1", "D2", "C1"
PHONE = "+886912345678"
EPOCH = "E1"
# Status, quantity, driver, payment.
State = tuple[str, int, str | None, str]
# The versions of the gas order; version 4 is an edit.
ORDER_STATES: list[State] = [
    ("pending", 1, None, "pending"),
    ("confirmed", 1, None, "pending"),
    ("assigned", 1, DRIVER, "pending"),
    ("assigned", 2, DRIVER, "pending"),
    ("delivering", 2, DRIVER, "pending"),
    ("arriving", 2, DRIVER, "pending"),
    ("delivered", 2, DRIVER, "pending"),
    ("delivered", 2, DRIVER, "paid"),
]
MEAL_STATES: list[State] = [
    (status, 1, None, payment)
    for status, payment in [
        *((status, "pending") for status in ("pending", "confirmed", "preparing", "ready", "served")),
        ("served", "paid"),
        ("completed", "paid"),
    ]
]
STATES: dict[str, list[State]] = {ORDER: ORDER_STATES, MEAL: MEAL_STATES}
TEXTS = {"confirmed": "confirmed", "arriving": "almost there", "delivered": "delivered"}


def order(order_id: str, version: int, *, personal: bool = True, staff: bool = True) -> Json:
    """The order at a version, as staff receive it; or without the fields for staff, or without personal ones."""
    status, quantity, driver, payment = STATES[order_id][version - 1]
    statuses = [state[0] for state in STATES[order_id][:version]]
    steps = [status for n, status in enumerate(statuses) if not n or statuses[n - 1] != status]
    is_gas, by = order_id == ORDER, {"by": "U1"} if staff and personal else {}
    return {
        "id": order_id,
        "order_number": f"ORD-{order_id}",
        "customer_id": CUSTOMER if is_gas and personal else None,
        "customer_phone": PHONE if is_gas and personal else None,
        "table_number": None if is_gas else "A1",
        "items": [{"product_id": "P1" if is_gas else None, "quantity": quantity, "unit_price": "760"}],
        "total_price": str(760 * quantity),
        "status": status,
        "payment_status": payment if personal or not is_gas else None,
        "driver_id": driver,
        "version": version,
        "history": [{"status": step, "at": "2026-11-30T10:00:00.000Z", **by} for step in steps],
    }


def event(
    order_id: str, version: int, cursors: dict[str, int], *, personal: bool = True, staff: bool = True
) -> Json:
    """In the format standard."""
    status, before = order(order_id, version)["status"], version > 1 and order(order_id, version - 1)["status"]
    data = order(order_id, version, personal=personal, staff=staff)
    kind = "order_created" if version == 1 else "order_updated"
    if before and before != status:
        kind, names = "order_status_changed", ("order_number", "status", "driver_id", "version")
        data = {"order_id": order_id, "previous_status": before, **{name: data[name] for name in names}}
    return {"type": kind, "id": f"{order_id}-{version}", "data": data, "cursors": cursors}


def restaurant(message: Json) -> Json:
    """The same event in the format restaurant."""
    order_id, version = message["id"].split("-")
    whole = order(order_id, int(version), personal=False)
    return {name: message[name] for name in ("type", "id", "cursors")} | {"order": whole}


def flat(message: Json) -> Json:
    order_id, version = message["id"].split("-")
    whole = order(order_id, int(version))
    names = ("order_number", "customer_id", "customer_phone", "status", "driver_id", "version", "total_price")
    kind = "order.created" if version == "1" else "order.updated"
    step = {"previous_status": message["data"]["previous_status"]} if "previous_status" in message["data"] else {}
    content = {name: whole[name] for name in names} | {"order_id": order_id, "products": [], **step}
    return {"type": kind, "id": message["id"], **content, "cursors": message["cursors"]}


def journal() -> Files:
    """The lines of each file."""
    boards = {GAS: _board(ORDER), INN: _board(MEAL)}
    versions = range(3, len(ORDER_STATES) + 1)
    assigned = [event(ORDER, version, {f"driver:{DRIVER}": version - 2}, staff=False) for version in versions]
    action = {"type": "view_order", "order_id": ORDER}
    notice = {"type": "proof.notice", "id": "N2", "data": {"number": 1}, "cursors": {"user:UD2": 1}}
    notified = {"type": "notification", "id": "N1", "data": {"action": action}, "cursors": {"user:UD1": 1}}
    steps = ["confirmed", "assigned", "delivering", "arriving", "delivered"]
    updates = [
        {
            "type": "delivery_update",
            "id": f"{ORDER}-{status}-customer",
            "data": {"order_id": ORDER, "status": status},
            "cursors": {"user:UC1": number},
        }
        for number, status in enumerate(steps, 1)
    ]
    way = [
        _for_guest(event(ORDER, version, {f"order:{ORDER}": version}, personal=False))
        for version in range(1, len(ORDER_STATES) + 1)
    ]
    plate = [event(MEAL, version, {f"order:{MEAL}": version}) for version in range(1, len(MEAL_STATES) + 1)]
    files = {
        "socket-office": client("office", GAS, "office_staff", boards[GAS], user_id="U1"),
        "socket-clerk": client(
            "clerk", GAS, "office_staff", [flat(each) for each in boards[GAS]], "flat", user_id="U2"
        ),
        "socket-screen": client("screen", GAS, "display", [_for_screen(each) for each in boards[GAS]]),
        "socket-driver": client("driver", GAS, "driver", [notified, *assigned], user_id="UD1", driver_id=DRIVER),
        "socket-driver2": client("driver2", GAS, "driver", [notice], user_id="UD2", driver_id=OTHER_DRIVER),
        "socket-customer": client("customer", GAS, "customer", updates, user_id="UC1", customer_id=CUSTOMER),
        "socket-kitchen": client(
            "kitchen", INN, "admin", [restaurant_staff(e) for e in boards[INN]], user_id="U3"
        ),
        "socket-guest": client("guest", INN, "table", [restaurant(each) for each in plate], guest_id="g"),
        "socket-tracker": client("tracker", GAS, "tracker", way, order_id=ORDER),
        "rest-office": [*_requests(ORDER), *_notice()],
        "rest-guest": list(_requests(MEAL)),
        "state": [*_before(), *_after(), {"kind": "complete"}],
        "phones": [{"kind": "sms", "phone": PHONE, "message": f"ORD-{ORDER} {text}"} for text in TEXTS.values()],
    }
    return {name: [{"mono": n, **line} for n, line in enumerate(lines)] for name, lines in files.items()}


def restaurant_staff(message: Json) -> Json:
    order_id, version = message["id"].split("-")
    return restaurant(message) | {"order": order(order_id, int(version))}


def client(
    name: str, tenant: str, role: str, events: list[Json], format_: str = "standard", **ids: str
) -> list[Json]:
    """A client's file: welcome, lists, subscriptions, events, and the answer to a heartbeat."""
    who = {"user_id": None, "driver_id": None, "customer_id": None, **ids}
    channels = {
        "office_staff": ["orders"],
        "admin": ["orders"],
        "display": ["orders"],
        "driver": [f"driver:{who['driver_id']}", f"user:{who['user_id']}"],
        "customer": [f"user:{who['user_id']}"],
        "table": [f"order:{MEAL}"],
        "tracker": [f"order:{ORDER}"],
    }[role]
    ends = {channel: max([each["cursors"].get(channel, 0) for each in events], default=0) for channel in channels}
    lines: list[Json] = [
        {"kind": "client", "client": name, "tenant": tenant, "role": role, "format": format_, **who},
        {"kind": "connecting", "query": {}, "reconnect": False},
        {"kind": "connected"},
        received({"type": "connected", "data": {"channels": channels}}),
    ]
    for channel in channels:
        epoch = None if role == "table" else EPOCH
        lines.append({"kind": "list", "channel": channel, "cursor": 0, "epoch": epoch})
        lines.append({"kind": "sent", "message": {"type": "subscribe", "channel": channel, "since": 0}})
        lines.append(received(subscribed(channel, 0)))
    lines += [received(each) for each in events]
    return [*lines, received(heartbeat(ends))]


def received(message: Json) -> Json:
    return {"kind": "received", "text": json.dumps(message)}


def subscribed(channel: str, cursor: int, *, recovered: bool = True) -> Json:
    return {"type": "subscribed", "channel": channel, "cursor": cursor, "epoch": EPOCH, "recovered": recovered}


def heartbeat(ends: dict[str, int]) -> Json:
    return {"type": "heartbeat", "cursors": ends, "epochs": dict.fromkeys(ends, EPOCH)}


def write(files: Files, folder: Path) -> Path:
    for name, lines in files.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def edit(line: Json, change: Callable[[Json], None]) -> None:
    """Changes a received message."""
    message = json.loads(line["text"])
    change(message)
    line["text"] = json.dumps(message)


def _board(order_id: str) -> list[Json]:
    return [event(order_id, version, {"orders": version}) for version in range(1, len(STATES[order_id]) + 1)]


def _for_screen(message: Json) -> Json:
    order_id, version = message["id"].split("-")
    return event(order_id, int(version), message["cursors"], personal=False)


def _for_guest(message: Json) -> Json:
    """Guests receive the driver only while the driver is under way."""
    data = message["data"]
    is_under_way = data["status"] in ("delivering", "arriving")
    return {**message, "data": {**data, "driver_id": data["driver_id"] if is_under_way else None}}


def _requests(order_id: str) -> Iterator[Json]:
    path = f"/v1/orders/{order_id}"
    requests: list[tuple[str, Json]] = [("/v1/orders", {"items": []})]
    for version, state in enumerate(STATES[order_id][1:], 2):
        before = STATES[order_id][version - 2]
        if state[3] != before[3]:
            requests.append((f"{path}/payment", {"payment_status": state[3]}))
        elif state[0] == "delivered":
            requests.append((f"/v1/deliveries/{order_id}/confirm", {"empties_back": 1}))
        else:
            requests.append((path if state[0] == before[0] else f"{path}/status", {}))
    for version, (target, body) in enumerate(requests, 1):
        names = {"request": f"{order_id}-r{version}", "attempt": 1, "path": target}
        names["key"] = f"key-{order_id}" if version == 1 else None
        yield {"kind": "request", **names, "body": body}
        answer = {"order_id": order_id} if target.endswith("/confirm") else order(order_id, version)
        yield {"kind": "answer", **names, "status": 200, "body": answer}


def _notice() -> Iterator[Json]:
    names = {"request": "n1", "attempt": 1, "tenant": GAS, "path": "/v1/realtime/users/UD2/send", "key": None}
    yield {"kind": "request", **names, "body": {"type": "proof.notice", "data": {}}}
    yield {"kind": "answer", **names, "status": 202, "body": {"id": "N2"}}


def _before() -> Iterator[Json]:
    for tenant in (GAS, INN):
        report = {"date": "2026-11-30", "revenue": {"total": "100", "paid": "0"}}
        customers: Json = {CUSTOMER: 3} if tenant == GAS else {}
        known = {"orders": {f"{tenant}-old": f"ORD-{tenant}-old"}, "customers": customers, "cylinders": ["P1"]}
        yield {"kind": "before", "tenant": tenant, "report": report, **known}


def _after() -> Iterator[Json]:
    for tenant, order_id in ((GAS, ORDER), (INN, MEAL)):
        last = order(order_id, len(STATES[order_id]))
        yield {"kind": "order", "tenant": tenant, "order": last}
        yield {"kind": "order", "tenant": tenant, "order": {**last, "id": f"{tenant}-old"}}
        total = last["total_price"]
        revenue = {"total": str(100 + int(total)), "paid": total}
        yield {"kind": "report", "tenant": tenant, "report": {"date": "2026-11-30", "revenue": revenue}}
    for status, text in TEXTS.items():
        sms = {"order_id": ORDER, "template": status, "recipient": PHONE, "content": f"ORD-{ORDER} {text}"}
        yield {"kind": "notification", "tenant": GAS, "notification": {**sms, "status": "sent", "error": None}}
    delivery: Json = {"order_id": ORDER, "outcome": "delivered", "proof": {"verified": True}}
    delivery |= {"cylinders_out": 2, "empties_back": 1}
    yield {"kind": "delivery", "tenant": GAS, "delivery": delivery}
    yield {"kind": "customer", "tenant": GAS, "customer": {"id": CUSTOMER, "cylinders_out": 4}}
