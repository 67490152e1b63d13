"""The tenants' logs, put together from all clients, and who must have which of their events."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.proof.black_box.auditor.clients import Client
from tests.proof.black_box.auditor.entitled import Owners, is_carried
from tests.proof.black_box.auditor.evidence import Evidence, Finding, Line
from tests.proof.black_box.auditor.messages import STATUS, Event

Version = tuple[str, int]
# Fields of an order with one value in all formats. In the format restaurant money is a number.
SHARED = ("status", "driver_id", "payment_status", "total_price")


@dataclass(frozen=True)
class OrderLog:
    """A tenant's channel `orders`. events: in the order of the log. whole: each version as staff received it."""

    events: list[Event]
    whole: dict[Version, Event]

    @property
    def drivers(self) -> dict[Version, str | None]:
        return {key: event.data["driver_id"] for key, event in self.whole.items()}


def order_logs(clients: list[Client]) -> dict[str, OrderLog]:
    """By tenant. Staff receive all fields, in the format flat not all of them: so others are preferred."""
    found: dict[str, dict[tuple[str, int], Event]] = {}
    whole: dict[str, dict[Version, Event]] = {}
    for client in sorted(clients, key=lambda client: (not client.is_staff, client.who["format"] == "flat")):
        for name, followed in client.logs():
            if name == "orders":
                numbers = found.setdefault(client.tenant, {})
                for number, event in followed.got.items():
                    numbers.setdefault((followed.epoch or "", number), event)
                    if event.is_order and client.is_staff:
                        whole.setdefault(client.tenant, {}).setdefault((event.order_id, event.version), event)
    return {
        tenant: OrderLog([event for _, event in sorted(numbers.items())], whole.get(tenant, {}))
        for tenant, numbers in found.items()
    }


def one_log_for_all(clients: list[Client]) -> Iterator[Finding]:
    """A number of a channel is the same event at each client, and all clients end at the same number."""
    seen: dict[tuple[str, str, str | None, int], Event] = {}
    ends: dict[tuple[str, str, str | None], int] = {}
    for client in clients:
        for name, followed in client.logs():
            for number, event in followed.got.items():
                first = seen.setdefault((client.tenant, name, followed.epoch, number), event)
                if first.id != event.id:
                    text = f"{client.name} has {name} {number} as {event.id}, another client as {first.id}"
                    yield Finding("one number, one event", event.line, text)
            key = (client.tenant, name, followed.epoch)
            ends[key] = max(ends.get(key, 0), followed.cursor, *followed.got, 0)
    for client in clients:
        for name, followed in client.channels.items():
            end = ends[client.tenant, name, followed.epoch]
            if not name.startswith("order:") and 0 <= followed.cursor < end and client.ends:
                text = f"{client.name} has {name} up to {followed.cursor}, other clients up to {end}"
                yield Finding("no event is missed", client.ends["line"], text)


def nothing_is_skipped(clients: list[Client]) -> Iterator[Finding]:
    """A replay leaves out only events that the client's role or format does not carry."""
    known = {
        (client.tenant, name, number): event
        for client in clients
        for name, followed in client.logs()
        for number, event in followed.got.items()
    }
    for client in clients:
        for name, number, line in client.skipped:
            event = known.get((client.tenant, name, number))
            if event is None or is_carried(client, event):
                text = f"{client.name} never received {name} {number}, and its cursor moved on"
                yield Finding("no event is missed", line, text)


def versions_in_order(evidence: Evidence, logs: dict[str, OrderLog]) -> Iterator[Finding]:
    """Each version of an order has one event, in order."""
    for tenant, log in logs.items():
        last: dict[str, int] = {}
        for event in log.events:
            if event.is_order and event.order_id in evidence.orders:
                expected = last.get(event.order_id, 0) + 1
                if event.version != expected:
                    text = f"order {event.order_id} has version {event.version} in the log, not {expected}"
                    yield Finding("versions in order", event.line, text)
                last[event.order_id] = max(event.version, expected - 1)
        for order_id, line in evidence.orders.items():
            final = line.fields["order"]["version"]
            if line.fields["tenant"] == tenant and last.get(order_id, 0) != final:
                text = f"order {order_id} has version {final}, the log ends at {last.get(order_id, 0)}"
                yield Finding("each change has its event", line, text)


def acknowledged_changes_have_events(evidence: Evidence, logs: dict[str, OrderLog]) -> Iterator[Finding]:
    """What REST acknowledged is in the log, with the status that REST answered."""
    log = {key: event for each in logs.values() for key, event in each.whole.items()}
    for line, order in evidence.acknowledged:
        if order["id"] not in evidence.orders:
            continue
        event = log.get((order["id"], order["version"]))
        if event is None:
            text = f"order {order['id']} version {order['version']} was acknowledged and has no event"
            yield Finding("each change has its event", line, text)
        elif "status" in order and order["status"] != event.data["status"]:
            text = f"order {order['id']} was answered {order['status']}, the event has {event.data['status']}"
            yield Finding("events agree with answers", line, text)


