"""Who may receive what: the tables of docs/protocol.md (Channels) and docs/api.md (Who receives which field)."""

from collections.abc import Iterator, Mapping

from tests.proof.black_box.auditor.clients import Client
from tests.proof.black_box.auditor.evidence import Evidence, Finding, Json
from tests.proof.black_box.auditor.messages import Event

STAFF_CHANNELS = ("orders", "drivers", "routes", "customers", "system", "user:{user_id}")
CHANNELS: Mapping[str, tuple[str, ...]] = {
    "admin": STAFF_CHANNELS,
    "office_staff": STAFF_CHANNELS,
    "driver": ("system", "driver:{driver_id}", "user:{user_id}"),
    "customer": ("system", "user:{user_id}"),
    "display": ("orders", "drivers", "routes"),
    "table": (),  # and `order:{id}` of own orders
    "tracker": ("order:{order_id}",),
}
# Types other than an order's, by role.
# What staff publish in these runs.
NOTICE = "proof.notice"
STAFF_TYPES = frozenset({"driver_location", "customer_changed", "text_changed", "notification", NOTICE})
TYPES: Mapping[str, frozenset[str]] = {
    "admin": STAFF_TYPES,
    "office_staff": STAFF_TYPES,
    "driver": frozenset({"driver_location", "notification", NOTICE}),
    "customer": frozenset({"delivery_update", NOTICE}),
    "display": frozenset({"driver_location"}),
    "table": frozenset(),
    "tracker": frozenset(),
}
NOT_IN_RESTAURANT = ("route_assigned", "route_updated", "delivery_update")
PERSONAL = ("customer_id", "customer_name", "customer_phone", "address", "location")
GUESTS = ("table", "tracker")
UNDER_WAY = ("delivering", "arriving", "arrived")
# Fields of an order that are null or absent. `by` and `reason` of its history are for staff only.
HIDDEN: Mapping[str, tuple[str, ...]] = {
    "driver": ("template_id", "money_changes", "pin"),
    "customer": ("template_id", "money_changes"),
    "table": (*PERSONAL, "template_id", "money_changes", "route_id"),
    "tracker": (*PERSONAL, "template_id", "money_changes", "route_id", "notes", "table_number"),
    "display": (*PERSONAL, "template_id", "money_changes", "notes", "payment_status", "payment_method"),
}


class Owners:
    """Who owns the orders and drives for a tenant, by what REST answered and showed.

    drivers: by order and version: the driver's id. guests: by order: the client of the guest who made it.
    """

    def __init__(
        self, evidence: Evidence, clients: list[Client], drivers: Mapping[tuple[str, int], str | None]
    ) -> None:
        self.tenants: dict[str, str] = {}
        for line in evidence.of("order"):
            self.tenants[line.fields["order"]["id"]] = line.fields["tenant"]
        for line in evidence.of("before"):
            self.tenants |= dict.fromkeys(line.fields["orders"], line.fields["tenant"])
        self.customers = {key: line.fields["order"]["customer_id"] for key, line in evidence.orders.items()}
        self.drivers = drivers
        self.fleet = {client.who["driver_id"]: client.tenant for client in clients if client.role == "driver"}
        self.guests = {
            line.fields["body"]["id"]: line.file.removeprefix("rest-").removesuffix(".jsonl")
            for line in evidence.rest
            if line.kind == "answer" and line.fields.get("key") and line.fields["status"] < 300
        }

    def orders_of_guest(self, client: Client) -> list[str]:
        """The orders that the guest made at a table; none for other clients."""
        return [order for order, guest in self.guests.items() if client.role == "table" and guest == client.name]

    def may_receive(self, client: Client, event: Event) -> str | None:
        """None, or why the client must not receive the event."""
        if event.is_order:
            return self._order(client, event)
        if event.kind not in TYPES[client.role]:
            return f"a {client.role} receives no {event.kind}"
        if event.kind == "driver_location":
            driver = event.data["driver_id"]
            is_own = client.role != "driver" or driver == client.who["driver_id"]
            return None if self.fleet.get(driver) == client.tenant and is_own else f"position of driver {driver}"
        if event.kind == NOTICE:
            return None  # its channels are checked
        if event.kind == "delivery_update":
            mine = self.customers.get(event.order_id) == client.who["customer_id"]
            return None if mine else f"order {event.order_id} of another customer"
        return self._notification(client, event)

    def _order(self, client: Client, event: Event) -> str | None:
        order_id = event.order_id
        if self.tenants.get(order_id) != client.tenant:
            return f"order {order_id} of another tenant"
        if client.role == "customer":
            return f"order {order_id}: customers receive delivery_update"
        if client.role == "table" and self.guests.get(order_id) != client.name:
            return f"order {order_id} of another guest"
        if client.role == "tracker" and order_id != client.who["order_id"]:
            return f"order {order_id}, not that of the link"
        if client.role == "driver":
            around = {self.drivers.get((order_id, event.version - back)) for back in (0, 1)}
            if client.who["driver_id"] not in around:
                return f"order {order_id} version {event.version} of another driver"
        return None

    def _notification(self, client: Client, event: Event) -> str | None:
        order_id = (event.data.get("action") or {}).get("order_id")
        if order_id is not None and self.tenants.get(order_id) != client.tenant:
            return f"notification of order {order_id} of another tenant"
        if client.role == "driver" and order_id in self.customers:
            had = {driver for (order, _), driver in self.drivers.items() if order == order_id}
            if client.who["driver_id"] not in had:
                return f"notification of order {order_id} of another driver"
        return None


def is_carried(client: Client, event: Event) -> bool:
    """Whether the client receives such an event of a channel that it watches."""
    if client.who["format"] == "restaurant" and event.kind in NOT_IN_RESTAURANT:
        return False
    return event.is_order or event.kind in TYPES[client.role]


def channels_of(client: Client, owners: Owners) -> set[str]:
    """The names of the channels that the client may watch in these runs."""
    own = {
        f"order:{order}"
        for order, guest in owners.guests.items()
        if client.role == "table" and guest == client.name
    }
    return own | {name.format(**client.who) for name in CHANNELS[client.role]}


def only_entitled(client: Client, owners: Owners) -> Iterator[Finding]:
    """A client receives events of its tenant, channels, orders and fields only."""
    allowed = channels_of(client, owners)
    for event in client.events:
        why = owners.may_receive(client, event)
        foreign = event.cursors.keys() - allowed
        hidden = _hidden(client, event) if event.is_order else []
        if why is None and foreign:
            why = f"channel {', '.join(sorted(foreign))}"
        if why is None and hidden:
            why = f"fields {', '.join(hidden)}"
        if why is not None:
            yield Finding("only entitled clients", event.line, f"{client.name} received {why}")


def _hidden(client: Client, event: Event) -> list[str]:
    if client.is_staff:
        return []
    found = [name for name in HIDDEN[client.role] if event.data.get(name) is not None]
    if client.role in GUESTS and event.data.get("driver_id") and event.data["status"] not in UNDER_WAY:
        found.append("driver_id")
    steps: list[Json] = event.data.get("history") or []
    return found + [f"history.{name}" for name in ("by", "reason") if any(step.get(name) for step in steps)]