def clients_agree(clients: list[Client], logs: dict[str, OrderLog]) -> Iterator[Finding]:
    """A version of an order has the same state in all formats and for all roles that receive the field."""
    log = {key: event for each in logs.values() for key, event in each.whole.items()}
    for client in clients:
        for event in client.events:
            staff = log.get((event.order_id, event.version)) if event.is_order else None
            for name in SHARED if staff else ():
                shown, due = event.data.get(name), staff.data.get(name) if staff else None
                if None not in (shown, due) and same(shown) != same(due):
                    text = f"{client.name} has order {event.order_id} version {event.version} with {name} {shown}"
                    yield Finding("clients agree", event.line, f"{text}, other clients with {due}")


def drivers_have_their_orders(
    evidence: Evidence, clients: list[Client], logs: dict[str, OrderLog]
) -> Iterator[Finding]:
    """A driver receives each change of an assigned order, the one that takes it away, and one 新訂單 for each."""
    for client in clients:
        # A client that loaded a list does not see each change before it.
        if client.role != "driver" or client.reloads:
            continue
        me, drivers = client.who["driver_id"], logs[client.tenant].drivers
        followed = client.channels.get(f"driver:{me}")
        got = Counter(_version(event) for event in (followed.got.values() if followed else ()) if event.is_order)
        due: Counter[Version] = Counter(
            (order, version)
            for (order, version), driver in drivers.items()
            if order in evidence.orders and me in (driver, drivers.get((order, version - 1)))
        )
        yield from _compare("drivers have their orders", client, "version", due, _known(evidence, got))
        inbox = _inbox(client)
        notified = Counter(event.data["action"].get("order_id") for event in inbox if event.kind == "notification")
        new = Counter(
            order
            for (order, version), driver in drivers.items()
            if order in evidence.orders and driver == me and drivers.get((order, version - 1)) != me
        )
        known = Counter({order: count for order, count in notified.items() if order in evidence.orders})
        yield from _compare("drivers have their orders", client, "notification", new, known)


def customers_have_their_updates(
    evidence: Evidence, clients: list[Client], logs: dict[str, OrderLog]
) -> Iterator[Finding]:
    """A customer receives one delivery_update for each step of an own order."""
    for client in clients:
        if client.role == "customer" and not client.reloads:
            mine = {
                order_id
                for order_id, line in evidence.orders.items()
                if line.fields["order"]["customer_id"] == client.who["customer_id"]
            }
            steps = Counter(
                (event.order_id, event.data["status"])
                for event in logs[client.tenant].whole.values()
                if event.kind == STATUS and event.order_id in mine
            )
            inbox = [event for event in _inbox(client) if event.kind == "delivery_update"]
            got = Counter((event.order_id, event.data["status"]) for event in inbox)
            yield from _compare("customers have their updates", client, "update", steps, got)


def versions_are_numbers(clients: list[Client]) -> Iterator[Finding]:
    """In the channel of one order, the number of each event is the order's version."""
    for client in clients:
        for name, followed in client.logs():
            for number, event in followed.got.items():
                if name.startswith("order:") and event.is_order and event.version != number:
                    text = f"{client.name} has version {event.version} as {name} {number}"
                    yield Finding("versions in order", event.line, text)


def guests_have_their_orders(evidence: Evidence, clients: list[Client], owners: Owners) -> Iterator[Finding]:
    """A guest receives each version of an own order."""
    for client in clients:
        for order_id in () if client.reloads else owners.orders_of_guest(client):
            if order_id in evidence.orders:
                followed = client.channels.get(f"order:{order_id}")
                got = [event.version for _, event in sorted(followed.got.items())] if followed else []
                due = list(range(1, evidence.orders[order_id].fields["order"]["version"] + 1))
                if got != due:
                    text = f"{client.name} has versions {got} of order {order_id}, not {due}"
                    yield Finding("guests have their orders", client.line, text)


def same(value: object) -> object:
    """A value to compare: `25.50` and 25.5 are the same."""
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return value


def _inbox(client: Client) -> list[Event]:
    followed = client.channels.get(f"user:{client.who['user_id']}")
    return list(followed.got.values()) if followed else []


def _version(event: Event) -> Version:
    return event.order_id, event.version


def _known(evidence: Evidence, got: "Counter[Version]") -> "Counter[Version]":
    return Counter({key: count for key, count in got.items() if key[0] in evidence.orders})


def _compare(rule: str, client: Client, what: str, due: "Counter[Any]", got: "Counter[Any]") -> Iterator[Finding]:
    line: Line = client.ends["line"] if client.ends else client.line
    for key in sorted(due.keys() | got.keys(), key=str):
        if due[key] != got[key]:
            yield Finding(rule, line, f"{client.name} has {what} {key} {got[key]} times, not {due[key]}")
